"""The text index: its schema, its parts, its questions. Nothing outside the room sees tantivy."""

from lantai.finding.search.index import SCHEMA_VERSION, index_folder, to_document
from lantai.finding.search.parts import (
    SAMPLE,
    IndexDamaged,
    Part,
    cube_age,
    forget_open,
    holding,
    is_sampled,
    keep_cube,
    next_part,
    open_index,
    part_names,
    part_of,
    plan_parts,
    read_parts,
    size_of,
)
from lantai.finding.search.question import Asked, Filters, ask_all
from lantai.finding.search.rights import Sight, sight_of
from lantai.finding.search.searching import Counts, Ranked, count, count_values, kept_values, rank

__all__ = [
    "SAMPLE",
    "SCHEMA_VERSION",
    "Asked",
    "Counts",
    "Filters",
    "IndexDamaged",
    "Part",
    "Ranked",
    "Sight",
    "ask_all",
    "count",
    "count_values",
    "cube_age",
    "forget_open",
    "holding",
    "index_folder",
    "is_sampled",
    "keep_cube",
    "kept_values",
    "next_part",
    "open_index",
    "part_names",
    "part_of",
    "plan_parts",
    "rank",
    "read_parts",
    "sight_of",
    "size_of",
    "to_document",
]
