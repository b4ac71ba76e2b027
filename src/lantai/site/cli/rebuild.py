"""Keep everything in storage, fill an empty database from there, compare two archives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from lantai.archival.ocfl import RootUnusable
from lantai.site.cli.serve import prepare
from lantai.site.cli.verify_shown import FOUND, SOUND, UNREADABLE, finding_lines, plain
from lantai.site.rebuilding.comparing import ONLY_A, Difference, TableCompared, compare_databases
from lantai.site.rebuilding.keeping import KeepingElsewhere, keep_everything
from lantai.site.rebuilding.leading import AREAS, FETCHED, NotEmpty, OtherRebuild, Rebuilt, rebuild_archive
from lantai.site.rebuilding.tables import left_out
from lantai.storage.bucket import Address
from lantai.storage.services.fetching import bucket_store

STORAGE = "storage"
_SHOWN = 200
"""Differences told one by one on the screen; --json tells them all."""
_LONG = 300
_S3 = "s3://"
_FETCHED = ("取回对象", "objects brought back")


def keep(
    anew: Annotated[
        bool, typer.Option("--anew", help="全部重写并移除旧批次 write all rows anew, remove older ones")
    ] = False,
) -> None:
    """把目录数据和账本存入存储 Keep all rows and entries in storage now, before maintenance or a drill."""
    try:
        rows, entries = keep_everything(anew=anew)
    except KeepingElsewhere:
        typer.echo("另一进程正在存入，请稍后再试 / another process keeps them now: try again", err=True)
        raise typer.Exit(UNREADABLE) from None
    typer.echo(f"已存入 kept: {rows:,} 行 rows, {entries:,} 条账目 entries")


def rebuild(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help="storage（配置的存储根）、存储根的路径，或 s3://桶/文件夹 storage, the path of a root, or s3://bucket/folder",
        ),
    ],
    endpoint: Annotated[str, typer.Option(help="S3 服务地址 https://host:port")] = "",
    region: Annotated[str, typer.Option(help="S3 区域 region")] = "us-east-1",
    key_id: Annotated[str, typer.Option(envvar="LANTAI_S3_KEY", help="S3 密钥名 access key")] = "",
    secret: Annotated[str, typer.Option(envvar="LANTAI_S3_SECRET", help="S3 密钥 secret key")] = "",
    fast: Annotated[bool, typer.Option("--fast", help="不逐字节核对 do not read every stored byte")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
    language: Annotated[str, typer.Option(help="zh, en")] = "zh",
) -> None:
    """从存储重建空数据库 Fill an empty database from storage; broken off, run it again and it goes on.

    从 S3 重建时先把全部对象取回配置的存储根并逐一核对 From a bucket all objects are brought back into the
    storage root of the settings first, each read back; keys as for lantai storage add.

    退出码 Exit code: 0 全部重建 everything is there; 1 有损坏，见所列 something was damaged, see the list; 2 不能重建.
    """
    remote = source.startswith(_S3)
    root = Path(settings.LANTAI_STORAGE_ROOT) if remote or source == STORAGE else Path(source).expanduser().resolve()
    prepare()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    try:
        elsewhere = None
        if remote:
            bucket, _slash, folder = source.removeprefix(_S3).strip("/").partition("/")
            elsewhere = bucket_store(address=Address(endpoint, bucket, folder, key_id, secret, region))
        areas = ({FETCHED: _FETCHED} if remote else {}) | AREAS
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            lines = {area: progress.add_task(" ".join(names), total=None) for area, names in areas.items()}
            rebuilt = rebuild_archive(
                source=root,
                check=not fast,
                now=timezone.now(),
                shown=lambda area, done, total: progress.update(lines[area], completed=done, total=total or None),
                elsewhere=elsewhere,
            )
    except (NotEmpty, OtherRebuild, RootUnusable, OSError, DatabaseError) as refused:
        typer.echo(refusal(refused), err=True)
        raise typer.Exit(UNREADABLE) from None
    if as_json:
        answer = {
            "source": source if remote else str(root),
            "counts": rebuilt.counts,
            "findings": [each.as_data() for each in rebuilt.findings],
            "ledger_key": rebuilt.key_is_here,
            "absent_packages": rebuilt.absent_packages,
        }
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        typer.echo(rebuilt_lines(rebuilt, "en" if language == "en" else "zh"))
    raise typer.Exit(FOUND if rebuilt.findings else SOUND)


def compare(
    a: Annotated[str, typer.Argument(help="LANTAI_HOME 或 or postgresql://…")],
    b: Annotated[str, typer.Argument(help="LANTAI_HOME 或 or postgresql://…")],
    as_json: Annotated[
        bool, typer.Option("--json", help="每处不同一行 JSON，末行汇总 a line a difference, the sum last")
    ] = False,
) -> None:
    """逐行逐列比较两个馆的数据库 Compare the databases of two archives, row by row, column by column.

    退出码 Exit code: 0 相同 the same; 1 有不同 they differ; 2 无法比较 one cannot be read.
    """
    tables: list[TableCompared] = []
    count = 0

    def found(each: Difference) -> None:
        nonlocal count
        count += 1
        if as_json:
            typer.echo(json.dumps(_difference(each), ensure_ascii=False, default=_plain_value))
        elif count <= _SHOWN:
            typer.echo(_difference_line(each))

    try:
        differing = compare_databases(a=a, b=b, found=found, done=tables.append)
    except (ValueError, FileNotFoundError, DatabaseError) as error:
        typer.echo(f"无法比较 cannot compare: {error}", err=True)
        raise typer.Exit(UNREADABLE) from None
    rows = sum(each.rows_a for each in tables)
    if as_json:
        told = {each.table: {"a": each.rows_a, "b": each.rows_b, "differing": each.differing} for each in tables}
        left = [{"name": each.name, "why": each.why, "says": each.says} for each in left_out()]
        answer = {"same": not differing, "differences": differing, "tables": told, "left_out": left}
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        if count > _SHOWN:
            typer.echo(f"……另有 {count - _SHOWN:,} 处 more; --json")
        verdict = f"{differing:,} 处不同 differences" if differing else "没有不同 no difference"
        typer.echo(f"{verdict}　{len(tables)} 表 tables, {rows:,} 行 rows")
    raise typer.Exit(FOUND if differing else SOUND)


def refusal(refused: Exception) -> str:
    """Why a database cannot be filled."""
    if isinstance(refused, NotEmpty):
        return f"数据库不是空的，不能重建 the database is not empty: {refused}"
    if isinstance(refused, OtherRebuild):
        return f"此处已开始从另一存储根重建 a rebuild from another root was begun here: {refused}"
    return f"不能重建 cannot rebuild: {refused}"


def rebuilt_lines(rebuilt: Rebuilt, language: Any) -> str:
    """What a rebuild came to, and what is to be done by hand after it."""
    at = 1 if language == "en" else 0
    areas = ({FETCHED: _FETCHED} if FETCHED in rebuilt.counts else {}) | AREAS
    lines = [f"{names[at]}  {rebuilt.counts[area]:,}" for area, names in areas.items()]
    lines += [finding_lines(each, language) for each in rebuilt.findings]
    if not rebuilt.key_is_here:
        lines.append(
            "账本的密钥不在这里：启动前请从密钥备份放回 LANTAI_HOME/keys。\n"
            "The ledger's key is not here: put LANTAI_HOME/keys back from the key backup before starting."
        )
    if rebuilt.absent_packages:
        lines.append(
            f"{rebuilt.absent_packages} 个尚未进馆的信息包不在这里：请从备份放回 receiving，或请单位重新移交。\n"
            f"{rebuilt.absent_packages} packages not taken in yet are not here: put receiving back from the "
            "backup, or ask the departments to hand them over again."
        )
    lines.append(
        "口令不在存储中：请用 lantai people reset 给系统管理员和安全保密管理员新的一次性口令。\n"
        "Passwords are not in storage: give the administrators one-time passwords with lantai people reset."
    )
    return "\n".join(lines)


def _difference(each: Difference) -> dict[str, Any]:
    told: dict[str, Any] = {"table": each.table, "key": each.key[0] if len(each.key) == 1 else each.key}
    if each.only:
        return told | {"only": each.only}
    return told | {"column": each.column, "a": each.a, "b": each.b}


def _difference_line(each: Difference) -> str:
    place = f"{each.table} {', '.join(str(part) for part in each.key)}"
    if each.only:
        return plain(f"{place}  {'仅 only A' if each.only == ONLY_A else '仅 only B'}")
    return plain(f"{place} {each.column}: {_short(each.a)} ≠ {_short(each.b)}")


def _short(value: Any) -> str:
    text = _plain_value(value) if isinstance(value, bytes) else repr(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def _plain_value(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
