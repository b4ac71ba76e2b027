"""Signatures, seals and time stamps in files (电子签名, 电子印章, 时间戳): recomputed, judged, never valid by default.

``looking`` is the door; it loads every parser, so only children that read strangers' files import it.
"""

from lantai.archival.sealing.names import certificate_fact
from lantai.archival.sealing.trust import CertificateRefused, Trust, TrustedCertificate, read_certificates

__all__ = ["CertificateRefused", "Trust", "TrustedCertificate", "certificate_fact", "read_certificates"]
