"""The values on a page that was read (字段抽取): by their form, their check digits, and the words before them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lantai.archival.imaging.fields.model import Fault, Field, FieldCode
from lantai.archival.imaging.fields.names import address_spans, body_spans, person_spans
from lantai.archival.imaging.fields.placing import PlacedText, place_text
from lantai.archival.imaging.fields.values import DATE, credit_value, date_value, identity_value
from lantai.archival.imaging.model import Line

_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z](?:[ -]?[0-9A-Za-z]){17}(?![0-9A-Za-z])")
_IDENTITY = re.compile(r"\d{17}[\dXx]")
_CALLS_IDENTITY = re.compile(r"(?:身份证|身份证件|公民身份|证件)(?:号码|号)?\s?[：\s]*$")
_CALLS_CREDIT = re.compile(r"(?:信用代码|信用码|税号|识别号)\s?[：\s]*$")
_NOT_IN_MARK = "根据|依据|按照|依照|文号|编号|字号|作出|关于|以及|下发|印发|发布|执行|的|了|由|经|以|将|及|和|与|为|于"
_DOCUMENT_NUMBER = re.compile(
    r"(?P<mark>[\u4e00-\u9fff]{1,16}?)\s?(?P<rest>[〔（](?P<year>(?:19|20)\d{2})[〕）]\s?(?:第\s?)?(?P<number>\d{1,5})\s?号)"
)
_LAW = re.compile(
    r"《(?P<name>[^《》\n]{2,50}?(?:法|条例|规定|办法|细则|规则|章程|通则|准则|法典|决定|标准|规范|意见|通知)(?:（[^（）]{1,20}）)?)》"
    r"(?:（[^（）\n]{1,20}）)?(?:第[零〇一二三四五六七八九十百千\d]+条(?:之[一二三四五六七八九十])?"
    r"(?:第[一二三四五六七八九十\d]+款)?(?:第（?[一二三四五六七八九十\d]+）?项)?)?"
)
_SURE = {"credit_code": 1.0, "identity_number": 1.0, "document_number": 0.97, "date": 0.97, "law": 0.97}
_FAULTY = 0.6
"""What a value counts that its check digit speaks against."""

_Found = tuple[FieldCode, int, int, str, Fault, float]


def find_fields(lines: Sequence[Line]) -> list[Field]:
    """The values on a page, in reading order. They are suggestions: a person accepts them.

    Args:
        lines: of the page, in reading order.
    """
    placed = place_text(lines)
    kept: list[_Found] = []
    for each in sorted(_found(placed.text), key=lambda one: (-one[5], one[1] - one[2], one[1])):
        if not any(each[1] < other[2] and other[1] < each[2] and _excludes(each[0], other[0]) for other in kept):
            kept.append(each)
    return [_field(placed, each) for each in sorted(kept, key=lambda one: (one[1], one[2]))]


def _excludes(one: FieldCode, other: FieldCode) -> bool:
    """Whether two values cannot overlap: a body's name may stand in an address, and a law's name bears a body's."""
    return {one, other} != {"body", "address"} or one == other


def _found(text: str) -> Iterator[_Found]:
    for match in _LONG_NUMBER.finditer(text):
        yield from _long_number(text, match.start(), match.end())
    for match in _DOCUMENT_NUMBER.finditer(text):
        start = match.start("mark") + _mark_begins(match["mark"])
        if start < match.end("mark"):
            value = f"{text[start : match.end('mark')].strip()}〔{match['year']}〕{int(match['number'])}号"
            yield "document_number", start, match.end(), value, "", _SURE["document_number"]
    for match in DATE.finditer(text):
        value, fault = date_value(match.group())
        if not fault or "年" in match.group():
            yield "date", match.start(), match.end(), value, fault, _SURE["date"]
    for match in _LAW.finditer(text):
        yield "law", match.start(), match.end(), match.group(), "", _SURE["law"]
    named: tuple[tuple[FieldCode, Iterator[tuple[int, int, float]]], ...] = (
        ("person", person_spans(text)),
        ("body", body_spans(text)),
        ("address", address_spans(text)),
    )
    for code, spans in named:
        for start, end, sure in spans:
            value = re.sub(r"\s", "", text[start:end]) if code == "person" else text[start:end].strip()
            yield code, start, end, value, "", sure


def _long_number(text: str, start: int, end: int) -> Iterator[_Found]:
    """A number of 18 places: whose check digit holds; else what the word before it says it is."""
    credit, credit_fault = credit_value(text[start:end])
    identity, identity_fault = identity_value(text[start:end])
    before = text[max(0, start - 16) : start]
    called = (
        "identity_number" if _CALLS_IDENTITY.search(before) else "credit_code" if _CALLS_CREDIT.search(before) else ""
    )
    if not identity_fault and called != "credit_code":
        yield "identity_number", start, end, identity, "", 1.0
    elif not credit_fault:
        yield "credit_code", start, end, credit, "", 1.0
    elif called == "identity_number" or (not called and _IDENTITY.fullmatch(identity) and identity_fault == "digit"):
        yield "identity_number", start, end, identity, identity_fault, 1.0
    elif called == "credit_code":
        yield "credit_code", start, end, credit, credit_fault, 1.0


def _mark_begins(mark: str) -> int:
    """Where the mark of a document number begins: behind the last word that belongs to none."""
    at = 0
    for found in re.finditer(_NOT_IN_MARK, mark):
        if found.end() < len(mark):
            at = found.end()
    return at


def _field(placed: PlacedText, found: _Found) -> Field:
    code, start, end, value, fault, sure = found
    confidence = placed.confidence(start, end) * sure * (_FAULTY if fault else 1)
    return Field(code, placed.text[start:end].strip(), value, placed.box(start, end), round(confidence, 4), fault)
