"""Time stamps over checkpoints: taken from a real authority, judged, renewed before they age, kept in storage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.stamp_authority import authority_running, make_authority, openssl_verifies, reply_of
from tests.ledger.witness_house import entries_told, grow
from tests.make_people import make_person, signed_in

from lantai.administration.models import Role
from lantai.archival.sealing import read_certificates
from lantai.archival.sealing.stamping import StampRefused, judge_reply, judge_stamp, stamp_query, stamped_bytes
from lantai.ledger import queries, services
from lantai.ledger.models import Timestamp
from lantai.site.timestamping import DUTY, queue_timestamp
from lantai.storage.models import StoredObject
from lantai.storage.queries import open_content
from lantai.storage.services import keep_timestamps
from lantai.work.models import DueWork, Job, JobState
from lantai.work.services import run_jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
NOTE = b"note\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tsa")
    make_authority(folder)
    return folder


@pytest.fixture
def running(authority: Path) -> Iterator[str]:
    with (
        authority_running(authority) as address,
        override_settings(LANTAI_TIMESTAMP=address, LANTAI_TIMESTAMP_ROOTS=str(authority / "root.pem")),
    ):
        yield address


def roots(folder: Path) -> list[bytes]:
    return read_certificates((folder / "root.pem").read_bytes())


def take(now: datetime | None = None) -> Timestamp:
    now = now or timezone.now()
    due = queries.due_stamp(now=now)
    assert due is not None
    services.take_timestamp(due=due, now=now)
    return Timestamp.objects.latest("pk")


def test_a_stamp_is_judged_as_openssl_judges_it(authority: Path) -> None:
    query = stamp_query(NOTE)
    reply, now = reply_of(authority, query), timezone.now()
    good = judge_reply(reply, query=query, message=NOTE, roots=roots(authority), now=now)
    assert abs((good.at - now).total_seconds()) < 120 and good.until > date(2030, 1, 1)
    assert "云岭时间戳" in good.authority
    assert openssl_verifies(NOTE, good.token, authority / "root.pem")
    assert judge_stamp(good.token, message=NOTE, roots=roots(authority), now=now).at == good.at
    for wrong in (
        {"message": b"other\n"},
        {"roots": []},
        {"query": stamp_query(NOTE)},
    ):
        with pytest.raises(StampRefused):
            judge_reply(
                **{"reply": reply, "query": query, "message": NOTE, "roots": roots(authority), "now": now} | wrong
            )


@settings(max_examples=15)
@given(st.data())
def test_no_changed_byte_of_a_token_is_taken(authority: Path, data: st.DataObject) -> None:
    token = _token(authority)
    at = data.draw(st.integers(0, len(token) - 1))
    changed = token[:at] + bytes([token[at] ^ data.draw(st.integers(1, 255))]) + token[at + 1 :]
    try:
        told = judge_stamp(changed, message=NOTE, roots=roots(authority), now=timezone.now())
    except StampRefused:
        return
    assert told.at == judge_stamp(token, message=NOTE, roots=roots(authority), now=timezone.now()).at


_TOKENS: dict[Path, bytes] = {}


def _token(folder: Path) -> bytes:
    if folder not in _TOKENS:
        query = stamp_query(NOTE)
        good = judge_reply(reply_of(folder, query), query=query, message=NOTE, roots=roots(folder), now=timezone.now())
        _TOKENS[folder] = good.token
    return _TOKENS[folder]


def test_a_checkpoint_is_stamped_once_a_day_while_entries_come(running: str, authority: Path) -> None:
    assert queries.due_stamp(now=timezone.now()) is None
    size = grow(5)
    row = take()
    newest = queries.latest_checkpoint()
    assert (row.size, row.number, row.note) == (size, 1, newest.note)
    assert openssl_verifies(row.note.encode(), bytes(row.token), authority / "root.pem")
    told = entries_told("ledger.timestamped")[0]
    assert (told["size"], told["number"], told["until"]) == (size, 1, row.until.isoformat())
    services.sequence_entries()
    tomorrow = timezone.now() + timedelta(hours=25)
    assert queries.due_stamp(now=tomorrow) is None  # nothing but the stamp's own entry came
    grow(2)
    assert queries.due_stamp(now=timezone.now()) is None
    due = queries.due_stamp(now=tomorrow)
    assert due is not None and due.size == queries.latest_checkpoint().size


def test_a_stamp_is_renewed_before_it_ends_and_both_hold(running: str, authority: Path) -> None:
    grow(5)
    first = take()
    Timestamp.objects.update(until=timezone.now().date() + timedelta(days=200))
    assert queries.due_stamp(now=timezone.now()) is None
    Timestamp.objects.update(until=timezone.now().date() + timedelta(days=100))
    due = queries.due_stamp(now=timezone.now())
    assert due is not None and (due.size, due.number, due.overdue) == (first.size, 2, False)
    assert due.message == first.note.encode() + bytes(first.token)
    second = take()
    assert second.number == 2 and second.until > timezone.now().date() + timedelta(days=180)
    assert openssl_verifies(due.message, bytes(second.token), authority / "root.pem")
    assert queries.due_stamp(now=timezone.now()) is None and queries.wrong_timestamps(now=timezone.now()) == []
    Timestamp.objects.filter(number=1).update(note=first.note + "x")
    assert {size for size, _why in queries.wrong_timestamps(now=timezone.now())} == {first.size}
    assert len(queries.wrong_timestamps(now=timezone.now())) == 1


def test_certificates_and_algorithms_end_a_stamp(tmp_path: Path) -> None:
    make_authority(tmp_path / "short", days=30)
    query = stamp_query(NOTE)
    good = judge_reply(
        reply_of(tmp_path / "short", query),
        query=query,
        message=NOTE,
        roots=roots(tmp_path / "short"),
        now=timezone.now(),
    )
    assert abs((good.until - timezone.now().date()).days - 30) <= 1
    make_authority(tmp_path / "long", days=20_000)
    good = judge_reply(
        reply_of(tmp_path / "long", query := stamp_query(NOTE)),
        query=query,
        message=NOTE,
        roots=roots(tmp_path / "long"),
        now=timezone.now(),
    )
    assert good.until == date(2035, 12, 31)


def refused(words: str, address: str, roots_at: Path) -> None:
    chosen = override_settings(LANTAI_TIMESTAMP=address, LANTAI_TIMESTAMP_ROOTS=str(roots_at))
    with chosen, pytest.raises(services.AuthorityFailed, match=words):
        take()
    assert not Timestamp.objects.exists() and not entries_told("ledger.timestamped")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"noise", "not an answer"),
        (200, b"", "not an answer"),
        (200, b"\x30\x03\x02\x01\x02", "not an answer"),
        (500, b"", "answered 500"),
    ],
)
def test_an_authority_that_does_wrong_leaves_nothing(authority: Path, status: int, body: bytes, words: str) -> None:
    grow(3)
    with authority_running(authority, lambda _query: (status, body)) as address:
        refused(words, address, authority / "root.pem")


def test_a_replayed_answer_and_a_stranger_are_refused(authority: Path, tmp_path: Path) -> None:
    grow(3)
    root = authority / "root.pem"
    old = reply_of(authority, stamp_query(queries.latest_checkpoint().note.encode()))
    with authority_running(authority, lambda _query: (200, old)) as address:
        refused("another request", address, root)
    make_authority(tmp_path / "other")
    with authority_running(tmp_path / "other") as address:
        refused("timestamp-untrusted", address, root)
    refused("neither https", "http://10.0.0.1/tsa", root)
    refused("root certificates", "https://tsa.example", Path("/nowhere"))


def test_the_steward_has_due_stamps_taken_and_people_told_of_what_ends(running: str, authority: Path) -> None:
    grow(5)
    with override_settings(LANTAI_TIMESTAMP=""):
        assert not queue_timestamp(now=timezone.now())
    assert queue_timestamp(now=timezone.now()) and not queue_timestamp(now=timezone.now())
    run_jobs(until=lambda: False, drain=True)
    row = Timestamp.objects.get()
    services.sequence_entries()
    assert not queue_timestamp(now=timezone.now())
    Timestamp.objects.update(until=timezone.now().date() + timedelta(days=20))
    with override_settings(LANTAI_TIMESTAMP="https://127.0.0.1:9"):
        assert queue_timestamp(now=timezone.now())
        run_jobs(until=lambda: False, drain=True)
        assert Job.objects.filter(state=JobState.FAILED).count() == 1
        duty = DueWork.objects.get(kind=DUTY, finished_at=None)
        assert duty.subject == str(row.size) and not queue_timestamp(now=timezone.now())
    assert queue_timestamp(now=timezone.now() + timedelta(hours=2))
    run_jobs(until=lambda: False, drain=True)
    assert Timestamp.objects.count() == 2 and not DueWork.objects.filter(kind=DUTY, finished_at=None).exists()


def test_stamps_are_kept_in_storage_once_and_shown(running: str, authority: Path) -> None:
    size = grow(5)
    row = take()
    assert keep_timestamps() == 1 and keep_timestamps() == 0
    kept = StoredObject.objects.get(object_id=f"urn:lantai:timestamp:{size}-1")
    with open_content(object_id=kept.object_id, path="stamped") as stream:
        stamped = stream.read()
    with open_content(object_id=kept.object_id, path="token.tsr") as stream:
        assert openssl_verifies(stamped, stream.read(), authority / "root.pem")
    audit = signed_in(make_person(Role.AUDIT))
    shown = audit.get(reverse("witnesses")).content.decode()
    assert "云岭时间戳" in shown and row.until.isoformat() in shown
    token = audit.get(reverse("timestamp-file", args=[size, 1, "token"]))
    assert token.content == bytes(row.token) and token["Content-Type"] == "application/timestamp-reply"
    assert audit.get(reverse("timestamp-file", args=[size, 1, "stamped"])).content == stamped
    for wrong in ([size, 2, "token"], [size, 1, "note"]):
        assert audit.get(reverse("timestamp-file", args=wrong)).status_code == 404
    assert audit.get(reverse("timestamp-renewal", args=[size])).status_code == 302


def test_a_renewal_is_over_the_files_one_after_the_other() -> None:
    assert stamped_bytes(b"a", [b"b", b"c"]) == b"abc"
    assert datetime(2026, 1, 1, tzinfo=UTC) < timezone.now()
