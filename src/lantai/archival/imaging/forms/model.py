"""A form template as data: the words that are printed on every such form, and where the fields lie between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from lantai.archival.imaging.forms.checking import FIELD_TYPES, FieldType
from lantai.archival.imaging.pictures import Box


@dataclass(frozen=True, slots=True)
class Anchor:
    """Printed words of the form (固定文字) and where they stand on the example."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class MarkedField:
    """A field somebody marked on the example (字段): its name, its type, where it is filled in; ``label`` are the
    printed words with a colon that stand right before it, if any."""

    name: str
    kind: FieldType
    box: Box
    required: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class FormTemplate:
    """A form (表单模板). ``width`` and ``height`` are of the example, in pixels."""

    width: int
    height: int
    anchors: tuple[Anchor, ...]
    fields: tuple[MarkedField, ...]

    def data(self) -> dict[str, Any]:
        """The template as plain data for JSON."""
        return {
            "width": self.width,
            "height": self.height,
            "anchors": [[each.text, list(each.box)] for each in self.anchors],
            "fields": [
                {
                    "name": each.name,
                    "type": each.kind,
                    "box": list(each.box),
                    "required": each.required,
                    "label": each.label,
                }
                for each in self.fields
            ],
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> FormTemplate:
        """The template of plain data. Raises ValueError when it is none."""
        try:
            anchors = tuple(Anchor(str(text), _box(box)) for text, box in data["anchors"])
            fields = tuple(
                MarkedField(
                    str(each["name"]),
                    _type(each["type"]),
                    _box(each["box"]),
                    bool(each["required"]),
                    str(each["label"]),
                )
                for each in data["fields"]
            )
            return cls(int(data["width"]), int(data["height"]), anchors, fields)
        except (KeyError, TypeError) as error:
            raise ValueError(f"no form template: {error}") from error


def _box(told: Any) -> Box:
    left, top, right, bottom = (int(each) for each in told)
    return left, top, right, bottom


def _type(told: Any) -> FieldType:
    if told not in FIELD_TYPES:
        raise ValueError(f"no type of field: {told}")
    return cast(FieldType, told)
