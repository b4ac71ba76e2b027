"""Printed forms of arrangement (DA/T 22-2015, GB/T 9705): catalogues, lists, back notes, box labels, as A4 PDF."""

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

__all__ = [
    "BackNote",
    "BoxLabel",
    "CatalogueRow",
    "Heading",
    "back_note",
    "box_label",
    "item_catalogue",
    "volume_catalogue",
    "volume_list",
]
