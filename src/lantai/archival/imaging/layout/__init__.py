"""What stands on a page besides running text (版面): tables, forms."""

from lantai.archival.imaging.layout.alignment import find_unruled_tables
from lantai.archival.imaging.layout.finding import moved_table, tables_on, tables_with
from lantai.archival.imaging.layout.rules import find_ruled_tables
from lantai.archival.imaging.tables import Cell, Table

__all__ = [
    "Cell",
    "Table",
    "find_ruled_tables",
    "find_unruled_tables",
    "moved_table",
    "tables_on",
    "tables_with",
]
