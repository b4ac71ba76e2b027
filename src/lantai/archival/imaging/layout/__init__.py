"""What stands on a page besides running text (版面): tables, forms."""

from lantai.archival.imaging.layout.alignment import find_unruled_tables
from lantai.archival.imaging.layout.finding import tables_of, tables_on
from lantai.archival.imaging.layout.model import Cell, Table
from lantai.archival.imaging.layout.rules import find_ruled_tables

__all__ = ["Cell", "Table", "find_ruled_tables", "find_unruled_tables", "tables_of", "tables_on"]
