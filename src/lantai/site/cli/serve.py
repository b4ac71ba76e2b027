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
from rich.console import Console
from rich.panel import Panel

from lantai.site import configuration
from lantai.site.cli.setup import prepare_store, start_django

console = Console()


def prepare() -> None:
    """准备数据库和静态文件 Prepare the database and the static files; safe to repeat."""
    start_django()
    from django.core.management import call_command

    prepare_store()
    call_command("collectstatic", verbosity=0, interactive=False)


def serve(
    address: Annotated[str, typer.Option(help="host:port")] = "",
    processes: Annotated[int, typer.Option(help="web processes")] = 0,
) -> None:
    """启动网页服务 Serve the pages and the departments' channel."""
    host, _, port = (address or configuration.read("LANTAI_ADDRESS")).rpartition(":")
    os.execvp(
        sys.executable,
        [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            host,
            "--port",
            port,
            "--workers",
            str(processes or int(configuration.read("LANTAI_WEB_PROCESSES"))),
            "--blocking-threads",
            "4",
            "--no-access-log",
            "--log-level",
            "warning",
            "lantai.site.wsgi:application",
        ],
    )


def work(drain: Annotated[bool, typer.Option(help="stop when the queue is empty")] = False) -> None:
    """执行后台任务 Run background jobs."""
    start_django()
    from lantai.work.services import run_jobs

    stop = _stop_on_signal()
    run_jobs(until=stop.is_set, drain=drain)


def follow() -> None:
    """续编台账并更新索引 Sequence the ledger and keep the index up."""
    start_django()
    from lantai.site.steward import keep_following

    keep_following(until=_stop_on_signal().is_set)


def run(cases: Annotated[int, typer.Option(help="cases of the demo county; 0 leaves the archive empty")] = 300) -> None:
    """准备并启动全部服务 Prepare, fill an empty archive with the demo county, and run everything until Ctrl+C."""
    prepare()
    from lantai.site.demo.loading import load_county_once

    accounts = load_county_once(cases=cases, console=console) if cases else ()
    children = [
        subprocess.Popen([sys.executable, "-m", "lantai", name]) for name in ("serve", "work", "work", "follow")
    ]
    console.print(_welcome(accounts))
    stop = _stop_on_signal()
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


def _stop_on_signal() -> threading.Event:
    """An event that SIGTERM and Ctrl+C set."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


def _welcome(accounts: tuple[tuple[str, str, str], ...]) -> Panel:
    """Where Lantai is and who may sign in."""
    lines = [f"[bold]http://{configuration.read('LANTAI_ADDRESS')}/[/bold]", ""]
    lines += [f"{role}　[cyan]{username}[/cyan]　{password}" for role, username, password in accounts]
    return Panel("\n".join(lines), title="兰台 Lantai", expand=False)
