"""Witnesses for tests: the real service, on a free port of this machine, in a thread or in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction

from lantai.archival import tlog
from lantai.ledger import queries, services
from lantai.ledger.signing import ledger_signers
from lantai.site.witness.serving import WitnessServer
from lantai.site.witness.state import WitnessState

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
BY = services.DecidedBy("person:1", "system", "192.0.2.7")


@contextmanager
def witness_running(folder: Path, *, name: str = "", trusting: bool = True) -> Iterator[tuple[WitnessState, str]]:
    """A witness that trusts our ledger, and its address."""
    state = WitnessState(folder, name=name or f"{folder.name}.example")
    if trusting:
        for each in ledger_signers():
            state.trust(each.verifier().vkey())
    server = WitnessServer(("127.0.0.1", 0), state)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        state.close()


def keys_of(state: WitnessState) -> str:
    return "\n".join(each.verifier().vkey() for each in state.signers)


def enlist(state: WitnessState, address: str) -> int:
    return services.add_witness(body="邻县档案馆", keys=keys_of(state), address=address, by=BY, at=NOW)


def grow(count: int, word: str = "r") -> int:
    """Append and sequence entries; returns the ledger's size."""
    with transaction.atomic():
        services.append_entries(
            entries=[services.NewEntry("a.b", f"{word}:{number}", "person:1", NOW) for number in range(count)]
        )
    services.sequence_entries()
    newest = queries.latest_checkpoint()
    assert newest is not None
    return newest.size


def ask_all(*, rounds: int = 1, seconds: float = 10.0) -> list[services.Settled]:
    """Let the cosigner work until it has nothing more to ask at this moment."""
    cosigner, settled = services.Cosigner(), []
    end = time.monotonic() + seconds
    quiet = 0
    while quiet < 2 * rounds and time.monotonic() < end:
        settled += cosigner.step(now=datetime.now(UTC))
        quiet = 0 if cosigner.busy else quiet + 1
        time.sleep(0.01)
    cosigner.close()
    return settled


def fetch(address: str) -> tuple[int, str, str]:
    """Status, content type and text of an address, whatever the status."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def post(address: str, body: bytes) -> tuple[int, str, str]:
    """The same for a request to add-checkpoint."""
    request = urllib.request.Request(f"{address}/add-checkpoint", data=body, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def start_process(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)


def our_request(size: int, old: int = 0) -> tlog.AddCheckpoint:
    """What our ledger would post of its checkpoint of that size."""
    from lantai.ledger.models import Checkpoint

    note = Checkpoint.objects.get(size=size).note
    proof = tlog.consistency_proof(old_size=old, size=size, read=queries.read_tile)
    return tlog.AddCheckpoint(old, tuple(proof), note)


def entries_told(kind: str) -> list[dict[str, object]]:
    from lantai.ledger.models import Entry

    return [json.loads(each)["detail"] for each in Entry.objects.filter(kind=kind).values_list("text", flat=True)]
