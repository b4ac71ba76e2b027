"""Formats at the command line: what is held and its plan, identification again, normalised copies."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any, NoReturn

import typer
from django.conf import settings
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from lantai.administration.queries.people import Clearance, Reader, Role
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.formats import edition_key
from lantai.catalog.queries import NoSuchRecord, NotForReader, record_by_code
from lantai.catalog.queries.forms import editions
from lantai.common.alone import only_one
from lantai.ledger.services import append_noted_entries, sequence_entries
from lantai.preservation.queries import (
    format_lines,
    refused_copies,
    register_number,
    undecided_count,
    unplanned_formats,
    verdict_groups,
)
from lantai.preservation.register import shipped_edition
from lantai.preservation.services import ask_copies, follow_formats, queue_copies, queue_identification
from lantai.work.services import run_jobs

app = typer.Typer(help="格式登记、重新识别、规范化副本 / formats, identification, copies", no_args_is_help=True)
_errors = Console(stderr=True)
_console = Console()
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output")]
Run = Annotated[bool, typer.Option("--run", help="立即办完排队的任务 work off the queue now, in this process")]
NO_PLAN = 3
_OPERATOR = Reader(
    person_id=None, username="console", name="console", role=Role.ARCHIVIST, clearance=Clearance.RESTRICTED
)


def _refuse(reason: object) -> NoReturn:
    _errors.print(str(reason), style="red", markup=False)
    raise typer.Exit(1)


def _json(told: Any) -> None:
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))


def _caught_up() -> None:
    """Let the counts see what the ledger tells, unless a steward does so already."""
    with only_one(settings.LANTAI_HOME / "steward.lock") as mine:
        if mine:
            append_noted_entries()
            sequence_entries()
            while follow_formats(now=timezone.now()):
                pass


@app.command("list")
def list_formats(as_json: Json = False) -> None:
    """列出收存的格式、风险、目标和副本 List what is held by format: risk, target, copies.

    Ends with 3 when a format is at risk and has no plan.
    """
    _caught_up()
    lines, unplanned = format_lines(reader=_OPERATOR), unplanned_formats()
    if as_json:
        _json(
            {
                "register": {"number": register_number(), "shipped": shipped_edition()},
                "formats": [
                    {
                        **{name: getattr(each.entry, name) for name in ("puid", "name", "family", "grade", "target")},
                        **{name: getattr(each, name) for name in ("records", "files", "bytes", "copied", "refused")},
                        "plan": unplanned.get(each.entry.puid, "ok"),
                    }
                    for each in lines
                ],
            }
        )
    else:
        table = Table(
            "格式 format",
            "标识 id",
            "风险 risk",
            "目标 target",
            "档案 records",
            "文件 files",
            "副本 copies",
            "计划 plan",
        )
        for each in lines:
            figures = (f"{each.records:,}", f"{each.files:,}", f"{each.copied:,} ✓ {each.refused:,} ✗")
            plan = unplanned.get(each.entry.puid, "")
            entry = each.entry
            table.add_row(entry.name or "—", entry.puid or "—", entry.grade, entry.target or "—", *figures, plan)
        _console.print(table)
    raise typer.Exit(NO_PLAN if unplanned else 0)


@app.command("identify")
def identify(run: Run = False, as_json: Json = False) -> None:
    """按现用特征库重新识别 Name again the files that other signatures named; differences wait for a decision."""
    queued = queue_identification(now=timezone.now(), by="console")
    if run:
        run_jobs(drain=True)
    groups = verdict_groups()
    told = {
        "installed": edition_key(),
        "editions": [key for key, _told, _at in editions()],
        "queued": queued,
        "undecided": undecided_count(),
        "changes": [asdict(each) for each in groups],
    }
    if as_json:
        _json(told)
        return
    _console.print(f"现用特征库 signatures installed: {edition_key()}", markup=False)
    if not queued:
        _console.print("没有需要重新识别的，或已在排队 nothing to identify again, or queued already")
    table = Table("原结果 before", "新结果 now", "文件 files", "档案 records")
    for each in groups:
        names = (f"{each.before} {each.before_name}".strip(), f"{each.after} {each.after_name}".strip())
        table.add_row(*names, f"{each.files:,}", f"{each.records:,}")
    _console.print(table)


@app.command("normalise")
def normalise(
    codes: Annotated[
        list[str] | None, typer.Argument(help="档号或电子文件号；不给则按策略 by the rules if none")
    ] = None,
    run: Run = False,
    as_json: Json = False,
) -> None:
    """制作规范化副本 Make normalised copies: of the records named, or where the rules ask for some."""
    _caught_up()
    now, records = timezone.now(), []
    for code in codes or ():
        try:
            records.append(record_by_code(code=code, reader=_OPERATOR))
        except (NoSuchRecord, NotForReader):
            _refuse(f"没有这件档案 no such record: {code}")
    if records:
        found = [each.summary.record_code for each in records]
        queued = ask_copies(record_codes=found, by=CONSOLE, now=now)
    else:
        queued = queue_copies(now=now)
    if run:
        run_jobs(drain=True)
        _caught_up()
    refused = {each.summary.record_code: refused_copies(record_id=each.summary.id) for each in records}
    lines = format_lines(reader=_OPERATOR)
    told: dict[str, Any] = {
        "queued": queued,
        "copied": sum(each.copied for each in lines),
        "refused": sum(each.refused for each in lines),
        "reasons": {code: [{"path": one.path, "why": one.why} for one in many] for code, many in refused.items()},
    }
    if as_json:
        _json(told)
        return
    _console.print(f"已有副本 copies {told['copied']:,}；未能制作 refused {told['refused']:,}", markup=False)
    for code, many in refused.items():
        for one in many:
            _console.print(f"{code} {one.path}: {one.why}", markup=False, style="yellow")
