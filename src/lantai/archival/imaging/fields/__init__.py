"""Values on a page that was read (字段): numbers with check digits, dates, names, laws, each with its place."""

from lantai.archival.imaging.fields.finding import find_fields
from lantai.archival.imaging.fields.model import FAULTS, FIELDS, Field, FieldCode
from lantai.archival.imaging.fields.placing import PlacedText, place_text

__all__ = ["FAULTS", "FIELDS", "Field", "FieldCode", "PlacedText", "find_fields", "place_text"]
