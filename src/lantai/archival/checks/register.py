"""The register of checks (检测项登记) of DA/T 70-2018, loaded once from ``data/register.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, cast

from lantai.archival.checks.model import CheckDefinition, Method

Stage = Literal["GD", "YJ", "CQ"]
STAGES: tuple[Stage, ...] = ("GD", "YJ", "CQ")
NATURES = {
    1: ("真实性", "authenticity"),
    2: ("完整性", "integrity"),
    3: ("可用性", "usability"),
    4: ("安全性", "safety"),
}


@dataclass(frozen=True, slots=True)
class GroupDefinition:
    """One row of the table of groups: what the group asks at one stage (归档 GD, 移交与接收 YJ, 长期保存 CQ)."""

    code: str
    stage: Stage
    group: str
    nature: Literal[1, 2, 3, 4]
    name_zh: str
    name_en: str
    method: Method
    asks_zh: str
    asks_en: str


@cache
def register() -> tuple[CheckDefinition, ...]:
    """The 40 items of the archiving stage (归档), in the order of the standard."""
    return tuple(
        CheckDefinition(
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            stage="GD",
            nature=_nature(row["group"]),
            group=row["group"],
            method=row["method"],
            severity=row["severity"],
            clause=f"{_data()['standard']} {row['code']}"
            + (" (name from memory)" if row["source"] == "memory" else ""),
        )
        for row in _data()["item"]
    )


@cache
def definitions() -> dict[str, CheckDefinition]:
    """The items of ``register()`` by code."""
    return {each.code: each for each in register()}


@cache
def groups(stage: Stage) -> tuple[GroupDefinition, ...]:
    """The groups of one stage: 16 for GD and YJ, 17 for CQ, which adds the carrier's storage environment."""
    return tuple(
        GroupDefinition(
            code=f"{stage}-{row['group']}",
            stage=stage,
            group=row["group"],
            nature=_nature(row["group"]),
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            method=row["method"],
            asks_zh=row[stage]["zh"],
            asks_en=row[stage]["en"],
        )
        for row in _data()["group"]
        if stage in row
    )


def register_version() -> str:
    """The version of the register's data."""
    return str(_data()["version"])


def _nature(group: str) -> Literal[1, 2, 3, 4]:
    return cast(Literal[1, 2, 3, 4], int(group[0]))


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("data/register.toml").read_text("utf-8"))
