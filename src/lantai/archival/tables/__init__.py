"""Catalogues of strangers: tables read as streams, crosswalks to the elements of description, tables written."""

from lantai.archival.tables.attached import AttachedFiles, files_by_key, name_key
from lantai.archival.tables.crosswalk import (
    ACTS,
    CrosswalkError,
    Mapped,
    Misfit,
    Rule,
    Step,
    header_signature,
    map_line,
    rules_from_data,
    rules_to_data,
    suggest_rules,
)
from lantai.archival.tables.days import ReadDay, read_day
from lantai.archival.tables.dbf import MEMO
from lantai.archival.tables.heads import head_of
from lantai.archival.tables.model import (
    REFUSALS,
    Head,
    Line,
    Portion,
    TableForm,
    TableLook,
    TableRefused,
    cell_name,
    column_letters,
)
from lantai.archival.tables.reading import look_at_table, read_portion
from lantai.archival.tables.targets import Target, target_for, targets
from lantai.archival.tables.writing import OutputKind, write_table

__all__ = [
    "ACTS",
    "MEMO",
    "REFUSALS",
    "AttachedFiles",
    "CrosswalkError",
    "Head",
    "Line",
    "Mapped",
    "Misfit",
    "OutputKind",
    "Portion",
    "ReadDay",
    "Rule",
    "Step",
    "TableForm",
    "TableLook",
    "TableRefused",
    "Target",
    "cell_name",
    "column_letters",
    "files_by_key",
    "head_of",
    "header_signature",
    "look_at_table",
    "map_line",
    "name_key",
    "read_day",
    "read_portion",
    "rules_from_data",
    "rules_to_data",
    "suggest_rules",
    "target_for",
    "targets",
    "write_table",
]
