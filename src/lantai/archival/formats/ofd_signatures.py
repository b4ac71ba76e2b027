"""Signatures and seals inside OFD files."""

from __future__ import annotations

from lantai.archival.formats.model import SignatureFact
from lantai.archival.formats.ofd_document import OfdDocument


def verify_ofd_signatures(document: OfdDocument) -> tuple[SignatureFact, ...]:
    return ()
