"""Appending, sequencing, proving, erasing: through the doors of the ledger."""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from lantai.archival import tlog
from lantai.ledger import queries, services
from lantai.ledger.models import Cursor, Entry

pytestmark = pytest.mark.database
NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)


def new_entry(number: int = 0, **changes: object) -> services.NewEntry:
    values: dict[str, object] = {
        "kind": "record.accessioned",
        "subject": f"record:{number}",
        "actor": "person:1",
        "at": NOW + timedelta(seconds=number),
        "detail": {"before": None, "after": {"title": f"结婚登记 {number}", "files": [number]}},
    }
    return services.NewEntry(**{**values, **changes})  # type: ignore[arg-type]


def append(count: int, first: int = 0) -> list[int]:
    with transaction.atomic():
        return services.append_entries(entries=[new_entry(first + each) for each in range(count)])


@pytest.mark.django_db
def test_entries_get_consecutive_indexes_and_a_signed_checkpoint():
    ids = append(3)
    assert [each.index for each in queries.entries_about(subject="record:1")] == [None]
    assert queries.latest_checkpoint() is None
    assert services.sequence_entries() == 3
    assert services.sequence_entries() == 0
    ids += append(2, first=3)
    assert services.sequence_entries() == 2
    seen = queries.entries_after(position=0)
    assert [each.id for each in seen] == ids
    assert [each.index for each in seen] == [0, 1, 2, 3, 4]
    assert seen[1].detail == {"before": None, "after": {"title": "结婚登记 1", "files": [1]}}
    checkpoint = queries.latest_checkpoint()
    signed = tlog.open_checkpoint(checkpoint.note, tlog.parse_vkey(queries.ledger_vkey()))
    assert (signed.size, signed.root) == (5, checkpoint.root)
    assert [each.size for each in queries.recent_checkpoints()] == [5, 3]


@pytest.mark.django_db
def test_entries_of_a_kind_are_listed_from_the_newest_on_however_far_back(monkeypatch: pytest.MonkeyPatch):
    rare = [*append(2), *append(1, first=50)]
    with transaction.atomic():
        services.append_entries(entries=[new_entry(each, kind="record.confirmed") for each in range(9)])
    monkeypatch.setattr(queries.entries, "LATELY", 5)
    for limit in (1, 2, 3, 9):
        found = queries.list_entries(kinds=["record.accessioned"], limit=limit)
        assert [each.id for each in found] == rare[::-1][:limit]
    newest = queries.list_entries(kinds=["record.confirmed", "record.accessioned"], limit=4)
    assert [each.subject for each in newest] == [f"record:{each}" for each in (8, 7, 6, 5)]
    before = queries.list_entries(kinds=["record.accessioned"], before=rare[2], limit=1)
    assert [each.id for each in before] == [rare[1]]


@pytest.mark.django_db
def test_every_proof_of_a_bundle_leads_to_the_checkpoint():
    ids = append(300)
    services.sequence_entries(limit=170)
    services.sequence_entries()
    bundle = queries.proof_bundle(entry_ids=ids[::37])
    signed = tlog.open_checkpoint(bundle["checkpoint"], tlog.parse_vkey(bundle["vkey"]))
    assert signed.size == 300
    for item in bundle["entries"]:
        leaf = tlog.leaf_hash(tlog.commitment(bytes.fromhex(item["salt"]), item["entry"].encode()))
        path = [base64.b64decode(each) for each in item["proof"]]
        assert tlog.verify_inclusion(leaf=leaf, index=item["index"], size=signed.size, proof=path, root=signed.root)


@pytest.mark.django_db
def test_an_entry_without_index_is_not_proven():
    (waiting,) = append(1)
    with pytest.raises(queries.NotYetSequenced, match="not yet"):
        queries.proof_bundle(entry_ids=[waiting])
    with pytest.raises(queries.NotYetSequenced, match="unknown"):
        queries.proof_bundle(entry_ids=[waiting + 1])


@pytest.mark.django_db(transaction=True)
def test_appending_outside_of_a_transaction_is_refused():
    with pytest.raises(services.NotInTransaction):
        services.append_entries(entries=[new_entry()])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"detail": {"share": 0.5}},
        {"detail": {"deep": [{"share": 0.5}]}},
        {"detail": {"text": "\ud800"}},
        {"at": datetime(2026, 7, 1)},
        {"subject": "x" * 256},
        {"actor": "nul\x00"},
    ],
    ids=["fraction", "deep fraction", "lone surrogate", "time without zone", "too long", "NUL"],
)
def test_what_has_no_single_writing_is_refused(changes):
    with pytest.raises(ValueError), transaction.atomic():
        services.append_entries(entries=[new_entry(**changes)])


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["\u0000\u001f\u007f", "\u2028'\"\\", "𠮷野家", "'; DROP TABLE--", "\ufeff"])
def test_naughty_strings_come_back_as_they_went_in(text):
    with transaction.atomic():
        services.append_entries(entries=[new_entry(detail={"text": text, text: 1})])
    services.sequence_entries()
    (entry,) = queries.entries_after(position=0)
    assert entry.detail == {"text": text, text: 1}
    assert queries.verify_ledger().found is None


@pytest.mark.django_db
def test_a_rolled_back_transaction_leaves_no_gap():
    append(2)
    with pytest.raises(RuntimeError), transaction.atomic():
        services.append_entries(entries=[new_entry(9)])
        raise RuntimeError
    append(2, first=2)
    assert services.sequence_entries() == 4
    assert [each.index for each in queries.entries_after(position=0)] == [0, 1, 2, 3]


@pytest.mark.django_db
def test_entries_committed_late_are_sequenced_later():
    """An entry whose transaction began first and committed last stands behind, whatever its id."""
    ids = append(5)
    late = ids[1]
    row = Entry.objects.filter(pk=late).values().get()
    Entry.objects.filter(pk=late).delete()
    assert services.sequence_entries() == 4
    Entry.objects.create(**row)
    assert services.sequence_entries() == 1
    assert [each.id for each in queries.entries_after(position=0)] == [ids[0], *ids[2:], late]
    assert queries.verify_ledger().found is None


@pytest.mark.django_db(transaction=True)
def test_many_writers_and_two_sequencers_give_one_order_without_a_gap():
    writers, rounds = 4, 12
    problems: list[BaseException] = []
    writing = threading.Event()

    def write(number: int) -> None:
        for each in range(rounds):
            append(3, first=1000 * number + each)

    def sequence() -> None:
        while not writing.is_set() or services.sequence_entries(limit=7):
            services.sequence_entries(limit=5)

    def run(action, *arguments) -> None:
        try:
            action(*arguments)
        except BaseException as error:  # noqa: BLE001 - whatever a thread dies of fails the test
            problems.append(error)
        finally:
            connection.close()

    writing_threads = [threading.Thread(target=run, args=(write, each)) for each in range(writers)]
    sequencing = [threading.Thread(target=run, args=(sequence,)) for _ in range(2)]
    for each in writing_threads + sequencing:
        each.start()
    for each in writing_threads:
        each.join()
    writing.set()
    for each in sequencing:
        each.join()
    assert problems == []
    assert [each.index for each in queries.entries_after(position=0)] == list(range(writers * rounds * 3))
    progress = queries.verify_ledger()
    assert progress.found is None and progress.size == writers * rounds * 3


@pytest.mark.django_db
def test_an_erased_entry_is_gone_and_the_tree_stays_whole():
    ids = append(4)
    with pytest.raises(services.EntryNotSequenced):
        services.erase_entry(entry_id=ids[2], reason="销毁", actor="person:2", at=NOW)
    services.sequence_entries()
    before = queries.latest_checkpoint()
    services.erase_entry(entry_id=ids[2], reason="销毁", actor="person:2", at=NOW)
    services.erase_entry(entry_id=ids[2], reason="销毁", actor="person:2", at=NOW)
    row = Entry.objects.get(pk=ids[2])
    assert row.text is None and row.salt is None and bytes(row.commitment)
    services.sequence_entries()
    erased, told = queries.entries_about(subject="record:2")
    assert erased.detail is None
    assert (told.kind, told.detail) == (services.ENTRY_ERASED, {"index": 2, "reason": "销毁"})
    with pytest.raises(queries.NotYetSequenced, match="erased"):
        queries.proof_bundle(entry_ids=[ids[2]])
    now = queries.latest_checkpoint()
    proof = tlog.consistency_proof(old_size=before.size, size=now.size, read=queries.read_tile)
    assert tlog.verify_consistency(
        old_size=before.size, size=now.size, old_root=before.root, root=now.root, proof=proof
    )
    progress = queries.verify_ledger()
    assert (progress.found, progress.erased) == (None, 1)


@pytest.mark.django_db
def test_a_follower_reads_on_from_its_cursor_and_never_backwards():
    append(5)
    services.sequence_entries()
    assert queries.cursor_position(follower="index") == 0
    batch = queries.entries_after(position=0, limit=2)
    services.advance_cursor(follower="index", position=batch[-1].index + 1)
    assert [each.index for each in queries.entries_after(position=queries.cursor_position(follower="index"))] == [
        2,
        3,
        4,
    ]
    with pytest.raises(services.CursorBehind):
        services.advance_cursor(follower="index", position=1)
    services.reset_cursor(follower="index")
    assert queries.cursor_position(follower="index") == 0
    assert Cursor.objects.count() == 1


@pytest.mark.django_db
def test_entries_are_chosen_by_kind_actor_time_and_page():
    append(3)
    with transaction.atomic():
        services.append_entries(
            entries=[new_entry(7, kind="person.signed-in", actor="person:9", role="archivist", address="10.0.0.7")]
        )
    services.sequence_entries()
    assert [each.index for each in queries.entries_after(position=0, kinds=["person.signed-in"])] == [3]
    assert [each.role for each in queries.list_entries(actor="person:9")] == ["archivist"]
    assert [each.index for each in queries.list_entries(limit=2)] == [3, 2]
    page = queries.list_entries(limit=2)
    assert [each.index for each in queries.list_entries(before=page[-1].id)] == [1, 0]
    since, until = NOW + timedelta(seconds=1), NOW + timedelta(seconds=3)
    assert [each.index for each in queries.list_entries(since=since, until=until)] == [2, 1]
    assert [each.index for each in queries.list_entries(subject="record:1", kinds=["record.accessioned"])] == [1]


@pytest.mark.django_db
def test_what_is_committed_is_the_canonical_entry_with_all_its_fields():
    append(1)
    text = Entry.objects.get().text
    written = json.loads(text)
    assert tlog.canonical_json(written) == text
    assert set(written) == {"v", "kind", "subject", "actor", "role", "address", "result", "at", "detail"}
    assert written["at"] == "2026-07-01T08:30:00.000000+00:00"
