"""Rounds of fixity at the command line (固定性检查): how they stand, started, stopped, paused, and what is damaged."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from lantai.administration.services.people_access import CONSOLE
from lantai.storage.fixity_states import FixityState, damaged_copies, fixity_states, put_aside_copies
from lantai.storage.services import Steering, steer_reading

app = typer.Typer(help="固定性检查 / rounds of fixity: state, start, stop, pause, resume, damage", no_args_is_help=True)
_console = Console()
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output")]
At = Annotated[str, typer.Option("--location", help="位置代号，不给为全部 code of a location; all without")]
REFUSED, DAMAGED = 1, 3


@app.command("state")
def state(as_json: Json = False) -> None:
    """各位置的检查情况 How reading again stands, location by location. Ends with 3 when a copy waits for its repair."""
    found = fixity_states(now=timezone.now())
    if as_json:
        _json([asdict(each) | {"round_days": round(each.round_days, 3), "holds": each.holds} for each in found])
    else:
        table = Table(
            "位置 location", "状态 state", "副本 copies", "待读 due", "损坏 damaged", "周期 cycle", "一轮 a round"
        )
        for each in found:
            cycle = f"{each.cycle_days} d, {each.read_rate} MB/s"
            due = str(max(each.late, each.round_left) + each.suspects)
            days = f"{each.round_days:.2f} d"
            table.add_row(each.code, _word(each), str(each.copies), due, str(each.broken), cycle, days)
        _console.print(table)
    raise typer.Exit(DAMAGED if any(each.broken for each in found) else 0)


@app.command("start")
def start(location: At = "") -> None:
    """立即检查一轮 Have every copy read again now, beside the regular cycle."""
    _steer(location, "start")


@app.command("stop")
def stop(location: At = "") -> None:
    """停止所要求的一轮，周期检查照旧 Give up the round that was asked for; the regular cycle stays."""
    _steer(location, "stop")


@app.command("pause")
def pause(location: At = "") -> None:
    """暂停读取和修复 Read and repair nothing until it is resumed."""
    _steer(location, "pause")


@app.command("resume")
def resume(location: At = "") -> None:
    """恢复 Go on after a pause."""
    _steer(location, "resume")


@app.command("damage")
def damage(location: At = "", as_json: Json = False) -> None:
    """列出损坏和缺失的副本、隔离的内容 List damaged and missing copies, and what was put aside. Ends with 3 for any."""
    found = damaged_copies(location=location)
    aside = [each for each in put_aside_copies(limit=1000) if location in ("", each.location)]
    if as_json:
        _json({"damaged": [asdict(each) for each in found], "aside": [asdict(each) for each in aside]})
    else:
        table = Table("对象 object", "位置 location", "状态 state", "问题 problems", "上次完好 last sound")
        for each in found:
            sound = each.verified_at.isoformat(timespec="seconds") if each.verified_at else "—"
            table.add_row(each.object_id, each.location, each.state, each.fault, sound)
        for held in aside:
            table.add_row(held.object_id, held.location, "隔离 aside", "; ".join(held.problems), held.place)
        _console.print(table)
    raise typer.Exit(DAMAGED if found else 0)


def _steer(location: str, act: Steering) -> None:
    codes = [each.code for each in fixity_states(now=timezone.now()) if location in ("", each.code)]
    if not codes:
        typer.echo(f"没有这个存储位置 no such location: {location}", err=True)
        raise typer.Exit(REFUSED)
    for code in codes:
        changed = steer_reading(code=code, act=act, by=CONSOLE, now=timezone.now())
        typer.echo(f"{code}: {act}{'' if changed else ' (未变 unchanged)'}")


def _word(each: FixityState) -> str:
    if each.paused_since:
        return "暂停 paused"
    if each.away:
        return "离开 away"
    if each.round_left:
        return f"检查中 {each.round_left} left"
    return "正常 well" if each.holds else "落后 late"


def _json(told: Any) -> None:
    def plain(value: object) -> str:
        return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)

    typer.echo(json.dumps(told, ensure_ascii=False, indent=2, default=plain))
