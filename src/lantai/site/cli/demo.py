"""Add cases of the demo county to the archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from rich.console import Console
from rich.table import Table

from lantai.site import configuration
from lantai.site.demo.loading import CountyMissing, Loaded, load_cases

console = Console()


def demo(
    cases: Annotated[int, typer.Option(min=1, help="how many cases to add")] = 300,
    seed: Annotated[int, typer.Option(help="another seed makes other cases")] = 1,
) -> None:
    """加入演示县的办件 Add cases of the demo county, with progress; founds the county in an empty archive first.

    Ends with 1 when the archive holds real bodies.
    """
    before = _files()
    try:
        loaded = load_cases(cases=cases, seed=seed, console=console)
    except CountyMissing as refused:
        Console(stderr=True).print(str(refused), highlight=False)
        raise typer.Exit(1) from None
    console.print(_told(loaded, _files() - before))


def _told(loaded: Loaded, files: int) -> Table:
    """Figures of the run: time a phase, packages a second, files on disk a package."""
    whole = sum(loaded.seconds.values())
    table = Table("阶段 phase", "秒 seconds", "件/秒 packages/s")
    for phase, seconds in loaded.seconds.items():
        table.add_row(phase, f"{seconds:.1f}", f"{loaded.packages / seconds:.0f}" if seconds > 0.05 else "—")
    table.add_row("合计 in all", f"{whole:.1f}", f"{loaded.packages / whole:.1f}" if whole else "—")
    table.caption = (
        f"{loaded.packages} 件 packages，{loaded.bytes / 1e6:.0f} MB；"
        f"存储与索引新增文件 new files on disk {files}，每件 a package {files / max(1, loaded.packages):.3f}"
    )
    return table


def _files() -> int:
    """How many files lie in the storage root and in LANTAI_HOME, counted once."""
    roots = {Path(settings.LANTAI_HOME).resolve(), configuration.storage_root()}
    outer = {each for each in roots if not any(other != each and other in each.parents for other in roots)}
    return sum(1 for root in outer if root.is_dir() for each in root.rglob("*") if each.is_file())
