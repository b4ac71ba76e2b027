"""Take packages from folders of this machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from lantai.administration.queries import organisation_of
from lantai.ingest.models import ChannelKind
from lantai.ingest.services import FolderReport, take_folder
from lantai.ingest.services.watching import watched_folders

console = Console()
FROM = Annotated[str, typer.Option("--from", help="移交单位代码 code of the body that hands over")]
PROFILE = Annotated[str, typer.Option(help="包方案 profile")]


def ingest(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="folder of packages")],
    body: FROM,
    profile: PROFILE = "fuzhou",
) -> None:
    """接收一个目录的归档信息包 Receive every package of a folder, with its hand-over list; safe to repeat."""
    with Progress(console=console, transient=True) as progress:
        line = progress.add_task("接收", total=None)
        report = take_folder(
            folder=folder,
            organisation_id=organisation_of(code=body).id,
            profile=profile,
            channel=ChannelKind.COMMAND,
            progress=lambda done, total: progress.update(line, completed=done, total=total),
        )
    _tell(report)


def watch(
    root: Annotated[Path, typer.Argument(help="root of the watched folders: <body>/<profile>/<batch>/")],
    once: Annotated[bool, typer.Option("--once", help="look once and end")] = False,
) -> None:
    """监控目录 Receive batches as departments drop them; taken folders are renamed to <batch>.taken."""
    while True:
        for body, profile, folder in watched_folders(root=root):
            report = take_folder(
                folder=folder, organisation_id=organisation_of(code=body).id, profile=profile
            )
            folder.rename(folder.with_name(f"{folder.name}.taken"))
            _tell(report)
        if once:
            return
        time.sleep(5)


def _tell(report: FolderReport) -> None:
    console.print(f"批次 {report.batch}：接收 {report.taken} 件，此前已接收 {report.known} 件")
    for name in report.missing:
        console.print(f"[yellow]清单列有而目录中没有：{name}[/yellow]")
    for name in report.unlisted:
        console.print(f"[yellow]目录中有而清单未列：{name}[/yellow]")
