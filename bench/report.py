"""What all benches share: arguments, a home of their own, the last line as JSON.

A bench answers one question. It makes its own data by seed, takes ``--quick``, prints what it sees and ends with one
JSON object: question, figures, bars, machine, date.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure must reach: at least *value*, or at most where ``at_least`` is False."""

    name: str
    value: float
    at_least: bool = True


@dataclass(slots=True)
class Clock:
    """Seconds that a block took: on the wall, and of processor time in this process and its ended children."""

    wall: float = 0.0
    cpu: float = 0.0


def arguments(description: str) -> argparse.Namespace:
    """The command line of every bench: ``--quick`` (under 60 s, smaller data, the same keys) and ``--folder``."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller data, under 60 seconds, the same figures")
    parser.add_argument("--folder", type=Path, default=None, help="where to work; its file system is what is measured")
    return parser.parse_args()


@contextmanager
def workplace(folder: Path | None = None) -> Iterator[Path]:
    """A fresh folder, removed afterwards. Below ``var/bench`` of the repository unless *folder* says otherwise."""
    base = folder or ROOT / "var" / "bench"
    base.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="bench-", dir=base))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def lantai_home(folder: Path | None = None) -> Iterator[Path]:
    """An empty Lantai in a fresh LANTAI_HOME, its tables made. The database is LANTAI_DATABASE, or SQLite there."""
    with workplace(folder) as home:
        os.environ["LANTAI_HOME"] = str(home)
        os.environ["LANTAI_VERIFY_MINUTES"] = "0"  # the daily verification would fall into whatever is measured first
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
        sys.path.insert(0, str(ROOT / "src"))
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield home
        finally:
            connections.close_all()


@contextmanager
def clock() -> Iterator[Clock]:
    """Measure a block; the figures are there when it ends."""
    taken = Clock()
    wall, cpu = time.perf_counter(), _cpu()
    yield taken
    taken.wall, taken.cpu = time.perf_counter() - wall, _cpu() - cpu


def peak_mib() -> float:
    """The most memory this process has had resident, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def say(text: str) -> None:
    """One line for whoever watches."""
    print(text, flush=True)


def finish(*, question: str, figures: Mapping[str, float], bars: Sequence[Bar] = ()) -> int:
    """Print the figures, the bars and the last line; return 1 when a bar is not met. Every bar names a figure."""
    judged = {}
    for name, value in figures.items():
        say(f"{name:32} {value:>14,.3f}")
    for bar in bars:
        value = figures[bar.name]
        met = value >= bar.value if bar.at_least else value <= bar.value
        judged[bar.name] = {"value": round(value, 4), "bar": bar.value, "met": met}
        say(f"{bar.name:32} {'met' if met else 'MISSED':>14} ({'>=' if bar.at_least else '<='} {bar.value:,})")
    last = {
        "question": question,
        "figures": {name: round(value, 4) for name, value in figures.items()},
        "bars": judged,
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
    }
    print(json.dumps(last, ensure_ascii=False), flush=True)
    return 0 if all(each["met"] for each in judged.values()) else 1


def machine() -> str:
    """Processor, cores, memory, system and how busy it is: what an absolute time is worth nothing without."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {load:.1f}"
    )


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
