"""The ledger at the command line: have a checkpoint anchored in an EVM chain, and look the anchors up again."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, NoReturn

import typer
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from lantai.ledger.chains import ChainFailed
from lantai.ledger.queries import anchoring_account, due_anchor, open_chain, recent_anchors, wrong_anchors
from lantai.ledger.services import anchor_checkpoint
from lantai.site.cli.verify_shown import FOUND, UNREADABLE

app = typer.Typer(help="账本上链锚定 / the ledger's anchors in an EVM chain", no_args_is_help=True)
WAITING = 3
LOOK_EVERY = 2.0
_console = Console()
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output")]


@app.command()
def anchor(
    wait: Annotated[int, typer.Option(help="最多等待入块的秒数 seconds to wait until it stands in the chain")] = 120,
    as_json: Json = False,
) -> None:
    """把最新检查点锚定到链上 Anchor the newest published checkpoint in the chain of LANTAI_EVM.

    退出码 Exit code: 0 已在链上或没有新内容 it stands in the chain, or nothing is new; 2 链不可用 the chain cannot be
    used; 3 已发送，尚未入块 sent, not deep enough in the chain yet: run again.
    """
    end = time.monotonic() + wait
    try:
        chain = open_chain()
        due = due_anchor(now=timezone.now(), every=timedelta())
        if due is None:
            _tell({"anchored": None}, "没有新的检查点需要锚定 nothing to anchor", as_json)
            return
        while not anchor_checkpoint(due=due, chain=chain, now=timezone.now()):
            due = due_anchor(now=timezone.now(), every=timedelta()) or due
            if time.monotonic() >= end:
                told = f"已发送，尚未入块 sent, not in the chain yet: {due.transaction}"
                _tell({"waiting": due.transaction}, told, as_json)
                raise typer.Exit(WAITING)
            time.sleep(LOOK_EVERY)
    except ChainFailed as failed:
        _refuse(failed)
    done = next(each for each in recent_anchors(limit=100) if each.size == due.size)
    told = f"{done.size:,} 条的检查点已锚定 anchored: 链 chain {done.chain}, 块 block {done.block}, {done.transaction}"
    _tell({"anchored": asdict(done)}, told, as_json)


@app.command()
def anchors(as_json: Json = False) -> None:
    """列出锚定并到链上逐个复核 List the anchors, each looked up in the chain again.

    退出码 Exit code: 0 全部相符 all are there; 1 有不符 one is not; 2 链不可用 the chain cannot be used.
    """
    found = recent_anchors(limit=100)
    try:
        wrong = dict(wrong_anchors(chain=open_chain()))
    except ChainFailed as failed:
        _refuse(failed)
    if as_json:
        _tell({"anchors": [asdict(each) for each in found], "wrong": wrong}, "", as_json)
    else:
        table = Table("条数 size", "链 chain", "块 block", "时间 time", "交易 transaction", "结论 verdict")
        for each in found:
            judged = wrong.get(each.size, "相符 holds") if each.block is not None else "等待 waiting"
            at = each.block_at.isoformat() if each.block_at else "—"
            table.add_row(f"{each.size:,}", str(each.chain), str(each.block or "—"), at, each.transaction, judged)
        _console.print(table)
    raise typer.Exit(FOUND if wrong else 0)


@app.command()
def account() -> None:
    """显示发送锚定的账户 Print the account that sends the anchors: the chain's fees are its to pay."""
    try:
        typer.echo(anchoring_account())
    except ChainFailed as failed:
        _refuse(failed)


def _tell(told: dict[str, Any], words: str, as_json: bool) -> None:
    def plain(value: object) -> str:
        return value.isoformat() if isinstance(value, datetime) else str(value)

    typer.echo(json.dumps(told, ensure_ascii=False, default=plain) if as_json else words)


def _refuse(failed: ChainFailed) -> NoReturn:
    typer.echo(f"链不可用 the chain cannot be used: {failed}", err=True)
    raise typer.Exit(UNREADABLE)
