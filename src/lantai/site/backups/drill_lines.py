"""The lines of a restore drill: what was measured, beside what had to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lantai.site.backups.probing import NOTHING
from lantai.site.backups.reports import Line
from lantai.storage.backup_queries import BackupRules, BackupView


@dataclass(frozen=True, slots=True)
class Compared:
    """Two databases compared: rows of both, rows changed here since storage last got them, entries only here, and what
    differs without a reason.
    """

    tables: int
    rows_here: int
    rows_there: int
    later: int
    entries_lost: int
    differences: Sequence[str]


def drill_lines(
    *,
    database: BackupView,
    keys: BackupView | None,
    restored: Mapping[str, Any],
    here: Mapping[str, Any],
    there: Mapping[str, Any],
    compared: Compared,
    seconds: float,
    now: datetime,
    rules: BackupRules,
) -> list[Line]:
    """Every line, in the order one asks: is it whole, is it the same, who may see it, what was lost, how long."""
    behind = sum(each["code"] == "restore.rows-damaged" for each in restored["findings"])
    other = len(restored["findings"]) - behind
    contents, copies = here["contents"]["found"], there["contents"]["found"]
    faults = sum(len(each) != 64 for each in copies.values()) - sum(len(each) != 64 for each in contents.values())
    nobody = {name: there["rights"][name.value]["exist"][0] for name in NOTHING}
    public_here, public_there = here["rights"]["public"]["exist"][0], there["rights"]["public"]["exist"][0]
    gone = there["destroyed"]
    first = compared.differences[0] if compared.differences else ""
    return [
        Line(
            "备份文件逐字节核对",
            "every file of the backup read and digested",
            "SHA-256, SM3",
            f"{database.files} 个文件 files, {database.bytes:,} B",
            True,
        ),
        Line("恢复中发现的缺损", "damages found while restoring", "0", str(other), other == 0),
        Line(
            "先行销毁后仍在的密钥",
            "keys of destroyed units that are back",
            "0",
            f"{gone['keys_left']}（销毁清单 list: {gone['units']}；此次再销毁 again: {restored['destroyed_again']}）",
            gone["keys_left"] == 0,
        ),
        Line("记录数", "records", f"{here['records']:,}", f"{there['records']:,}", here["records"] == there["records"]),
        Line(
            "目录逐行逐列（元数据）",
            "metadata, row by row and column by column",
            "0 处不同 differ",
            f"{len(compared.differences)} 处不同 differ; {compared.tables} 表 tables, {compared.rows_there:,} 行 rows"
            + (f"; {first}" if first else "")
            + (f"; 此后变动 since: {compared.later}" if compared.later else ""),
            not compared.differences,
        ),
        Line(
            "账本",
            "the ledger",
            f"{here['ledger']['size']:,} 条 entries",
            f"{there['ledger']['size']:,} 条 entries; 根 root {there['ledger']['root'][:16]}",
            compared.entries_lost == here["ledger"]["size"] - there["ledger"]["size"],
        ),
        Line(
            "存储对象及其清单摘要",
            "stored objects, digests of their inventories",
            f"{here['objects']['count']:,}",
            f"{there['objects']['count']:,}",
            here["objects"] == there["objects"],
        ),
        Line(
            "内容抽读并核对摘要",
            "contents read through the restored archive, digests compared",
            f"{len(contents):,} 件 records",
            f"{sum(copies.get(code) == told for code, told in contents.items()):,} 件相同 the same, "
            f"{there['contents']['bytes'] / 1e6:.1f} MB" + (f"; {faults} 件读不出 unreadable" if faults > 0 else ""),
            True if contents == copies else None if keys is None else False,
        ),
        Line(
            "检索结果",
            "answers of the search",
            f"{len(here['search'])} 问 questions",
            f"{sum(there['search'].get(each) == told for each, told in here['search'].items())} 问相同 the same",
            here["search"] == there["search"],
        ),
        Line(
            "各类读者可见的档案",
            "what readers of every role may see",
            f"{len(here['rights'])} 类 kinds",
            f"{sum(there['rights'].get(each) == told for each, told in here['rights'].items())} 类相同 the same; "
            f"公众 public {public_there:,}/{public_here:,}",
            here["rights"] == there["rights"],
        ),
        Line(
            "无权读者可见的档案",
            "records a reader without rights sees",
            "0",
            str(sum(nobody.values())),
            not any(nobody.values()),
        ),
        *_targets(database, keys, compared, behind, seconds, now, rules),
    ]


def _targets(
    database: BackupView,
    keys: BackupView | None,
    compared: Compared,
    behind: int,
    seconds: float,
    now: datetime,
    rules: BackupRules,
) -> list[Line]:
    """Recovery point and recovery time against the policy."""
    age = now - database.begun_at
    key_age = now - keys.begun_at if keys is not None else None
    worst = max(age, key_age) if key_age is not None else age
    point, limit = f"≤ {rules.point.total_seconds() / 3600:.0f} h", f"≤ {rules.time.total_seconds() / 60:.0f} min"
    lost = f"账目 entries {compared.entries_lost}, 行 rows {compared.later}, 打不开的批次 sealed batches {behind}"
    told = f"{_span(age)}; 密钥 keys {_span(key_age)}" if key_age is not None else _span(age)
    return [
        Line("恢复点（只凭备份）", "recovery point, from the backup alone", point, told, worst <= rules.point),
        Line("连同存储，仍会失去的", "what is lost all the same with storage at hand", "", lost),
        Line(
            "恢复时间（命令下达至可检索）",
            "recovery time, from the order to searchable",
            limit,
            f"{seconds:.1f} s",
            seconds <= rules.time.total_seconds(),
        ),
        Line(
            "密钥恢复",
            "keys restored",
            "托管身份 escrow identity",
            "是 yes" if keys is not None else "未演练 not drilled",
            True if keys is not None else None,
        ),
    ]


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )
