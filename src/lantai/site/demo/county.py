"""The demo county: its bodies, items and words as data files, and what the archive's tables are told of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from lantai.archival.checks import RulePack, default_pack, rule_pack_from_data, rule_pack_to_data
from lantai.archival.codes.check_digits import credit_digit

_FOLDER = Path(__file__).parent
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_REFUSED = ("不予许可", "不予受理", "退件", "不予办理", "终止办理")
_GRANTED = {"01": "准予许可", "05": "准予给付", "07": "予以登记", "10": "予以备案", "20": "办结"}


@cache
def county() -> dict[str, Any]:
    """Bodies, fonds, classes, rules and accounts, as ``county.toml`` tells them."""
    return tomllib.loads((_FOLDER / "county.toml").read_text(encoding="utf-8"))


@cache
def words() -> dict[str, Any]:
    """Syllables and phrases people, places and documents are put together from."""
    return tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))


def region() -> str:
    """The county's region code."""
    return str(county()["region"])


def credit_code(kind: str, number: str) -> str:
    """A unified social credit code (GB 32100) of the county: *kind* two characters, *number* up to eight; both check
    digits are sound."""
    main = number.rjust(8, "0")[-8:]
    total = sum(_LETTERS.index(each) * weight for each, weight in zip(main, _ORGANISATION_WEIGHTS, strict=True))
    digit = {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
    code = f"{kind}{region()}{main}{digit}"
    return code + credit_digit(code)


@dataclass(frozen=True, slots=True)
class Body:
    """A body of the county that hands over. ``container`` is what its packages are: zip, tar or bag."""

    code: str
    name: str
    short: str
    fonds: str
    offices: tuple[str, ...]
    profiles: tuple[str, ...]
    container: str
    credit_code: str

    @property
    def profile(self) -> str:
        """By which its cases come."""
        return next((each for each in self.profiles if each != "wenshu"), "fuzhou")


@dataclass(frozen=True, slots=True)
class Slot:
    """One material an item asks for: kind and name of each alternative, and whether it must come."""

    choices: tuple[tuple[str, str], ...]
    needed: bool


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an item's materials and the day it begins; ``sheet`` when the approval sheet must be there."""

    number: str
    begins: date
    mode: str
    sheet: bool
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A service item (政务服务事项): who handles it, whom it is for, what comes out."""

    code: str
    name: str
    type: str
    body: Body
    record_class: str
    days: int
    subject: str
    trade: str
    basis: str
    result: str
    prefix: str
    asks: tuple[tuple[str, tuple[str, ...]], ...]
    family: str
    project: bool
    changes: str
    versions: tuple[Version, ...]

    @property
    def granted(self) -> str:
        """The result of a case that ended well."""
        return _GRANTED.get(self.type, "准予许可")

    def version_on(self, day: date) -> Version:
        """The version valid on *day*; the first before any was."""
        return next((each for each in reversed(self.versions) if each.begins <= day), self.versions[0])

    def retention(self, result: str) -> str:
        """The period that the county's table gives a case of *result*."""
        table = county()["retention_table"][-1]["rule"]
        for row in table[:3]:
            codes, *more = (each["values"] for each in row["conditions"])
            if self.code in codes and (not more or result in more[0]):
                return "Y"
        return "D30" if self.type in ("01", "07", "10") and result not in _REFUSED else "D10"


def document_retention(kind: str) -> str:
    """The period that the county's table gives an official document of this kind (文种)."""
    for row in county()["retention_table"][-1]["rule"]:
        if any(each["element"] == "document_type" and kind in each["values"] for each in row["conditions"]):
            return str(row["retention"])
    return "D10"


@cache
def bodies() -> Mapping[str, Body]:
    """The bodies that hand over, by code."""
    return {
        row["code"]: Body(
            code=row["code"],
            name=row["name"],
            short=row["short"],
            fonds=row["fonds"],
            offices=tuple(row["offices"]),
            profiles=tuple(row["profiles"]),
            container=row.get("container", "zip"),
            credit_code=_body_code(place),
        )
        for place, row in enumerate(county()["body"])
        if "fonds" in row
    }


def _body_code(place: int) -> str:
    return credit_code("11", f"MB00{place:04}")


@cache
def items() -> Mapping[str, Item]:
    """The service items whose cases are archived, by code."""
    data = tomllib.loads((_FOLDER / "items.toml").read_text(encoding="utf-8"))
    return {
        row["code"]: Item(
            code=row["code"],
            name=row["name"],
            type=row.get("type", row["code"][:2]),
            body=bodies()[row["body"]],
            record_class=row["class"],
            days=row["days"],
            subject=row["subject"],
            trade=row.get("trade", "general"),
            basis=row["basis"],
            result=row["result"],
            prefix=row["prefix"],
            asks=tuple((label, tuple(choices)) for label, *choices in row["asks"]),
            family=row.get("family", ""),
            project=row.get("project", False),
            changes=row.get("changes", ""),
            versions=tuple(
                Version(
                    each["version"],
                    each["from"],
                    each.get("mode", "add"),
                    each.get("sheet", False),
                    tuple(_slot(text) for text in each["materials"]),
                )
                for each in row["version"]
            ),
        )
        for row in data["item"]
    }


def _slot(text: str) -> Slot:
    choices = [tuple(each.split(" ", 1)) for each in text.split("|")]
    return Slot(tuple((kind.rstrip("?"), name) for kind, name in choices), not choices[0][0].endswith("?"))


@cache
def rule_pack() -> RulePack:
    """The county's rules as one pack, for who judges its packages without an archive."""
    told = reference_data()
    table = told["retention_table"][-1]
    data = _base_rules() | {
        "version": "demo",
        "effective_from": "2023-01-01",
        "items": [
            {
                "code": row["code"],
                "name": row["name"],
                "type": row["type"],
                "promised_days": row["promised_days"],
                "versions": _closed(row["version"]),
            }
            for row in told["item"]
        ],
        "rule_sets": [{**each, "valid_from": each["valid_from"].isoformat()} for each in told["rule_set"]],
        "retention": {
            "version": f"{table['key']}@{table['version']}",
            "order": ["Y", "D30", "D10"],
            "default": table["default_code"],
            "rules": [
                {"code": each["code"], "name": each["name"], "retention": each["retention"], "when": each["conditions"]}
                for each in table["rule"]
            ],
        },
    }
    return rule_pack_from_data(data)


def _closed(versions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Versions with the day each ends: the day before the next begins."""
    ends = [(each["valid_from"] - timedelta(days=1)).isoformat() for each in versions[1:]] + [""]
    return [
        {**each, "valid_from": each["valid_from"].isoformat(), "valid_to": end}
        for each, end in zip(versions, ends, strict=True)
    ]


def reference_data() -> dict[str, Any]:
    """The county for ``administration.services.load_reference_data``."""
    told = county()
    rows = told["body"]
    return {
        "organisation": [
            {
                "code": row["code"],
                "name": row["name"],
                "kind": row.get("kind", "agency"),
                "region_code": told["region"],
                "credit_code": _body_code(place),
            }
            for place, row in enumerate(rows)
        ],
        "class": told["class"],
        "fonds": [
            {"code": row["fonds"], "name": f"{row['name']}全宗", "organisation": row["code"]}
            for row in rows
            if "fonds" in row
        ],
        "item": [_item_row(each) for each in items().values()],
        "rule_set": told["rule_set"],
        "retention_table": told["retention_table"],
        "code_scheme": told["code_scheme"],
        "base_rules": [
            {"version": "云岭-2016.1", "effective_from": "2016-01-01", "data": _base_rules()},
        ],
        "agreement": [
            {
                "number": f"YJ-{row['code']}-{profile}",
                "organisation": row["code"],
                "fonds": row["fonds"],
                "profile": profile,
                "policy": row["policy"],
                "limits": {"correction_days": 10},
                "valid_from": "2016-01-01",
            }
            for row in rows
            if "fonds" in row
            for profile in row["profiles"]
        ],
        "rule_pack": {"effective_from": "2023-01-01", "note": "云岭县（虚构）演示规则"},
    }


def _base_rules() -> dict[str, Any]:
    """The delivered rules, with everything the county handles in scope."""
    rules = rule_pack_to_data(default_pack())
    rules["scope"] = [
        {
            "code": "S1",
            "name": "依申请政务服务办件",
            "basis": "国办发〔2023〕26号",
            "when": [{"element": "item_code", "operator": "present"}],
        },
        {
            "code": "S2",
            "name": "机关文书",
            "basis": "国家档案局令第8号",
            "when": [{"element": "@profile", "operator": "is", "values": ["wenshu"]}],
        },
        {
            "code": "S3",
            "name": "已归档的电子文件（封装包）",
            "basis": "DA/T 48-2009",
            "when": [{"element": "@profile", "operator": "is", "values": ["eep"]}],
        },
    ]
    rules["name"] = "云岭县档案馆归档检测规则包（演示）"
    return rules


def _item_row(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name,
        "type": item.type,
        "organisation": item.body.code,
        "record_class": item.record_class,
        "promised_days": item.days,
        "version": [
            {
                "version": each.number,
                "valid_from": each.begins,
                "mode": each.mode,
                "rules": _material_rules(item, each),
            }
            for each in item.versions
        ],
    }


def _material_rules(item: Item, version: Version) -> list[dict[str, Any]]:
    """The materials of one version as a rule pack has them."""
    needed: dict[tuple[str, ...], int] = {}
    for slot in version.slots:
        if slot.needed:
            names = tuple(name for _kind, name in slot.choices)
            needed[names] = needed.get(names, 0) + 1
    parts = [_needs(names, count) for names, count in needed.items()]
    rules: list[dict[str, Any]] = [
        {
            "code": "I1",
            "type": "1",
            "name": "申请材料",
            "basis": item.basis,
            "needs": parts[0] if len(parts) == 1 else {"all": parts},
        }
    ]
    if version.sheet:
        basis = "云岭县政务服务归档规定（虚构）第8条"
        rules.append({"code": "I2", "type": "2", "name": "业务审批单", "basis": basis, "needs": {"name": "业务审批单"}})
    return rules


def _needs(names: Sequence[str], count: int) -> dict[str, Any]:
    if len(names) > 1:
        return {"any": [{"name": each} for each in names]}
    return {"name": names[0], "minimum": count} if count > 1 else {"name": names[0]}
