"""Is it still what it was (核验): storage roots, objects and bags judged whole, and what every finding says."""

from lantai.archival.verification.findings import Found, Language, known_codes
from lantai.archival.verification.strangers import Kind, Verified, verify_path

__all__ = ["Found", "Kind", "Language", "Verified", "known_codes", "verify_path"]
