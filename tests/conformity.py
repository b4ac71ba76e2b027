"""With LANTAI_CONFORMITY=<folder> a test run leaves there how its tests ended: what docs/conformity.md is made of."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest


class Outcomes:
    """Counts outcomes by test, its parameters together, and writes them when the run ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = "PostgreSQL" if os.environ.get("LANTAI_DATABASE") else "SQLite"
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once: by its call, or by what kept it from being called."""
        if report.when == "call" or report.outcome != "passed":
            self.counts[bare(report.nodeid)][report.outcome] += 1

    def pytest_sessionfinish(self) -> None:
        """Write what was counted, one file a run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        written = {"database": self.database, "tests": {name: dict(each) for name, each in sorted(self.counts.items())}}
        path = self.folder / f"{self.database}-{os.getpid()}.json"
        path.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def bare(node: str) -> str:
    """The test of a node id, without parameters and without the group that xdist puts behind it."""
    return node.partition("[")[0].partition("@")[0]


def pytest_configure(config: pytest.Config) -> None:
    """Count in the process that reports: xdist's workers only run tests."""
    folder = os.environ.get("LANTAI_CONFORMITY")
    if folder and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(Path(folder)), "lantai-conformity")
