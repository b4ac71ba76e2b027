"""How the installation stands, at the command line."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from django.db import DatabaseError
from django.utils import timezone

from lantai.site.health import Health, Language, health, written_room, written_span

SOUND, WARNED, UNREADABLE = 0, 1, 2


def status(
    as_json: Annotated[bool, typer.Option("--json", help="一行 JSON one JSON line")] = False,
    language: Annotated[str, typer.Option(help="zh, en")] = "zh",
) -> None:
    """运行状态 How everything stands, with warnings and what to do.

    退出码 Exit code: 0 一切正常 all is well; 1 有需要注意的 there are warnings; 2 无法得知 it cannot be known.
    """
    if language not in ("zh", "en"):
        raise typer.BadParameter("zh, en", param_hint="--language")
    try:
        found = health(now=timezone.now())
    except (DatabaseError, OSError) as error:
        typer.echo(f"无法得知运行状态 the state cannot be known: {error}", err=True)
        raise typer.Exit(UNREADABLE) from None
    if as_json:
        typer.echo(json.dumps(found.as_data(), ensure_ascii=False))
    else:
        typer.echo(_page(found, "en" if language == "en" else "zh"))
    raise typer.Exit(WARNED if found.warnings else SOUND)


def _page(found: Health, language: Language) -> str:
    at = 1 if language == "en" else 0
    lines = [
        f"{'✗' if each.tone == 'bad' else '!'} {each.what(language)}\n    → {each.todo(language)}"
        for each in found.warnings
    ]
    lines = lines or [("✓ 一切正常", "✓ All is well")[at]]
    figures: list[tuple[tuple[str, str], str]] = [
        (("后台程序", "workers"), str(found.programs["work"].alive if "work" in found.programs else 0)),
        (("续编程序", "steward"), str(found.programs["follow"].alive if "follow" in found.programs else 0)),
        (("等待的任务", "jobs waiting"), f"{found.jobs.waiting:,}"),
        (("等待检测", "to be examined"), f"{found.intake['received'].count:,}"),
        (("等待决定", "to be decided"), f"{found.intake['examined'].count:,}"),
        (("等待进馆", "to be taken in"), f"{found.intake['approved'].count:,}"),
        (("检索落后", "index behind"), f"{found.index[0]:,}"),
        (("账目等待编入", "entries to be sequenced"), f"{found.ledger[0]:,}"),
        (("检查点", "checkpoint"), _checkpoint(found, language)),
        *((("剩余空间", "room left"), f"{written_room(each.free)}  {each.path}") for each in found.rooms),
        (("上次核验", "last verified"), _verified(found, language)),
    ]
    return "\n".join([*lines, "", *(f"{names[at]}  {value}" for names, value in figures)])


def _checkpoint(found: Health, language: Language) -> str:
    if found.checkpoint is None:
        return "-"
    return f"{found.checkpoint.size:,}  ({written_span(found.at - found.checkpoint.at, language)})"


def _verified(found: Health, language: Language) -> str:
    if found.verified is None or found.verified.finished_at is None:
        return "-"
    return written_span(found.at - found.verified.finished_at, language)
