"""Both sides of the witness protocol over real HTTP: what is cosigned, what never is, and what is kept as evidence."""

from __future__ import annotations

import http.client
import json
import shutil
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from tests.ledger.test_verify_proof import run as run_script
from tests.ledger.witness_house import (
    BY,
    NOW,
    ask_all,
    enlist,
    entries_told,
    fetch,
    grow,
    keys_of,
    our_request,
    post,
    start_process,
    witness_running,
)

from lantai.archival import tlog
from lantai.ledger import queries, services
from lantai.ledger.calling import Exchange
from lantai.ledger.models import Checkpoint, Cosignature, Entry, Tile, Witness, WitnessConflict
from lantai.ledger.queries.witnesses import address_allowed
from lantai.ledger.signing import ledger_signers
from lantai.site.witness.serving import WitnessServer
from lantai.site.witness.state import WitnessState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
HERE = Path(__file__).parent


def resign_from(index: int, word: str) -> None:
    """What a cheating archive does: other entries from *index* on, other tiles, and its own key over all of it."""
    size = queries.latest_checkpoint().size
    Entry.objects.filter(index__gte=index).delete()
    Checkpoint.objects.filter(size__gt=index).delete()
    Cosignature.objects.filter(size__gt=index).delete()
    leaves = [
        tlog.leaf_hash(bytes(each)) for each in Entry.objects.order_by("index").values_list("commitment", flat=True)
    ]
    Tile.objects.all().delete()
    held: dict[tuple[int, int], bytes] = {}
    for each in tlog.append_leaves(size=0, leaves=leaves, read=lambda level, index, width: held[level, index]):
        Tile.objects.create(level=each.level, index=each.index, hashes=each.hashes)
    if not Checkpoint.objects.filter(size=index).exists() and index:
        root = tlog.root_hash(size=index, read=queries.read_tile)
        note = tlog.sign_checkpoint(tlog.Checkpoint(ledger_signers()[0].name, index, root), *ledger_signers())
        Checkpoint.objects.create(size=index, root=root, note=note, at=NOW)
    grow(size - index, word)


def test_checkpoints_are_cosigned_as_the_ledger_grows(tmp_path):
    grow(5)
    with witness_running(tmp_path / "w") as (state, address):
        enlist(state, address)
        services.set_witness_policy(least=1, by=BY, at=NOW)
        size = grow(3)
        assert [each.cosigned for each in ask_all()] == [True]
        row = Witness.objects.get()
        assert (row.size, row.tries, row.trouble) == (size, 0, "")
        checkpoint = Checkpoint.objects.get(size=size)
        assert checkpoint.cosigned_at is not None
        note = queries.cosigned_note(note=checkpoint.note, size=size)
        assert all(tlog.cosigned_at(note, each.verifier()) for each in state.signers)
        assert tlog.parse_policy(queries.policy_text()).met_by(tlog.parse_policy(queries.policy_text()).cosigners(note))
        for more in (1, 300, 7):
            size = grow(more)
            ask_all()
            assert Witness.objects.get().size == size == state.held()[0].size
        assert Cosignature.objects.count() == 4
        status, kind, text = fetch(f"{address}/{tlog.origin_hash(ledger_signers()[0].name)}/checkpoint")
        assert (status, kind) == (200, "text/plain; charset=utf-8")
        assert tlog.open_checkpoint(text, *(each.verifier() for each in ledger_signers())).size == size
        assert all(each.cosigned for each in ask_all()) and queries.witness_figures().waiting_since is None
    told = [each["after"] for each in entries_told("witness.added")]
    assert told[0]["vkeys"] == keys_of(state).split("\n") and told[0]["body"] == "邻县档案馆"
    assert entries_told("witness.policy-set") == [{"before": {"least": 0}, "after": {"least": 1}}]


def test_enough_witnesses_meet_at_one_checkpoint_and_a_dead_one_delays_nobody(tmp_path):
    grow(3)
    with witness_running(tmp_path / "a") as one, witness_running(tmp_path / "b") as two:
        for state, address in (one, two):
            enlist(state, address)
        with witness_running(tmp_path / "c") as (dead, gone):
            enlist(dead, gone)
        services.set_witness_policy(least=2, by=BY, at=NOW)
        size = grow(2)
        ask_all()
        assert {each.witness for each in queries.cosignatures_of(sizes=[size])[size]} == {"a.example", "b.example"}
        assert Checkpoint.objects.get(size=size).cosigned_at is not None
        broken = Witness.objects.get(name="c.example")
        assert broken.tries == 1 and "Connection refused" in broken.trouble and broken.next_try_at is not None
        services.set_witness_policy(least=3, by=BY, at=NOW)
        size = grow(2)
        ask_all()
        assert Checkpoint.objects.get(size=size).cosigned_at is None
        assert queries.witness_figures().waiting_since is not None
        assert queries.published_checkpoint().size < size == queries.published_checkpoint(above=size - 1).size


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"old x\n\n", 400), (b"x" * 200_000, 413)],
)
def test_the_witness_answers_nonsense_with_its_status(tmp_path, body, status):
    with witness_running(tmp_path / "w") as (_state, address):
        assert post(address, body)[0] == status
        for path in ("/nothing", "/evidence/1/held", f"/{'0' * 64}/checkpoint", "/../key", "/key"):
            assert fetch(address + path)[0] == 404


def test_the_witness_answers_each_fault_as_the_specification_says(tmp_path):
    grow(5)
    with witness_running(tmp_path / "w", trusting=False) as (state, address):
        assert post(address, our_request(5).body())[0] == 404
        state.trust(ledger_signers()[0].verifier().vkey())
        unsigned = our_request(5).note.replace(ledger_signers()[0].name, "x.example", 1)
        assert post(address, tlog.AddCheckpoint(0, (), unsigned).body())[0] == 404
        stranger = tlog.new_signer(ledger_signers()[0].name)
        text = tlog.parse_note(our_request(5).note).text
        assert post(address, tlog.AddCheckpoint(0, (), tlog.sign_note(text, stranger)).body())[0] == 403
        assert post(address, tlog.AddCheckpoint(6, (), our_request(5).note).body())[0] == 400
        first = post(address, our_request(5).body())
        assert first[0] == 200 and len(tlog.parse_signatures(first[2])) == 2
        grow(4)
        stale = post(address, our_request(9).body())
        assert stale == (409, "text/x.tlog.size", "5\n")
        wrong = tlog.AddCheckpoint(5, our_request(9, 5).proof[::-1], our_request(9).note)
        assert post(address, wrong.body())[0] == 422
        assert post(address, our_request(9, 5).body())[0] == 200
        assert post(address, our_request(9, 9).body())[0] == 200
        assert post(address, our_request(5).body())[:1] == (409,)
        assert state.distrust(ledger_signers()[0].name)
        assert post(address, our_request(9, 9).body())[0] == 404


def test_an_open_connection_serves_many_requests_and_heads_have_no_body(tmp_path):
    grow(5)
    with witness_running(tmp_path / "w") as (_state, address):
        line = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
        for old in (0, 5, 5):
            line.request("POST", "/add-checkpoint", our_request(5, old).body())
            answer = line.getresponse()
            assert answer.status == 200 and answer.read().startswith("— w.example ".encode())
        line.request("HEAD", "/vkey")
        answer = line.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        line.close()


def test_of_requests_at_once_none_rolls_another_back(tmp_path):
    for _ in range(12):
        grow(3)
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    with witness_running(tmp_path / "w") as (state, address):
        bodies = [our_request(size, old).body() for old in (0, *sizes) for size in sizes if size >= old]
        answers: list[tuple[int, int]] = []

        def send(part: list[bytes]) -> None:
            for body in part:
                status = post(address, body)[0]
                if status == 200:
                    answers.append((status, state.held()[0].size))

        threads = [threading.Thread(target=send, args=(bodies[at::4],)) for at in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        seen = [size for _, size in answers]
        assert seen and state.held()[0].size == max(seen)
        assert not state.evidence()


def test_a_witness_killed_between_keeping_and_answering_forgets_nothing(tmp_path):
    size = grow(6)
    state = WitnessState(tmp_path / "w", name="w.example")
    for each in ledger_signers():
        state.trust(each.verifier().vkey())
    keys = keys_of(state)
    state.close()
    child = start_process(str(HERE / "dying_witness.py"), str(tmp_path / "w"), "0")
    port = int(child.stdout.readline())
    services.add_witness(body="b", keys=keys, address=f"http://127.0.0.1:{port}", by=BY, at=NOW)
    settled = ask_all()
    assert child.wait(timeout=20) == -9 and not settled[0].cosigned
    child.stdout.close()
    assert Witness.objects.get().size == 0 and not Cosignature.objects.exists()
    again = WitnessState(tmp_path / "w")
    assert again.held()[0].size == size
    server = WitnessServer(("127.0.0.1", port), again)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        Witness.objects.update(next_try_at=None)
        assert [each.cosigned for each in ask_all(rounds=3)] == [False, True]
        assert Witness.objects.get().size == size == Cosignature.objects.get().size
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        again.close()


def test_a_witness_that_cannot_write_does_not_sign(tmp_path):
    grow(3)
    with witness_running(tmp_path / "w") as (state, address):
        other = sqlite3.connect(state.folder / "state.sqlite3", isolation_level=None)
        state._database.execute("PRAGMA busy_timeout=50")
        other.execute("BEGIN EXCLUSIVE")
        assert post(address, our_request(3).body())[0] == 503
        other.execute("ROLLBACK")
        other.close()
        assert not state.note_of(tlog.origin_hash(ledger_signers()[0].name))
        assert post(address, our_request(3).body())[0] == 200


def test_a_rolled_back_ledger_is_caught(tmp_path):
    grow(5)
    with witness_running(tmp_path / "w") as (state, address):
        enlist(state, address)
        size = grow(1)
        ask_all()
        kept = dict(Witness.objects.values("id", "size", "cosigned_size").get())
        longer = grow(40)
        ask_all()
        assert state.held()[0].size == longer
        roll_back(size + 1, kept)
        settled = ask_all(rounds=2)
        conflict = WitnessConflict.objects.get()
        assert settled[-1].found == ("rollback", conflict.pk)
        keys = [each.verifier() for each in ledger_signers()]
        assert tlog.open_checkpoint(conflict.held, *keys).size == longer
        assert tlog.open_checkpoint(conflict.ours, *keys).size < longer
        assert [each["kind"] for each in entries_told("witness.conflict-found")] == ["rollback"]
        assert state.held()[0].size == longer and not state.evidence()
        Witness.objects.update(next_try_at=None)
        assert all(each.found is None for each in ask_all()) and WitnessConflict.objects.count() == 1


def roll_back(size: int, kept: dict[str, int]) -> None:
    """The database as it was some entries ago, one more entry being written since."""
    rest = list(Entry.objects.filter(index__gte=size - 1).order_by("index").values_list("pk", flat=True))
    Entry.objects.filter(pk__in=rest).delete()
    Checkpoint.objects.filter(size__gte=size).delete()
    leaves = [
        tlog.leaf_hash(bytes(each)) for each in Entry.objects.order_by("index").values_list("commitment", flat=True)
    ]
    Tile.objects.all().delete()
    for each in tlog.append_leaves(size=0, leaves=leaves, read=queries.read_tile):
        Tile.objects.create(level=each.level, index=each.index, hashes=each.hashes)
    Cosignature.objects.filter(size__gte=size).delete()
    Witness.objects.filter(pk=kept["id"]).update(size=kept["size"], cosigned_size=kept["cosigned_size"])
    grow(1, "after")


def test_a_split_view_is_caught_by_the_witness_and_by_the_reader(tmp_path):
    """The archive shows its witness one tree and a reader another, both signed with its key."""
    grow(5)
    with witness_running(tmp_path / "w") as (state, address):
        enlist(state, address)
        services.set_witness_policy(least=1, by=BY, at=NOW)
        size = grow(6)
        ask_all()
        (tmp_path / "policy").write_text(queries.policy_text(), encoding="utf-8")
        honest = queries.proof_bundle(entry_ids=[Entry.objects.get(index=3).pk])
        resign_from(9, "forged")
        forged = dict(queries.proof_bundle(entry_ids=[Entry.objects.get(index=size - 1).pk]))
        newest = queries.latest_checkpoint()
        assert newest.size >= size
        settled = ask_all(rounds=3)
        assert not any(each.cosigned for each in settled) and settled[-1].found is not None
        conflict = WitnessConflict.objects.get()
        assert conflict.kind == "fork"
        keys = [each.verifier() for each in ledger_signers()]
        held, ours = (tlog.open_checkpoint(each, *keys) for each in (conflict.held, conflict.ours))
        assert held.size == size and ours.size >= held.size
        assert state.evidence()[0].shown == conflict.ours
        page = fetch(address)[2]
        assert "未能证明延续" in page or "自相矛盾" in page
        assert "<script" not in page
    good = run_script(tmp_path, honest, "--policy", str(tmp_path / "policy"))
    assert good.returncode == 0 and "the witness policy is met" in good.stdout, good.stdout
    bad = run_script(tmp_path, forged, "--policy", str(tmp_path / "policy"))
    assert bad.returncode == 1 and "lacks cosignatures" in bad.stdout, bad.stdout


def test_two_roots_of_one_size_are_proof_by_themselves(tmp_path):
    size = grow(5)
    with witness_running(tmp_path / "w") as (state, address):
        assert post(address, our_request(size).body())[0] == 200
        name = ledger_signers()[0].name
        forged = tlog.sign_checkpoint(tlog.Checkpoint(name, size, bytes(32)), *ledger_signers())
        assert post(address, tlog.AddCheckpoint(size, (), forged).body())[0] == 422
        assert post(address, tlog.AddCheckpoint(0, (), forged).body())[0] == 409
        found = state.evidence()
        assert [(each.kind, each.shown) for each in found] == [("fork", forged)]
        page = fetch(address)[2]
        assert "自相矛盾" in page and "contradict themselves" in page
        for side, size_there in (("held", size), ("shown", size)):
            text = fetch(f"{address}/evidence/{found[0].id}/{side}")[2]
            assert tlog.open_checkpoint(text, *(each.verifier() for each in ledger_signers())).size == size_there


def test_a_stranger_who_replays_a_checkpoint_with_a_wrong_proof_accuses_nobody_for_long(tmp_path):
    grow(5)
    with witness_running(tmp_path / "w") as (state, address):
        enlist(state, address)
        ask_all()
        kept = Witness.objects.get().size
        size = grow(4)
        wrong = tlog.AddCheckpoint(kept, (bytes(32),), Checkpoint.objects.get(size=size).note)
        assert post(address, wrong.body())[0] == 422
        assert [each.kind for each in state.evidence()] == ["unproven"]
        server_time = state.held()[0].time
        assert "自相矛盾" not in fetch(address)[2]
        state._database.execute("UPDATE evidence SET time = ?", (server_time - 5,))
        ask_all()
        assert "只增不改" in fetch(address)[2] and not WitnessConflict.objects.exists()


def test_a_forged_entry_is_found_by_recomputing_the_ledger(tmp_path):
    grow(5)
    Entry.objects.filter(index=2).update(subject="r:7")
    found = queries.verify_ledger().found
    assert found is not None and (found.code, found.index) == ("entry.columns", 2)


def test_a_conflict_ends_when_the_witness_cosigns_again(tmp_path):
    grow(5)
    with witness_running(tmp_path / "w") as (state, address):
        pk = enlist(state, address)
        ask_all()
        row = WitnessConflict.objects.create(
            witness_id=pk, kind="rollback", ours="x", held="y", answer="409 9", found_at=NOW
        )
        grow(1)
        settled = ask_all()
        assert settled[0].mended == (row.pk,)
        row.refresh_from_db()
        assert row.settled_at is not None
        assert entries_told("witness.conflict-settled")[0]["witness"] == state.name
        assert queries.recent_conflicts()[0].settled_at is not None


@pytest.mark.parametrize(
    ("exchange", "trouble"),
    [
        (Exchange(error="TimeoutError: timed out"), "TimeoutError: timed out"),
        (
            Exchange(404, "text/plain", b"this witness does not know the log\n"),
            "404 this witness does not know the log",
        ),
        (Exchange(403, "text/plain", b"no\n"), "403 no"),
        (Exchange(409, "text/x.tlog.size", b"99\n"), "409 99"),
        (Exchange(429, "text/plain", b""), "429 "),
        (Exchange(200, "text/plain", b"<html>"), "200 not signature lines"),
        (Exchange(422, "text/plain", b"bad\n", held="noise"), "422 bad"),
    ],
)
def test_what_a_witness_cannot_do_is_said_exactly_and_tried_later(tmp_path, exchange, trouble):
    grow(5)
    with witness_running(tmp_path / "w") as (state, address):
        enlist(state, address)
    pauses = []
    for _ in range(12):
        witness = queries.list_witnesses()[0]
        settled = services.settle_answer(
            witness=witness, checkpoint=queries.latest_checkpoint(), exchange=exchange, now=NOW
        )
        row = Witness.objects.get()
        assert not settled.cosigned and row.trouble == trouble
        pauses.append((row.next_try_at - NOW).total_seconds())
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert not WitnessConflict.objects.exists()


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://witness.example/w1", True),
        ("https://[2001:db8::1]:8443/", True),
        ("http://127.0.0.1:8700", True),
        ("http://localhost:8700/w", True),
        ("http://[::1]:8700", True),
        ("http://10.0.0.1", False),
        ("http://witness.example", False),
        ("http://169.254.169.254/latest", False),
        ("http://127.0.0.1.example", False),
        ("http://localhost@10.0.0.1/", False),
        ("https://user:secret@witness.example", False),
        ("https://witness.example/?a=b", False),
        ("https://witness.example:port", False),
        ("file:///etc/passwd", False),
        ("ftp://127.0.0.1", False),
        ("//127.0.0.1", False),
        ("https://", False),
        ("", False),
    ],
)
def test_only_https_and_this_machine_are_called(address, allowed):
    assert address_allowed(address=address) is allowed


def test_an_address_that_came_into_the_table_otherwise_is_not_called(tmp_path):
    grow(2)
    with witness_running(tmp_path / "w") as (state, address):
        pk = enlist(state, address)
        Witness.objects.filter(pk=pk).update(address="http://10.255.255.1:9")
        ask_all()
    assert Witness.objects.get().trouble == "the address is neither https nor this machine"


def test_what_is_no_witness_cannot_be_added(tmp_path):
    good = tlog.new_signer("w.example", kind=tlog.COSIGNATURE_V1).verifier().vkey()
    other = tlog.new_signer("v.example", kind=tlog.ML_DSA_44).verifier().vkey()
    for keys in ("", "x", ledger_signers()[0].verifier().vkey(), f"{good}\n{other}", f"{good}\n{good}"):
        with pytest.raises(tlog.NoteError):
            services.add_witness(body="b", keys=keys, address="https://w.example", by=BY, at=NOW)
    with pytest.raises(services.AddressNotAllowed):
        services.add_witness(body="b", keys=good, address="http://w.example", by=BY, at=NOW)
    assert not Witness.objects.exists() and not Entry.objects.exists()
    services.add_witness(body="b", keys=good, address="https://w.example/", by=BY, at=NOW)
    with pytest.raises(services.WitnessKnown):
        services.add_witness(body="c", keys=good, address="https://v.example", by=BY, at=NOW)
    assert Entry.objects.count() == 1


def test_a_witness_retired_lowers_what_is_asked_for(tmp_path):
    for name in ("a.example", "b.example"):
        key = tlog.new_signer(name, kind=tlog.COSIGNATURE_V1).verifier().vkey()
        services.add_witness(body=name, keys=key, address=f"https://{name}", by=BY, at=NOW)
    with pytest.raises(services.PolicyTooStrict):
        services.set_witness_policy(least=3, by=BY, at=NOW)
    services.set_witness_policy(least=2, by=BY, at=NOW)
    first = Witness.objects.get(name="a.example")
    services.retire_witness(witness_id=first.pk, by=BY, at=NOW)
    services.retire_witness(witness_id=first.pk, by=BY, at=NOW)
    assert queries.witnesses_asked_for() == 1 and [each.name for each in queries.list_witnesses()] == ["b.example"]
    assert len(entries_told("witness.retired")) == 1 and len(entries_told("witness.policy-set")) == 2


def test_old_cosignatures_are_thinned_to_one_a_day(tmp_path):
    key = tlog.new_signer("a.example", kind=tlog.COSIGNATURE_V1).verifier().vkey()
    pk = services.add_witness(body="a", keys=key, address="https://a.example", by=BY, at=NOW)
    for hour in range(72):
        at = NOW - timedelta(hours=72 - hour)
        Cosignature.objects.create(witness_id=pk, size=hour + 1, lines="x", time=at, at=at)
    with transaction.atomic():
        services.forget_old_cosignatures(now=NOW)
    left = list(Cosignature.objects.order_by("size").values_list("size", flat=True))
    assert left[-24:] == list(range(49, 73)) and len(left) in (27, 26)
    assert services.forget_old_cosignatures(now=NOW) == 0


def test_the_bundle_carries_cosignatures_and_the_script_judges_them(tmp_path):
    grow(5)
    with witness_running(tmp_path / "w") as (state, address):
        enlist(state, address)
        services.set_witness_policy(least=1, by=BY, at=NOW)
        grow(2)
        ask_all()
        bundle = queries.proof_bundle(entry_ids=[Entry.objects.get(index=1).pk])
    done = run_script(tmp_path, bundle, "--vkey", queries.ledger_vkey())
    assert done.returncode == 0, done.stdout
    assert f"cosigned by a witness: {state.name}（邻县档案馆）" in done.stdout
    assert "ML-DSA-44 signature is not judged" in done.stdout and "the witness policy is met" in done.stdout
    plain = run_script(tmp_path, bundle)
    assert "SM2" in plain.stdout and plain.returncode == 0
    lines = bundle["checkpoint"].split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith(f"— {state.name} ") and len(line) < 200)
    mark, name, encoded = lines[at].split(" ")
    broken = [
        *lines[:at],
        f"{mark} {name} {encoded[:40]}{'A' if encoded[40] != 'A' else 'B'}{encoded[41:]}",
        *lines[at + 1 :],
    ]
    forged = run_script(tmp_path, {**bundle, "checkpoint": "\n".join(broken)})
    assert forged.returncode == 1 and "cosignature of a witness is wrong" in forged.stdout
    without = [*lines[:at], *lines[at + 1 :]]
    missing = run_script(tmp_path, {**bundle, "checkpoint": "\n".join(without)})
    assert missing.returncode == 0 and "the witness policy is not met" in missing.stdout
    (tmp_path / "policy").write_text("nonsense\n", encoding="utf-8")
    assert run_script(tmp_path, bundle, "--policy", str(tmp_path / "policy")).returncode == 2
    assert run_script(tmp_path, bundle, "--policy", str(tmp_path / "nowhere")).returncode == 2
    assert run_script(tmp_path, {**bundle, "policy": 7}).returncode == 2


def test_a_wrong_sm2_line_is_seen_by_the_script(tmp_path):
    grow(5)
    bundle = queries.proof_bundle(entry_ids=[Entry.objects.get(index=1).pk])
    signatures = tlog.parse_note(bundle["checkpoint"]).signatures
    if len(signatures) < 2:
        pytest.skip("this system cannot compute SM2")
    wrong = tlog.Signature(signatures[1].name, signatures[1].key_id, signatures[1].signature[:-1] + b"\x01")
    text = tlog.parse_note(bundle["checkpoint"]).text
    done = run_script(tmp_path, {**bundle, "checkpoint": f"{text}\n{signatures[0].line()}{wrong.line()}"})
    assert done.returncode == 1 and "the checkpoint's signature is wrong" in done.stdout


def test_a_witness_needs_nothing_but_its_folder(tmp_path):
    folder = tmp_path / "fresh"
    child = start_process(
        "-m", "lantai", "witness", "run", str(folder), "--name", "n.example", "--address", "127.0.0.1:0"
    )
    told = [child.stdout.readline() for _ in range(3)]
    child.terminate()
    assert child.wait(timeout=20) == 0
    child.stdout.close()
    assert "n.example" in told[0] and all(tlog.parse_vkey(each).name == "n.example" for each in told[1:])
    assert (folder / "key").stat().st_mode & 0o77 == 0
    with pytest.raises(tlog.NoteError, match="belongs to"):
        WitnessState(folder, name="other.example")
    shutil.rmtree(folder)


def test_the_command_line_says_what_a_witness_holds(tmp_path):
    size = grow(4)
    folder = str(tmp_path / "w")

    def lantai(*words: str) -> tuple[int, str]:
        child = start_process("-m", "lantai", "witness", *words)
        told = child.stdout.read()
        child.stdout.close()
        return child.wait(timeout=30), told

    assert lantai("trust", folder, queries.ledger_vkey())[0] == 0
    assert lantai("trust", folder, "nonsense")[0] == 2
    state = WitnessState(tmp_path / "w")
    state.cosign(our_request(size).body(), time=1_700_000_000)
    code, told = lantai("show", folder, "--json")
    assert code == 0 and json.loads(told)["logs"] == [
        {"origin": ledger_signers()[0].name, "size": size, "time": 1_700_000_000}
    ]
    forged = tlog.sign_checkpoint(tlog.Checkpoint(ledger_signers()[0].name, size, bytes(32)), *ledger_signers())
    with pytest.raises(tlog.CheckpointRefused):
        state.cosign(tlog.AddCheckpoint(size, (), forged).body(), time=int(datetime.now(UTC).timestamp()))
    state.close()
    code, told = lantai("show", folder)
    assert code == 1 and forged in told
    assert lantai("distrust", folder, ledger_signers()[0].name)[0] == 0
    assert lantai("distrust", folder, "x.example")[0] == 1
