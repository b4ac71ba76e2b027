"""The write door of the catalogue: codes, records, grants."""

from lantai.catalog.certificates import certificate_digest, personal_key
from lantai.catalog.components import StoredComponent, as_component
from lantai.catalog.services.codes import (
    CodeRefused,
    CodeRequest,
    Reservations,
    ReservedCode,
    change_archive_code,
    give_up_codes,
    reserve_codes,
)
from lantai.catalog.services.confirming import ConfirmedComponents, confirm_components, edition_number, read_texts_again
from lantai.catalog.services.identifying import FormatCorrection, correct_formats, note_identified
from lantai.catalog.services.judging import RecordJudged, ask_judging, note_judgements, queue_due_judging
from lantai.catalog.services.registering import NewRecord, NewRepresentation, RecordRefused, register_records
from lantai.catalog.services.representing import COPY_KEPT, NewCopy, keep_copies
from lantai.catalog.services.scanning import (
    DIGITISED,
    KeptForm,
    NewScans,
    ScansNotKept,
    conceal_numbers,
    keep_scans,
)
from lantai.catalog.services.taking_over import BroughtCode, take_over_codes

__all__ = [
    "COPY_KEPT",
    "DIGITISED",
    "BroughtCode",
    "CodeRefused",
    "CodeRequest",
    "ConfirmedComponents",
    "FormatCorrection",
    "KeptForm",
    "NewCopy",
    "NewRecord",
    "NewRepresentation",
    "NewScans",
    "RecordJudged",
    "RecordRefused",
    "Reservations",
    "ReservedCode",
    "ScansNotKept",
    "StoredComponent",
    "as_component",
    "ask_judging",
    "certificate_digest",
    "change_archive_code",
    "conceal_numbers",
    "confirm_components",
    "correct_formats",
    "edition_number",
    "give_up_codes",
    "keep_copies",
    "keep_scans",
    "note_identified",
    "note_judgements",
    "personal_key",
    "queue_due_judging",
    "read_texts_again",
    "register_records",
    "reserve_codes",
    "take_over_codes",
]
