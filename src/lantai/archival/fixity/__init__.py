"""Fixity (固定性): digests, digesting streams, manifests."""

from lantai.archival.fixity.digests import (
    ALGORITHMS,
    Digester,
    algorithm_name,
    digest_bytes,
    digest_stream,
    digester,
    is_digest,
)
from lantai.archival.fixity.manifests import ManifestRefused, read_manifest, write_manifest

__all__ = [
    "ALGORITHMS",
    "Digester",
    "ManifestRefused",
    "algorithm_name",
    "digest_bytes",
    "digest_stream",
    "digester",
    "is_digest",
    "read_manifest",
    "write_manifest",
]
