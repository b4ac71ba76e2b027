"""The write door of digitisation: batches are taken, checked, linked to the catalogue, read, accepted, taken over."""

from lantai.digitisation.services.accepting import (
    FAULTS,
    AcceptanceRefused,
    begin_acceptance,
    conclude_acceptance,
    judge_record,
    sign_acceptance,
)
from lantai.digitisation.services.checking import check_again
from lantai.digitisation.services.filing import FilingRefused, ask_filing
from lantai.digitisation.services.reading import ReadingRefused, ask_reading
from lantai.digitisation.services.taking import ScansRefused, take_folder, take_uploads

__all__ = [
    "FAULTS",
    "AcceptanceRefused",
    "FilingRefused",
    "ReadingRefused",
    "ScansRefused",
    "ask_filing",
    "ask_reading",
    "begin_acceptance",
    "check_again",
    "conclude_acceptance",
    "judge_record",
    "sign_acceptance",
    "take_folder",
    "take_uploads",
]
