"""The read door of digitisation: batches, the records and pages in them."""

from lantai.digitisation.queries.batches import (
    BatchRow,
    BatchView,
    NoSuchBatch,
    UnitRow,
    batch_view,
    list_batches,
    list_units,
)
from lantai.digitisation.queries.scan_pages import PORTIONS, PageRow, list_pages, page_file

__all__ = [
    "PORTIONS",
    "BatchRow",
    "BatchView",
    "NoSuchBatch",
    "PageRow",
    "UnitRow",
    "batch_view",
    "list_batches",
    "list_pages",
    "list_units",
    "page_file",
]
