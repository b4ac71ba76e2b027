"""Take packages from folders of this machine."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from lantai.administration.queries import NoSuchOrganisation, organisation_of
from lantai.archival.packages import HandoverListRefused
from lantai.ingest.models import ChannelKind
from lantai.ingest.services import FolderReport, NoSpace, SubmissionRefused, take_folder
from lantai.ingest.services.refusals import note_refused_call
from lantai.ingest.services.watching import watched_folders
from lantai.work.services import beat

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
    told: set[str] = set()
    while True:
        beat(program="watch")
        for body, profile, folder in watched_folders(root=root):
            try:
                report = take_folder(
                    folder=folder,
                    organisation_id=organisation_of(code=body).id,
                    profile=profile,
                    channel=ChannelKind.FOLDER,
                )
                _set_aside(folder)
            except (NoSuchOrganisation, SubmissionRefused, HandoverListRefused, NoSpace, OSError) as error:
                if str(error) not in told:  # one folder does not stop the others; it is tried again with every round
                    console.print(f"[red]{folder}：{error}[/red]")
                    _note(body, error)
                told.add(str(error))
                continue
            _tell(report)
        if once:
            return
        time.sleep(5)


def _note(body: str, error: Exception) -> None:
    """Count the folder that could not be taken among the troubles of its body's channel."""
    if isinstance(error, NoSuchOrganisation):
        return
    note_refused_call(
        organisation_id=organisation_of(code=body).id,
        channel=ChannelKind.FOLDER,
        code=type(error).__name__,
        title="监控目录不能接收",
        detail=str(error),
        now=timezone.now(),
    )


def _set_aside(folder: Path) -> None:
    """Rename a taken folder, beside those of the same name that were taken before."""
    names = (f"{folder.name}.taken" + (f"-{number}" if number else "") for number in count())
    folder.rename(next(place for place in (folder.with_name(name) for name in names) if not place.exists()))


def _tell(report: FolderReport) -> None:
    console.print(f"批次 {report.batch}：接收 {report.taken} 件，此前已接收 {report.known} 件")
    for name in report.missing:
        console.print(f"[yellow]清单列有而目录中没有：{name}[/yellow]")
    for name in report.unlisted:
        console.print(f"[yellow]目录中有而清单未列：{name}[/yellow]")
