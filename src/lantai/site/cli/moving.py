"""Move a whole archive: export everything, and take it in at another place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lantai.archival.ocfl import RootUnusable
from lantai.site.cli.rebuild import rebuilt_lines, refusal
from lantai.site.cli.serve import prepare
from lantai.site.cli.verify_shown import FOUND, SOUND, UNREADABLE, finding_lines
from lantai.site.moving.arriving import COPYING
from lantai.site.moving.arriving import import_archive as take_archive
from lantai.site.moving.leaving import TargetRefused, export_archive
from lantai.site.moving.manifest import NotAnExport
from lantai.site.rebuilding.keeping import KeepingElsewhere
from lantai.site.rebuilding.leading import AREAS, NotEmpty, OtherRebuild

LANGUAGE = Annotated[str, typer.Option(help="zh, en")]
JSON = Annotated[bool, typer.Option("--json", help="JSON")]


def export(
    target: Annotated[Path, typer.Argument(help="空文件夹 an empty folder, or an export that was broken off")],
    everything: Annotated[bool, typer.Option("--all", help="整馆 the whole archive")] = False,
    as_json: JSON = False,
    language: LANGUAGE = "zh",
) -> None:
    """整馆导出 Export the whole archive: storage, catalogue, rules, history, ledger; broken off, run it again.

    退出码 Exit code: 0 完整 whole; 1 有损坏，见所列 something here is damaged, see the list; 2 不能导出 it cannot be.
    """
    if not everything:
        raise typer.BadParameter("--all；部分档案请在页面导出 some records: in the pages", param_hint="--all")
    prepare()
    try:
        with _shown() as progress:
            line = progress.add_task("存储对象 stored objects", total=None)
            left = export_archive(
                target=target.expanduser().resolve(),
                now=timezone.now(),
                shown=lambda done, total: progress.update(line, completed=done, total=total),
            )
    except (TargetRefused, NotAnExport, KeepingElsewhere, RootUnusable, OSError, DatabaseError) as refused:
        typer.echo(f"不能导出 cannot export: {refused}", err=True)
        raise typer.Exit(UNREADABLE) from None
    findings = [each.as_data() for each in left.findings]
    told = {"target": str(target), "objects": left.objects, "bytes": left.bytes, "receiving": left.receiving}
    if as_json:
        typer.echo(json.dumps(told | {"findings": findings}, ensure_ascii=False))
    else:
        typer.echo(f"存储对象 objects  {left.objects:,}　{left.bytes:,} bytes　待处理的包 packages {left.receiving}")
        for each in left.findings:
            typer.echo(finding_lines(each, "en" if language == "en" else "zh"))
        typer.echo(
            "密钥不在其中，须另行交接：LANTAI_HOME/keys，内容加密时还有 LANTAI_KEYS。\n"
            "Keys are not in it; hand over LANTAI_HOME/keys apart, and LANTAI_KEYS where content is sealed."
        )
    raise typer.Exit(FOUND if left.findings else SOUND)


def import_archive(
    source: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="整馆导出的文件夹 folder of an export")],
    as_json: JSON = False,
    language: LANGUAGE = "zh",
) -> None:
    """整馆导入 Take a whole archive into this empty one; broken off, run it again and it goes on.

    退出码 Exit code: 0 全部导入 everything is there; 1 有损坏，见所列 something was damaged; 2 不能导入 it cannot be.
    """
    prepare()
    try:
        with _shown() as progress:
            names = {COPYING: ("复制", "copying"), **AREAS}
            lines = {area: progress.add_task(" ".join(words), total=None) for area, words in names.items()}
            arrived = take_archive(
                source=source.expanduser().resolve(),
                now=timezone.now(),
                shown=lambda area, done, total: progress.update(lines[area], completed=done, total=total),
            )
    except NotAnExport as refused:
        typer.echo(f"不能导入 cannot import: {refused}", err=True)
        raise typer.Exit(UNREADABLE) from None
    except (NotEmpty, OtherRebuild, RootUnusable, OSError, DatabaseError) as refused:
        typer.echo(refusal(refused), err=True)
        raise typer.Exit(UNREADABLE) from None
    rebuilt = arrived.rebuilt
    if as_json:
        told = {
            "archive": arrived.manifest.archive,
            "exported_at": arrived.manifest.exported_at,
            "bytes": arrived.bytes,
            "counts": rebuilt.counts,
            "findings": [each.as_data() for each in rebuilt.findings],
            "ledger_key": rebuilt.key_is_here,
            "absent_packages": rebuilt.absent_packages,
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(f"{arrived.manifest.archive}　{arrived.manifest.exported_at}　{arrived.bytes:,} bytes")
        typer.echo(rebuilt_lines(rebuilt, "en" if language == "en" else "zh"))
    raise typer.Exit(FOUND if rebuilt.findings else SOUND)


def _shown() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)
