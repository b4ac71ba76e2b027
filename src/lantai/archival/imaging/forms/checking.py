"""What a field of a form may hold: types of value, each brought into its normal form and judged."""

from __future__ import annotations

import re
from typing import Literal

from lantai.archival.imaging.fields.model import Fault
from lantai.archival.imaging.fields.placing import plain
from lantai.archival.imaging.fields.values import DATE, credit_value, date_value, identity_value

FieldType = Literal["text", "date", "number", "credit_code", "identity_number", "phone"]

FIELD_TYPES: dict[FieldType, tuple[str, str]] = {
    "text": ("文字", "Text"),
    "date": ("日期", "Date"),
    "number": ("数字", "Number"),
    "credit_code": ("统一社会信用代码", "Unified social credit code"),
    "identity_number": ("公民身份号码", "Citizen identity number"),
    "phone": ("电话号码", "Telephone number"),
}
"""Each type in Chinese and English."""

_NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?")
_PHONE = re.compile(r"(?:\+?86)?1\d{10}|0\d{2,3}\d{7,8}|[2-9]\d{6,7}|\d{3,5}")


def checked_value(text: str, kind: FieldType, *, required: bool = False) -> tuple[str, Fault]:
    """A value in the normal form of its type, and what speaks against it.

    Args:
        text: as it stands in the field.
        kind: its type. Numbers may bear a unit: 300平方米 becomes 300.
        required: whether an empty field is a fault.
    """
    bare = text.strip()
    if not bare:
        return "", "empty" if required else ""
    match kind:
        case "date":
            found = DATE.search(plain(bare))
            return date_value(found.group()) if found else (bare, "date")
        case "number":
            number = _NUMBER.search(plain(bare).replace("，", ","))
            return (number.group().replace(",", ""), "") if number else (bare, "number")
        case "credit_code":
            return credit_value(plain(bare))
        case "identity_number":
            return identity_value(plain(bare))
        case "phone":
            digits = re.sub(r"[\s\-—–()（）]", "", plain(bare))
            return (digits, "") if _PHONE.fullmatch(digits) else (bare, "form")
    return bare, ""
