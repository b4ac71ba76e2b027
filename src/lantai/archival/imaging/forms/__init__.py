"""Form templates (表单模板): learnt from one marked example, they fill structured fields of pages like it."""

from lantai.archival.imaging.forms.checking import FIELD_TYPES, FieldType, checked_value
from lantai.archival.imaging.forms.filling import Filled, FilledField, best_filled, fill
from lantai.archival.imaging.forms.learning import Proposal, learn_template, propose_fields
from lantai.archival.imaging.forms.model import Anchor, FormTemplate, MarkedField

__all__ = [
    "FIELD_TYPES",
    "Anchor",
    "FieldType",
    "Filled",
    "FilledField",
    "FormTemplate",
    "MarkedField",
    "Proposal",
    "best_filled",
    "checked_value",
    "fill",
    "learn_template",
    "propose_fields",
]
