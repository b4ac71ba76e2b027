"""The read door of digitisation: batches, the records and pages in them, what was read."""

from lantai.digitisation.queries.batches import (
    BatchRow,
    BatchView,
    NoSuchBatch,
    UnitRow,
    batch_view,
    list_batches,
    list_units,
    one_batch,
)
from lantai.digitisation.queries.progress import BatchReading
from lantai.digitisation.queries.read_pages import (
    FoundRegion,
    KeptReading,
    PageView,
    derivative_file,
    kept_reading,
    page_view,
    table_on,
)
from lantai.digitisation.queries.scan_pages import PORTIONS, PageRow, list_pages, page_file

__all__ = [
    "PORTIONS",
    "BatchReading",
    "BatchRow",
    "BatchView",
    "FoundRegion",
    "KeptReading",
    "NoSuchBatch",
    "PageRow",
    "PageView",
    "UnitRow",
    "batch_view",
    "derivative_file",
    "kept_reading",
    "list_batches",
    "list_pages",
    "list_units",
    "one_batch",
    "page_file",
    "page_view",
    "table_on",
]
