"""The read door of the catalogue. There is no other way to a record than a query that takes ``reader=``."""

from lantai.catalog.hits import pieces_of, spans_of, words_asked
from lantai.catalog.queries.access import Act, Condition, Decision, clauses, decide, granted_by_act, visible
from lantai.catalog.queries.evidence import contents_of, record_history, record_proof
from lantai.catalog.queries.exporting import EXPORTED, Exported, count_exported, exported_codes, exported_lines
from lantai.catalog.queries.indexing import IndexDocument, index_documents, record_ids_after, records_by_day
from lantai.catalog.queries.known import (
    codes_ever_given,
    described_alike,
    held_values,
    records_by_code,
    volumes_by_code,
)
from lantai.catalog.queries.records import (
    NoSuchRecord,
    NotForReader,
    RecordSummary,
    RecordView,
    UnconfirmedRecord,
    codes_of_records,
    recent_records,
    record_by_code,
    records_with_certificate,
    summaries,
    summaries_of,
    text_of,
    texts_of,
    unconfirmed_records,
)
from lantai.catalog.queries.ruled import RuledRecord, count_ruled_records, ruled_records
from lantai.catalog.queries.shelved import (
    count_records_in,
    objects_of_records,
    records_in_object,
    records_with_sealed_content,
    scopes_of_objects,
)
from lantai.catalog.queries.verification import RecordsChecked, missing_records, unclaimed_contents, verify_records
from lantai.catalog.viewing import NotShown, scanned_image

__all__ = [
    "EXPORTED",
    "Act",
    "Condition",
    "Decision",
    "Exported",
    "IndexDocument",
    "NoSuchRecord",
    "NotForReader",
    "NotShown",
    "RecordSummary",
    "RecordView",
    "RecordsChecked",
    "RuledRecord",
    "UnconfirmedRecord",
    "clauses",
    "codes_ever_given",
    "codes_of_records",
    "contents_of",
    "count_exported",
    "count_records_in",
    "count_ruled_records",
    "decide",
    "described_alike",
    "exported_codes",
    "exported_lines",
    "granted_by_act",
    "held_values",
    "index_documents",
    "missing_records",
    "objects_of_records",
    "pieces_of",
    "recent_records",
    "record_by_code",
    "record_history",
    "record_ids_after",
    "record_proof",
    "records_by_code",
    "records_by_day",
    "records_in_object",
    "records_with_certificate",
    "records_with_sealed_content",
    "ruled_records",
    "scanned_image",
    "scopes_of_objects",
    "spans_of",
    "summaries",
    "summaries_of",
    "text_of",
    "texts_of",
    "unclaimed_contents",
    "unconfirmed_records",
    "verify_records",
    "visible",
    "volumes_by_code",
    "words_asked",
]
