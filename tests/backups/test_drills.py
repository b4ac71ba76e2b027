"""The restore drill, and the great drill small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from tests.backups.conftest import Kept
from tests.flows.house import House
from tests.rebuild.lost import run

pytestmark = pytest.mark.xdist_group("backups")
DRILLS = """
from lantai.ledger.queries import entries_about
from lantai.storage.models import RestoreDrill
row = RestoreDrill.objects.latest("id")
told = [each for each in entries_about(subject=row.backup) if each.kind == "backup.drilled"][-1]
answer = {"report": row.report, "met": row.met, "digest": row.digest, "told": told.detail, "result": told.result}
"""
UNTOLD = """
from django.db import connection
from lantai.catalog.models import Record
from lantai.site.rebuilding.keeping import keep_everything
from lantai.storage.services import stop_noting
keep_everything()
stop_noting()
Record.objects.filter(pk=3).update(title="未经登记的改动")
answer = True
"""


@pytest.mark.database
def test_a_restore_drill_compares_everything_and_keeps_its_report(kept: Kept, tmp_path: Path) -> None:
    kept.backup()
    page = tmp_path / "page.pdf"
    code, said = run(kept.house, "backup", "drill", "--identity", str(kept.identity), "--pdf", str(page))
    assert code == 0, said
    assert "全部符合 all met" in said
    told = kept.house.ask(DRILLS)
    assert (told["met"], told["result"], told["told"]["report_sha256"]) == (True, "met", told["digest"])
    lines = {each["en"]: each for each in told["report"]["lines"]}
    assert lines["records a reader without rights sees"]["measured"] == "0"
    assert lines["recovery time, from the order to searchable"]["met"]
    assert lines["keys restored"]["met"]
    assert [each for each in lines.values() if each["met"] is False] == []
    assert len(PdfDocument(page)) == 1
    assert "恢复演练报告" in PdfDocument(page)[0].get_textpage().get_text_bounded()
    assert not list((kept.house.home / "backups").glob("drill-*")), "nothing of it stays"


def test_a_drill_finds_what_is_not_the_same(kept: Kept) -> None:
    kept.backup()
    kept.house.ask(UNTOLD)
    code, said = run(kept.house, "backup", "drill", "--sample", "2")
    assert code == 1 and "catalog.record" in said, said
    lines = {each["en"]: each for each in kept.house.ask(DRILLS)["report"]["lines"]}
    assert lines["metadata, row by row and column by column"]["met"] is False
    assert lines["keys restored"]["met"] is None, "without an identity keys are not drilled, and it says so"


def test_the_great_drill_small(tmp_path: Path) -> None:
    """Everything at once, in processes of its own; it takes a minute, since it is the drill itself."""
    done = subprocess.run(
        [sys.executable, "-m", "lantai", "drill", "--cases", "4", "--to", str(tmp_path / "report")],
        env=House(tmp_path).environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["met"] and len(report["lines"]) > 25
    assert all(each["measured"] for each in report["lines"])
    assert len(PdfDocument(tmp_path / "report" / "report.pdf")) == 1
    assert len(PdfDocument(tmp_path / "report" / "restore-drill.pdf")) == 1
