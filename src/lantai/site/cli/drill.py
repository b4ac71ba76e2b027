"""The great drill: one command that shows that what is in the archive outlives disks, databases and the software."""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
import time
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

FOUND, BROKEN = 1, 2


def drill(
    to: Annotated[Path, typer.Option(help="报告写入何处 folder for the report")] = Path("build/drill"),
    cases: Annotated[int, typer.Option(min=4, help="演示办件数 cases of the demo county")] = 30,
    keep: Annotated[bool, typer.Option("--keep", help="留下演练用的目录 keep the folder of the drill")] = False,
) -> None:
    """总演练，一页实测报告 Fill, hurt, repair, rebuild, restore, shred, verify: one measured page.

    在自己的临时目录里进行，不碰任何已有的馆 In a temporary folder of its own; no archive is touched.
    退出码 Exit code: 0 全部符合 all met; 1 有不符合 something is not; 2 中断 it broke off.
    """
    from lantai.site.backups.reports import Line, Report, report_pdf, report_text
    from lantai.site.drill.acts import ACTS, Act, fill
    from lantai.site.drill.stage import DrillBroken, Stage

    folder = Path(tempfile.mkdtemp(prefix="lantai-drill-"))
    stage, lines, spent = Stage(folder), list[Line](), list[str]()
    begun, clock = datetime.now().astimezone(), time.monotonic()
    try:
        acts: list[tuple[str, str, Act]] = [("装入", "fill", partial(fill, cases=cases)), *ACTS]
        for zh, en, act in acts:
            since = time.monotonic()
            lines += list(act(stage))
            spent.append(f"{zh} {time.monotonic() - since:.0f}")
            mark = "✓" if all(each.met is not False for each in lines) else "✗"
            typer.echo(f"{mark} {zh} {en} {time.monotonic() - since:.0f} s", err=True)
    except DrillBroken as broken:
        typer.echo(f"演练中断 the drill broke off: {broken}\n{folder}", err=True)
        raise typer.Exit(BROKEN) from None
    ended = datetime.now().astimezone()
    facts = [
        ("起止", "from, to", f"{begun:%Y-%m-%d %H:%M:%S} — {ended:%H:%M:%S}　共 {time.monotonic() - clock:.0f} s"),
        ("各段用时（秒）", "seconds by act", "，".join(spent)),
        (
            "机器",
            "machine",
            f"{platform.machine()}, {platform.system()} {platform.release()}, Python {platform.python_version()}",
        ),
    ]
    report = Report(
        "总演练报告",
        "The great drill",
        "兰台 Lantai（演示县，虚构）",
        begun.isoformat(),
        ended.isoformat(),
        facts,
        lines,
    )
    to.mkdir(parents=True, exist_ok=True)
    (to / "report.txt").write_text(report_text(report) + "\n", "utf-8")
    (to / "report.pdf").write_bytes(report_pdf(report))
    (to / "report.json").write_text(json.dumps(report.as_data(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    shutil.copy(folder / "restore-drill.pdf", to / "restore-drill.pdf")
    typer.echo(report_text(report))
    typer.echo(f"→ {to / 'report.pdf'}")
    if keep:
        typer.echo(str(folder))
    else:
        shutil.rmtree(folder)
    raise typer.Exit(0 if report.met else FOUND)
