"""Backups at the command line: made, listed, renewed, drilled; how often and how long they are kept."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from django.db import DatabaseError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lantai.administration.services.people_access import CONSOLE
from lantai.site.backups.drilling import SAMPLE, drill_restore
from lantai.site.backups.expiring import expire_backups, renew_key_backups
from lantai.site.backups.places import BackupFailed
from lantai.site.backups.probing import probe_archive
from lantai.site.backups.reports import report_pdf, report_text
from lantai.site.backups.taking import escrow_recipients, take_backup, take_key_backup
from lantai.storage.backup_queries import DATABASE, backup_rules, list_backups
from lantai.storage.services import BackupRefused, PolicyAsked, decide_backups

app = typer.Typer(help="备份与恢复演练 / backups and restore drills", invoke_without_command=True)
REFUSED, FAILED = 1, 2
BY = "console"


@app.callback()
def backup(context: typer.Context) -> None:
    """备份数据库与密钥 Back up the database, and the keys apart from it; nothing has to stop.

    退出码 Exit code: 0 已备份 done; 1 数据库已备份、密钥没有 the database, not the keys; 2 失败 failed.
    """
    if context.invoked_subcommand is not None:
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    recipients = escrow_recipients()
    try:
        if recipients:
            typer.echo(f"密钥备份 key backup: {take_key_backup(by=BY, now=timezone.now())}")
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            line = progress.add_task("数据库 database", total=None)

            def shown(what: str, done: int, every: int) -> None:
                if what == "database":
                    progress.update(line, completed=done, total=every)

            name = take_backup(by=BY, now=timezone.now(), shown=shown)
        expire_backups(now=timezone.now())
    except (BackupFailed, OSError) as failed:
        typer.echo(f"备份失败 the backup failed: {failed}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(f"已备份 made: {name}")
    if not recipients:
        typer.echo(
            "没有托管人，密钥没有备份 no escrow recipient, keys were not backed up: lantai keys escrow add", err=True
        )
        raise typer.Exit(REFUSED)


@app.command("keys")
def back_up_keys() -> None:
    """只备份密钥 / back up the keys alone."""
    try:
        name = take_key_backup(by=BY, now=timezone.now())
        expire_backups(now=timezone.now())
    except (BackupFailed, OSError) as failed:
        typer.echo(f"备份失败 the backup failed: {failed}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(f"密钥备份 key backup: {name}")


@app.command("list")
def show() -> None:
    """备份登记 / the register of backups, and the policy in force."""
    rules = backup_rules()
    hours = round(rules.every.total_seconds() / 3600)
    typer.echo(
        f"每 every {hours} h × {rules.generations}；密钥至多 keys at most {rules.key_days} d；"
        f"恢复点 RPO {rules.point.total_seconds() / 3600:.0f} h，恢复时间 RTO {rules.time.total_seconds() / 60:.0f} min"
    )
    for each in list_backups(limit=200)[0]:
        what = "数据库 database" if each.kind == DATABASE else "密钥 keys"
        typer.echo(f"{each.name}  {what}  {each.state}  {each.bytes:,} B  {each.place}  {each.trouble}")


@app.command("expire")
def expire() -> None:
    """清除到期备份 / remove what is older than the policy lets it be."""
    typer.echo(f"已清除 removed: {expire_backups(now=timezone.now()):,}")


@app.command("renew-keys")
def renew_keys(
    reason: Annotated[str, typer.Option(help="依据，如销毁批准文号 why, as the approval of a destruction")],
) -> None:
    """另作密钥备份并清除此前全部，销毁即日彻底 / a new key backup, older ones gone: destructions complete today."""
    try:
        gone = renew_key_backups(reason=reason, by=BY, now=timezone.now())
    except (BackupFailed, OSError) as failed:
        typer.echo(f"没有办成 not done: {failed}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(f"已清除 removed: {gone:,}")


@app.command("drill")
def drill(
    identity: Annotated[
        Path | None, typer.Option(help="托管人的身份文件；不给则不演练密钥 identity; without it keys are not drilled")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="抽读多少件内容 contents read")] = SAMPLE,
    pdf: Annotated[Path | None, typer.Option(help="一页报告写入何处 where to write the page")] = None,
) -> None:
    """恢复演练：最近一次备份恢复到旁边，与本馆比对 / restore the newest backup beside the archive and compare.

    退出码 Exit code: 0 全部符合 all met; 1 有不符合 something is not; 2 不能演练 it cannot be drilled.
    """
    try:
        drilled = drill_restore(identity=identity, by=BY, now=timezone.now(), sample=sample)
    except (BackupFailed, OSError, DatabaseError) as failed:
        typer.echo(f"不能演练 cannot be drilled: {failed}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(report_text(drilled.report))
    if pdf is not None:
        pdf.write_bytes(report_pdf(drilled.report))
    raise typer.Exit(0 if drilled.report.met else REFUSED)


@app.command("probe")
def probe(
    before: Annotated[str, typer.Option(help="此刻之前入库的对象 objects put in before this moment, ISO 8601")] = "",
    sample: Annotated[int, typer.Option(min=1, help="抽读多少件内容 contents read")] = SAMPLE,
) -> None:
    """演练所比对的：对象、内容、检索、权限，一行 JSON / what a drill compares, one JSON line."""
    moment = datetime.fromisoformat(before) if before else timezone.now()
    typer.echo(json.dumps(probe_archive(sample=sample, before=moment), ensure_ascii=False))


@app.command("policy")
def policy(
    reason: Annotated[str, typer.Option(help="依据 on whose decision")],
    every_hours: Annotated[int, typer.Option(help="数据库备份间隔（小时）hours between backups")] = 24,
    key_hours: Annotated[int, typer.Option(help="密钥变动后备份间隔（小时）hours between key backups")] = 1,
    generations: Annotated[int, typer.Option(help="保留份数 backups kept")] = 30,
    key_days: Annotated[int, typer.Option(help="密钥备份至多保留（天）days key backups are kept")] = 30,
    point_hours: Annotated[int, typer.Option(help="恢复点目标（小时）recovery point")] = 24,
    time_minutes: Annotated[int, typer.Option(help="恢复时间目标（分钟）recovery time")] = 240,
    drill_days: Annotated[int, typer.Option(help="演练间隔（天）days between drills")] = 365,
) -> None:
    """决定备份策略 / decide how often, how long, and what a drill must meet."""
    asked = PolicyAsked(every_hours, key_hours, generations, key_days, point_hours, time_minutes, drill_days)
    try:
        decide_backups(asked=asked, reason=reason, by=CONSOLE, now=timezone.now())
    except BackupRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo("已生效 in force")
