"""Import a catalogue from this machine, or only check it."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from django.utils import timezone, translation
from rich.console import Console

from lantai.administration.services.people_access import CONSOLE
from lantai.archival.packages import write_container
from lantai.ingest.import_line_pages import problems_of
from lantai.ingest.import_queries import NoSuchImport, all_import_lines, crosswalk_rules, import_view
from lantai.ingest.import_words import refusal_words
from lantai.ingest.models import ImportState
from lantai.ingest.services.imports import (
    ImportRefused,
    MappingRefused,
    open_catalogue,
    queue_check,
    queue_import,
    use_rules,
)
from lantai.work.services import run_jobs

console = Console()
_SHOWN = 50


def import_catalogue_file(
    table: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="目录文件 catalogue: xlsx, csv, xml, dbf")],
    crosswalk: Annotated[str, typer.Option(help="对照表名称 name of a saved crosswalk; default: by the header")] = "",
    files: Annotated[
        Path | None, typer.Option(exists=True, help="随附文件 folder or ZIP of files named by code")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只试导，不导入 only check")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 answer as JSON")] = False,
) -> None:
    """导入目录 Check a catalogue line by line and import what has no fault; ends with 1 when lines stayed out."""
    translation.activate("zh-hans")
    try:
        number = _bring(table, files)
        if crosswalk:
            use_rules(catalogue_id=number, rules=crosswalk_rules(name=crosswalk))
        queue_check(catalogue_id=number, by=CONSOLE)
        run_jobs(drain=True)
        checked = import_view(catalogue_id=number)
        if not dry_run and checked.row.state == ImportState.CHECKED and checked.row.counts.get("ready"):
            queue_import(catalogue_id=number, by=CONSOLE, now=timezone.now())
            run_jobs(drain=True)
    except (ImportRefused, MappingRefused) as refused:
        _refuse(refusal_words(refused), as_json)
    except NoSuchImport:
        _refuse(f"没有名为“{crosswalk}”的对照表 no such crosswalk", as_json)
    _tell(_report(number), as_json)


def _bring(table: Path, files: Path | None) -> int:
    """Upload the table with its files; a folder becomes a ZIP first. Returns the import's number."""
    with ExitStack() as opened:
        attached: tuple[str, BinaryIO] | None = None
        if files is not None and files.is_dir():
            packed = opened.enter_context(tempfile.TemporaryFile())
            inside = sorted(each for each in files.rglob("*") if each.is_file() and not each.is_symlink())
            write_container(packed, {each.relative_to(files).as_posix(): each for each in inside})
            packed.seek(0)
            attached = (f"{files.name}.zip", packed)
        elif files is not None:
            attached = (files.name, opened.enter_context(files.open("rb")))
        stream = opened.enter_context(table.open("rb"))
        made = open_catalogue(name=table.name, stream=stream, attached=attached, by=CONSOLE, now=timezone.now())
    return made.pk


def _report(number: int) -> dict[str, Any]:
    view = import_view(catalogue_id=number)
    told = [
        {"line": each.number, "state": each.state, "problems": problems_of(each, view.columns)}
        for each in all_import_lines(catalogue_id=number)
        if each.faults or each.why
    ]
    return {
        "import": number,
        "state": view.row.state,
        "counts": dict(view.row.counts),
        "surplus_files": view.surplus_count,
        "troubles": list(view.troubles),
        "lines": told,
    }


def _tell(report: dict[str, Any], as_json: bool) -> None:
    out = report["counts"].get("faulty", 0) + report["counts"].get("refused", 0)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        counts = "，".join(f"{state} {many}" for state, many in sorted(report["counts"].items()))
        console.print(f"导入 {report['import']}：{report['state']}（{counts}）")
        for each in report["lines"][:_SHOWN]:
            console.print(f"[yellow]第 {each['line']} 行：{each['problems']}[/yellow]", markup=True, highlight=False)
        if len(report["lines"]) > _SHOWN:
            console.print(f"…… 另有 {len(report['lines']) - _SHOWN} 行，用 --json 查看全部")
        for each in report["troubles"]:
            console.print(f"[red]{each}[/red]")
    raise typer.Exit(1 if out or report["troubles"] else 0)


def _refuse(reason: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"refused": reason}, ensure_ascii=False))
    else:
        console.print(f"[red]{reason}[/red]")
    raise typer.Exit(2)
