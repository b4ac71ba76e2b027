"""Catalogues of government-service items as departments and platforms give them: JSON lines, JSON or CSV.

Columns are known by many names; what is not known is left out. Nothing is guessed: a line without code or name is told
with its number.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

NAMES: Mapping[str, tuple[str, ...]] = {
    "code": ("item_code", "TASK_CODE", "code", "事项编码", "实施编码"),
    "name": ("TASK_NAME", "name", "matter_name", "事项名称"),
    "type": ("TASK_TYPE", "type", "事项类型代码", "事项类型"),
    "body": ("department", "DEPT_NAME", "organisation", "实施机构", "实施主体"),
    "body_code": ("dept_code", "ORGCODE", "实施机构代码", "统一社会信用代码"),
    "days": ("handle_time_limit", "promised_days", "承诺时限", "承诺办结时限"),
    "materials": ("material_intro", "materials", "申请材料", "材料"),
}
_NUMBER = re.compile(r"\d+")
_SPLIT = re.compile(r"[；;\n]+")
_TYPES = re.compile(r"\d{1,2}")
MOST = 50_000


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One item of a catalogue: `body` is the name of who handles it, `body_code` a code of it, as the file says."""

    code: str
    name: str
    type: str = ""
    body: str = ""
    body_code: str = ""
    days: int = 0
    materials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What was read: items in order, and what cannot be taken, each with its line."""

    items: tuple[CatalogueItem, ...] = ()
    faults: tuple[str, ...] = field(default=())

    def rows(self) -> list[dict[str, Any]]:
        """The items as plain values, to be kept."""
        return [asdict(each) | {"materials": list(each.materials)} for each in self.items]


def item_of_row(row: Mapping[str, Any]) -> CatalogueItem:
    """An item kept as plain values."""
    return CatalogueItem(**{**row, "materials": tuple(row["materials"])})


def read_item_catalogue(data: bytes) -> Catalogue:
    """The items in *data* (JSON lines, a JSON list, or CSV with a head; UTF-8 or GBK), every fault with its line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            return Catalogue(faults=(_("文件不是 UTF-8 或 GBK 文本。"),))
    items: dict[str, CatalogueItem] = {}
    faults: list[str] = []
    for number, row in _rows(text):
        if number > MOST:
            faults.append(_("超过 %(most)d 行，请分几个文件导入。") % {"most": MOST})
            break
        if isinstance(row, str):
            faults.append(_("第 %(line)d 行：%(fault)s") % {"line": number, "fault": row})
            continue
        item, told = _item(row)
        if item.code in items:
            told = [_("事项编码 %(code)s 重复") % {"code": item.code}]
        faults += [_("第 %(line)d 行：%(fault)s") % {"line": number, "fault": each} for each in told]
        if not told:
            items[item.code] = item
    if not items and not faults:
        faults.append(_("文件里没有事项。"))
    return Catalogue(tuple(items.values()), tuple(faults))


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Line number and row, or what is wrong with the line."""
    start = text.lstrip()[:1]
    if start == "[":
        try:
            yield from ((number, _mapping(each)) for number, each in enumerate(json.loads(text), 1))
        except (json.JSONDecodeError, RecursionError):
            yield 1, _("不是完整的 JSON")
    elif start == "{":
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    yield number, _mapping(json.loads(line))
                except (json.JSONDecodeError, RecursionError):
                    yield number, _("不是完整的 JSON")
    else:
        try:
            reader = csv.DictReader(io.StringIO(text), strict=True)
            for row in reader:
                yield reader.line_num, {str(name).strip(): value for name, value in row.items()}
        except csv.Error:
            yield 1, _("不是完整的 CSV")


def _mapping(value: Any) -> Mapping[str, Any] | str:
    return value if isinstance(value, dict) else _("不是一个对象")


def _text(row: Mapping[str, Any], column: str) -> str:
    for name in NAMES[column]:
        value = row.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return " ".join("".join(each for each in str(value) if each.isprintable() or each.isspace()).split())
    return ""


def _item(row: Mapping[str, Any]) -> tuple[CatalogueItem, list[str]]:
    code, name = _text(row, "code"), _text(row, "name")
    kind, days = _text(row, "type"), _NUMBER.search(_text(row, "days"))
    item = CatalogueItem(
        code=code,
        name=name,
        type=kind.zfill(2) if _TYPES.fullmatch(kind) else "",
        body=_text(row, "body"),
        body_code=_text(row, "body_code"),
        days=int(days[0][:5]) if days else 0,
        materials=_materials(row),
    )
    faults = []
    if not code:
        faults.append(_("没有事项编码"))
    elif len(code) > 120 or " " in code or "/" in code:
        faults.append(_("事项编码超过 120 个字符，或含有空格、斜线"))
    if not name:
        faults.append(_("没有事项名称"))
    elif len(name) > 300:
        faults.append(_("事项名称超过 300 个字符"))
    if item.days > 32_000:
        faults.append(_("承诺时限过大"))
    return item, faults


def _materials(row: Mapping[str, Any]) -> tuple[str, ...]:
    for name in NAMES["materials"]:
        value = row.get(name)
        listed: Sequence[Any] = (
            value if isinstance(value, list) else _SPLIT.split(value) if isinstance(value, str) else ()
        )
        found = [" ".join(str(each).split())[:300] for each in listed if str(each).strip()]
        if found:
            return tuple(dict.fromkeys(found))
    return ()
