"""The drill: an archive is lost but for its storage, and comes back, field by field; whatever breaks off goes on."""

from __future__ import annotations

import pytest

from tests.flows.house import House
from tests.rebuild.lost import Lost, compared, files_of, flip, named, rebuilt, run, storage_of

pytestmark = pytest.mark.xdist_group("rebuild")
SOUND = """
from lantai.finding.services import follow_ledger
from lantai.ledger.queries import latest_checkpoint, verify_ledger
from lantai.ledger.services import sequence_entries
from lantai.site.rebuilding.keeping import keep_everything
from lantai.site.verifying import verify_round
from lantai.storage.services import begin_round
from django.utils import timezone
while sequence_entries() or follow_ledger(now=timezone.now()):
    pass
found = []
verify_round(round_id=begin_round(by="t", now=timezone.now()), position={},
             step_done=lambda area, step: found.extend(f"{area} {each.code} {each.where}" for each in step.findings))
kept = keep_everything()
answer = {"found": found, "size": latest_checkpoint().size, "kept": kept}
"""
TAMPERED = """
from lantai.catalog.models import Record, Relation
answer = [Record.objects.filter(record_code=sys.argv[1]).update(open_state="open"), Relation.objects.all().delete()[0]]
"""
KILLED = """
import signal
from pathlib import Path
from django.db import connections
from django.utils import timezone
from lantai.site.rebuilding import leading

def run(before):
    connections.close_all()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    real = leading._keep
    def die(state):
        if before:
            os.kill(os.getpid(), signal.SIGKILL)
        real(state)
        os.kill(os.getpid(), signal.SIGKILL)
    leading._keep = die
    leading.AT_ONCE = 3
    leading.rebuild_archive(source=Path(sys.argv[1]), check=True, now=timezone.now())
    os._exit(0)

deaths = 0
while os.WIFSIGNALED(ended := run(before=deaths % 2 == 0)):
    deaths += 1
assert ended == 0, ended
answer = deaths
"""


@pytest.mark.database
def test_nothing_differs_and_the_archive_goes_on(lost: Lost, fresh: House) -> None:
    code, told = rebuilt(fresh)
    assert (code, told["findings"], told["ledger_key"]) == (0, [], True)
    assert told["absent_packages"] == 1  # the one that waits for a decision lay in the receiving area only
    *differences, total = compared(lost, fresh)
    assert (differences, total["same"]) == ([], True)
    empty = {name for name, each in total["tables"].items() if not each["a"]}
    assert not empty & {"catalog.record", "catalog.describing", "ingest.importline", "administration.fondsentry"}
    assert run(fresh, "rebuild", "--from", "storage")[0] == 2  # it is not empty any more
    sound = fresh.ask(SOUND)
    assert sound["found"] == []
    assert sound["kept"][0] < 30, "what came from storage is not kept again"
    *differences, _total = compared(lost, fresh)
    assert {each["table"] for each in differences} <= {"ledger.entry", "ledger.checkpoint", "ledger.tile"} | {
        "storage.storedobject",
        "work.duework",
    }


def test_killed_again_and_again_it_goes_on(lost: Lost, fresh: House) -> None:
    fresh.command("prepare")
    assert fresh.ask(KILLED, fresh.environment["LANTAI_STORAGE"]) > 10
    *differences, total = compared(lost, fresh)
    assert (differences, total["same"]) == ([], True)


def test_what_is_damaged_is_told_exactly_and_the_rest_is_rebuilt(lost: Lost, fresh: House) -> None:
    package = files_of(storage_of(fresh), "urn:lantai:box:")[0]
    flip(package)
    code, told = rebuilt(fresh)
    assert code == 1
    assert [each["code"] for each in told["findings"]] == ["E092"]
    where = told["findings"][0]["where"]
    assert where.startswith("urn:lantai:box:") and where.endswith(str(package).partition("/content/")[2])
    *differences, _total = compared(lost, fresh)
    assert differences == []
    assert fresh.ask(TAMPERED, lost.records[0]) == [1, 1]
    *differences, total = compared(lost, fresh)
    assert [each for each in differences if each["table"] == "catalog.record"] == [
        {
            "table": "catalog.record",
            "key": 1,
            "column": "open_state",
            "a": "unreviewed",
            "b": "open",
        }
    ]
    (gone,) = [each for each in differences if each["table"] == "catalog.relation"]
    assert gone["only"] == "a"
    assert (total["same"], total["differences"], total["tables"]["catalog.record"]["differing"]) == (False, 2, 1)
    code, said = run(fresh, "compare", named(lost.house), named(fresh))
    assert code == 1 and "catalog.record 1 open_state: 'unreviewed' ≠ 'open'" in said
    assert run(fresh, "compare", str(fresh.home / "nowhere"), named(fresh))[0] == 2
    assert run(fresh, "compare", "postgresql+x://", named(fresh))[0] == 2


def test_rows_that_cannot_be_read_are_told_and_records_named(lost: Lost, fresh: House) -> None:
    newest = files_of(storage_of(fresh), "urn:lantai:rows:")[-1]
    flip(newest)
    code, told = rebuilt(fresh)
    assert code == 1
    codes = [each["code"] for each in told["findings"]]
    assert codes.count("rebuild.rows-damaged") == 1
    missing = {each["where"] for each in told["findings"] if each["code"] == "rebuild.record-missing"}
    held = fresh.ask(
        "from lantai.catalog.models import Record; answer = [each.record_code for each in Record.objects.all()]"
    )
    assert missing == set(lost.records) - set(held)
    assert missing


def test_a_gap_in_the_ledger_ends_it_there_and_is_closed_later(lost: Lost, fresh: House) -> None:
    batch = files_of(storage_of(fresh), "urn:lantai:ledger:")[-1]
    entries = batch.with_name("entries.jsonl")
    before = entries.read_bytes()
    flip(entries)
    code, told = rebuilt(fresh)
    assert (code, [each["code"] for each in told["findings"]].count("rebuild.ledger-gap")) == (1, 1)
    entries.write_bytes(before)
    assert run(fresh, "work", "--drain")[0] == 1  # nothing starts on half an archive
    code, told = rebuilt(fresh)
    assert (code, told["findings"]) == (0, [])
    *differences, _total = compared(lost, fresh)
    assert differences == []
