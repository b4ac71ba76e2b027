"""A value found on a page (字段), and the kinds of value that rules find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lantai.archival.imaging.pictures import Box

FieldCode = Literal["credit_code", "identity_number", "document_number", "date", "law", "person", "body", "address"]

FIELDS: dict[FieldCode, tuple[str, str]] = {
    "credit_code": ("统一社会信用代码", "Unified social credit code"),
    "identity_number": ("公民身份号码", "Citizen identity number"),
    "document_number": ("文号", "Document number"),
    "date": ("日期", "Date"),
    "law": ("引用法规", "Law cited"),
    "person": ("人名", "Person"),
    "body": ("机构", "Organisation"),
    "address": ("地址", "Address"),
}
"""Each kind in Chinese and English."""

Fault = Literal["", "form", "digit", "region", "date", "empty", "number"]

FAULTS: dict[Fault, tuple[str, str]] = {
    "form": ("位数或字符不对", "wrong length or characters"),
    "digit": ("校验码不符", "the check digit does not fit"),
    "region": ("行政区划代码不存在", "no such region code"),
    "date": ("没有这样的日期", "no such date"),
    "empty": ("必填项为空", "must not be empty"),
    "number": ("不是数字", "is no number"),
}
"""What speaks against a value, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value as it stands on a page.

    Attributes:
        code: what kind of value it is.
        text: as it is written.
        value: in normal form: dates as 2019-05-08, numbers in plain letters.
        box: the upright box around it, in pixels of the page its lines are in.
        confidence: how surely it was read, times how sure the rule is; 0 to 1.
        fault: what its check digit or the calendar says against it.
    """

    code: FieldCode
    text: str
    value: str
    box: Box
    confidence: float
    fault: Fault = ""
