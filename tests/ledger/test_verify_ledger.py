"""`lantai verify ledger`: all of it, in pieces, going on where it was broken off; the first break is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from django.test import override_settings
from tests.ledger.witness_house import ask_all, enlist, grow, witness_running
from typer.testing import CliRunner, Result

from lantai.ledger import queries
from lantai.ledger.models import Cosignature, Entry
from lantai.site.cli import verify_ledger as command
from lantai.site.cli.verify import verify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
app = typer.Typer()
app.command()(verify)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, with its own keys, and pieces of a hundred entries."""
    monkeypatch.setattr(command, "PIECE", 100)
    with override_settings(LANTAI_HOME=tmp_path):
        yield tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["ledger", *words])


def test_a_whole_ledger_is_walked_in_pieces_and_said_to_be_sound(home: Path) -> None:
    size = grow(450)
    result = run("--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 0 and (told["verdict"], told["entries"], told["went_on_at"]) == ("valid", size, 0)
    assert run().stdout.startswith("✓ 账本  450")
    assert run("--language", "en").stdout.startswith("✓ The ledger  450")
    assert not (home / "verify-ledger.json").exists()


def test_a_run_broken_off_goes_on_where_it_was(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = grow(450)
    walked: list[int] = []

    def breaking(*, state: queries.LedgerState, limit: int) -> queries.LedgerProgress:
        walked.append(state.checked)
        if len(walked) == 4:
            raise KeyboardInterrupt
        return queries.verify_ledger(state=state, limit=limit)

    monkeypatch.setattr(command, "verify_ledger", breaking)
    result = run()
    assert result.exit_code == 2 and "300" in result.stderr
    assert json.loads((home / "verify-ledger.json").read_text())["checked"] == 300
    told = json.loads(run("--json").stdout)
    assert (told["entries"], told["went_on_at"]) == (size, 300) and walked == [0, 100, 200, 300, 300, 400]
    (home / "verify-ledger.json").write_text('{"checked": 300, "peaks": [], "since": "2026-07-01"}')
    assert json.loads(run("--json").stdout)["went_on_at"] == 0
    (home / "verify-ledger.json").write_text("noise")
    assert json.loads(run("--json").stdout)["went_on_at"] == 0


def test_the_whole_is_walked_again_when_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(250)
    progress = queries.verify_ledger(limit=200)
    peaks = [each.hex() for each in progress.state.peaks]
    kept = {"checked": 200, "peaks": peaks, "since": "2026-07-01T00:00:00+00:00"}
    (home / "verify-ledger.json").write_text(json.dumps(kept))
    Entry.objects.filter(index=7).update(subject="r:forged")
    assert run().exit_code == 0  # what lies before the position was promised
    result = run("--again", "--json")
    assert result.exit_code == 1 and json.loads(result.stdout)["findings"][0]["code"] == "ledger.entry.columns"


def test_a_cosignature_that_does_not_fit_is_named(home: Path, tmp_path: Path) -> None:
    grow(5)
    with witness_running(tmp_path / "w") as (state, address):
        enlist(state, address)
        first = grow(1)
        ask_all()
        second = grow(1)
        ask_all()
    assert run("--json").exit_code == 0
    wrong = Cosignature.objects.get(size=first).lines
    Cosignature.objects.filter(size=second).update(lines=wrong)
    result = run("--json", "--language", "en")
    found = json.loads(result.stdout)["findings"][0]
    assert result.exit_code == 1 and found["code"] == "ledger.cosignature.wrong" and found["where"] == str(second)
    assert "witness" in found["message_en"]
    Cosignature.objects.filter(size=second).update(lines="— other.example AAAAAAAA\n")
    assert json.loads(run("--json").stdout)["findings"][0]["code"] == "ledger.cosignature.wrong"
