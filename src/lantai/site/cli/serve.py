"""Run Lantai: web server, workers and steward, together or one by one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import Annotated

import typer
from django.core.management import call_command
from django.db import connection
from rich.console import Console
from rich.panel import Panel

from lantai.administration.queries.people import administrators_exist
from lantai.administration.services.first_start import name_path, open_first_start
from lantai.common.garbage import look_seldom_for_garbage
from lantai.site import configuration
from lantai.site.backups.laying import restore_is_open
from lantai.site.demo.loading import DemoAccount, load_county_once
from lantai.site.rebuilding.leading import rebuild_is_open
from lantai.site.steward import keep_following
from lantai.work.services import beat, run_jobs, stop_beating

console = Console()
PROGRAMS = ("serve", "work", "work", "follow")
BEHIND_PAGES = 19
"""How far background programs step back (nice): a page asked for by a person gets the processor at once."""


def prepare() -> None:
    """准备数据库和静态文件 Prepare the database and the static files; safe to repeat."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    connection.close()


def _refuse_half_rebuilt() -> None:
    """Start nothing on a database whose rebuild or restore has not come to its end."""
    if restore_is_open(configuration.home()):
        message = "恢复尚未完成，请再次运行 lantai restore 到底 / a restore is not finished: run lantai restore again"
        Console(stderr=True).print(message, highlight=False)
        raise typer.Exit(1)
    if rebuild_is_open():
        message = "重建尚未完成，请再次运行 lantai rebuild 到底 / a rebuild is not finished: run lantai rebuild again"
        Console(stderr=True).print(message, highlight=False)
        raise typer.Exit(1)


def serve(
    address: Annotated[str, typer.Option(help="host:port")] = "",
    processes: Annotated[int, typer.Option(help="web processes")] = 0,
) -> None:
    """启动网页服务 Serve the pages and the departments' channel."""
    _refuse_half_rebuilt()
    host, _, port = (address or configuration.read("LANTAI_ADDRESS")).rpartition(":")
    os.execv(
        sys.executable,
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host.strip("[]"), "--port", port),
            *("--workers", str(processes or int(configuration.read("LANTAI_WEB_PROCESSES")))),
            *("--blocking-threads", "4", "--no-access-log", "--log-level", "warning"),
            "lantai.site.wsgi:application",
        ],
    )


def work(drain: Annotated[bool, typer.Option("--drain", help="stop when the queue is empty")] = False) -> None:
    """执行后台任务 Run background jobs; pages go first on a busy machine."""
    _refuse_half_rebuilt()
    os.nice(BEHIND_PAGES)
    look_seldom_for_garbage()
    try:
        run_jobs(until=_asked_to_stop().is_set, when_idle=lambda: beat(program="work"), drain=drain)
    finally:
        stop_beating(program="work")


def follow() -> None:
    """续编台账、更新索引 Sequence the ledger and keep the index up; pages go first."""
    _refuse_half_rebuilt()
    os.nice(BEHIND_PAGES)
    look_seldom_for_garbage()
    try:
        keep_following(until=_asked_to_stop().is_set)
    finally:
        stop_beating(program="follow")


def run(cases: Annotated[int, typer.Option(help="cases of the demo county; 0 leaves the archive empty")] = 300) -> None:
    """准备并启动全部服务 Prepare, fill an empty archive with the demo county, run everything until Ctrl+C."""
    _refuse_half_rebuilt()
    prepare()
    accounts = load_county_once(cases=cases, console=console) if cases and not name_path().exists() else ()
    _found_archive()
    children = [subprocess.Popen([sys.executable, "-m", "lantai", name]) for name in PROGRAMS]
    console.print(_welcome(accounts))
    stop = _asked_to_stop()
    while not stop.is_set() and all(each.poll() is None for each in children):
        time.sleep(0.2)
    for each in children:
        each.terminate()
    for each in children:
        try:
            each.wait(timeout=20)
        except subprocess.TimeoutExpired:
            each.kill()
    raise typer.Exit(0 if stop.is_set() else 1)


def _found_archive() -> None:
    """While nobody administers the archive, serve its first start only; everything else begins under its new name."""
    code = open_first_start()
    connection.close()
    if code is None:
        return
    address = f"http://{configuration.read('LANTAI_ADDRESS')}/first-start/"
    told = f"[bold]{address}[/bold]\n\n启动码 one-time code　[cyan]{code}[/cyan]"
    console.print(Panel(told, title="首次启动 First start", expand=False))
    web, stop = subprocess.Popen([sys.executable, "-m", "lantai", "serve"]), _asked_to_stop()
    while not stop.is_set() and web.poll() is None and not administrators_exist():
        connection.close()
        time.sleep(0.5)
    time.sleep(0 if stop.is_set() else 1)  # the page with the passwords is on its way
    web.terminate()
    web.wait(timeout=20)
    if stop.is_set() or not administrators_exist():
        raise typer.Exit(0 if stop.is_set() else 1)
    connection.close()


def _asked_to_stop() -> threading.Event:
    """An event that SIGTERM and Ctrl+C set."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def _welcome(accounts: tuple[DemoAccount, ...]) -> Panel:
    """Where Lantai is and who may sign in."""
    lines = [f"[bold]http://{configuration.read('LANTAI_ADDRESS')}/[/bold]", ""]
    lines += [f"{each.role}　[cyan]{each.username}[/cyan]　{each.password}" for each in accounts]
    return Panel("\n".join(lines), title="兰台 Lantai", expand=False)
