"""Printed forms of arrangement (DA/T 22-2015, GB/T 9705) as PDF: catalogues, lists, back notes, box labels, stamps."""

from lantai.archival.printing.acceptance import AcceptanceReport, acceptance_report
from lantai.archival.printing.forms import (
    BackNote,
    BoxLabel,
    CatalogueRow,
    Heading,
    back_note,
    box_label,
    item_catalogue,
    volume_catalogue,
    volume_list,
)
from lantai.archival.printing.stamps import FilingStamp, stamp_overprint, stamp_sheets

__all__ = [
    "AcceptanceReport",
    "BackNote",
    "BoxLabel",
    "CatalogueRow",
    "FilingStamp",
    "Heading",
    "acceptance_report",
    "back_note",
    "box_label",
    "item_catalogue",
    "stamp_overprint",
    "stamp_sheets",
    "volume_catalogue",
    "volume_list",
]
