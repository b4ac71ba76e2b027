"""The write door of digitisation: batches are taken, checked, linked to the catalogue, read, and taken over."""

from lantai.digitisation.services.checking import check_again
from lantai.digitisation.services.filing import FilingRefused, ask_filing
from lantai.digitisation.services.reading import ReadingRefused, ask_reading
from lantai.digitisation.services.taking import ScansRefused, take_folder, take_uploads

__all__ = [
    "FilingRefused",
    "ReadingRefused",
    "ScansRefused",
    "ask_filing",
    "ask_reading",
    "check_again",
    "take_folder",
    "take_uploads",
]
