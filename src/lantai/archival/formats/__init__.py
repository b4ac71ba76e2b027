"""File formats: name them (PRONOM and our own signatures), open them, take their text."""

from lantai.archival.formats.characterise import characterise, extract_text
from lantai.archival.formats.model import CertificateFact, FileFacts, Format, SignatureFact, SignatureVerdict
from lantai.archival.formats.pronom import edition_key, edition_told, identify_by_pronom, pronom_version
from lantai.archival.formats.reading import sentence
from lantai.archival.formats.registry import agree, by_puid, formats, known_as, named
from lantai.archival.formats.signatures import identify_quickly

__all__ = [
    "CertificateFact",
    "FileFacts",
    "Format",
    "SignatureFact",
    "SignatureVerdict",
    "agree",
    "by_puid",
    "characterise",
    "edition_key",
    "edition_told",
    "extract_text",
    "formats",
    "identify_by_pronom",
    "identify_quickly",
    "known_as",
    "named",
    "pronom_version",
    "sentence",
]
