"""The text index: its schema, its writer, its questions. Nothing outside the room sees tantivy."""

from lantai.finding.search.index import SCHEMA_VERSION, index_folder, open_index, to_document
from lantai.finding.search.question import Filters, build_query

__all__ = ["SCHEMA_VERSION", "Filters", "build_query", "index_folder", "open_index", "to_document"]
