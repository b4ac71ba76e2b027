"""The write door of digitisation: batches are taken, checked, and linked to the catalogue."""

from lantai.digitisation.services.checking import check_again
from lantai.digitisation.services.taking import ScansRefused, take_folder, take_uploads

__all__ = ["ScansRefused", "check_again", "take_folder", "take_uploads"]
