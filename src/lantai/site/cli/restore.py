"""Restore a backup to a new home: it needs no archive, it makes one."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import django
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

FOUND, REFUSED = 1, 2
PHASES = {
    "check": "核对备份 checking the backup",
    "database": "放回数据库 the database",
    "rows": "补上存储中的目录数据 newer rows from storage",
    "ledger": "补上存储中的账本 newer entries from storage",
}


def restore(
    source: Annotated[Path, typer.Option("--from", help="备份文件夹 the folder of one backup")],
    to: Annotated[Path, typer.Option("--to", help="新的 LANTAI_HOME，须为空 the new home, empty")],
    keys: Annotated[Path | None, typer.Option(help="密钥备份 a key backup (….keys.age)")] = None,
    identity: Annotated[Path | None, typer.Option(help="托管人的身份文件 identity of an escrow recipient")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """从备份恢复到新的目录 Restore a backup to a new home; broken off, run it again.

    存储在 LANTAI_STORAGE（未设时为新目录下的 storage）；那里比备份新的数据一并补上。凡销毁过的先再次销毁。
    Storage is where LANTAI_STORAGE says (else in the new home); what it has beyond the backup is brought in. Whatever
    was destroyed is destroyed again first.

    退出码 Exit code: 0 全部恢复 everything is back; 1 有缺损，见所列 something is not, see the list; 2 不能恢复.
    """
    begun = time.monotonic()
    home = to.expanduser().resolve()
    os.environ["LANTAI_HOME"] = str(home)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        lines = {name: progress.add_task(words, total=None) for name, words in PHASES.items()}

        def shown(what: str, done: int, every: int) -> None:
            if what in lines:
                progress.update(lines[what], completed=done, total=every)

        try:
            answer = _restored(source.expanduser().resolve(), home, keys, identity, shown)
        except (OSError, ValueError, RuntimeError) as refused:
            typer.echo(f"不能恢复 cannot restore: {getattr(refused, 'code', '')} {refused}", err=True)
            raise typer.Exit(REFUSED) from None
    answer["seconds_all"] = round(time.monotonic() - begun, 3)
    typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else _told(answer))
    raise typer.Exit(FOUND if answer["findings"] else 0)


def _restored(
    source: Path, home: Path, keys: Path | None, identity: Path | None, shown: Callable[[str, int, int], object]
) -> dict[str, Any]:
    """Lay the files, then go on as the program of that home."""
    from lantai.site.backups.laying import lay_backup

    laid = lay_backup(source=source, keys=keys, identity=identity, home=home, shown=shown)
    os.environ.setdefault("LANTAI_ORIGIN", laid.origin)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
    django.setup()
    from django.utils import timezone

    from lantai.site.backups.restoring import finish_restore

    lists = [source.parent, *([keys.parent] if keys else [])]
    done = finish_restore(laid=laid, lists=lists, now=timezone.now(), shown=shown)
    return {
        "backup": laid.backup, "taken_at": laid.taken_at, "keys": laid.keys, "keys_taken_at": laid.keys_taken_at,
        "key_files": laid.key_files, "transit": laid.transit, "rows": done.rows, "entries": done.entries,
        "objects": done.objects, "size": done.size, "destroyed_again": done.destroyed_again,
        "records_destroyed": done.records_destroyed, "indexed": done.indexed, "seconds": done.seconds,
        "findings": [each.as_data() for each in done.findings],
    }  # fmt: skip


def _told(answer: dict[str, Any]) -> str:
    lines = [
        f"备份 backup: {answer['backup']}  {answer['taken_at']}",
        f"密钥 keys: {answer['keys'] or '未恢复 not restored'}",
        f"先行销毁 destroyed again first: {answer['destroyed_again']:,}",
        f"补自存储 from storage: {answer['rows']:,} 行 rows, {answer['entries']:,} 条账目 entries, "
        f"{answer['objects']:,} 个对象 objects",
        f"索引 index: {answer['indexed']:,}　账本 ledger: {answer['size']:,}",
        f"用时 took: {answer['seconds_all']:.1f} s",
        *(f"  {each['code']} {each['where']} {each.get('values', each)}" for each in answer["findings"]),
    ]
    if not answer["keys"]:
        lines.append("没有恢复密钥：加密内容读不出，检查点不能照旧签名 without keys nothing sealed can be read")
    return "\n".join(lines)
