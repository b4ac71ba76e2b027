"""The write door of digitisation: batches are taken, checked, linked to the catalogue, and taken over into records."""

from lantai.digitisation.services.checking import check_again
from lantai.digitisation.services.filing import FilingRefused, ask_filing
from lantai.digitisation.services.taking import ScansRefused, take_folder, take_uploads

__all__ = [
    "FilingRefused",
    "ScansRefused",
    "ask_filing",
    "check_again",
    "take_folder",
    "take_uploads",
]
