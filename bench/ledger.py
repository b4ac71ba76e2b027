"""How fast is the ledger: appending to the tree, proving at a million leaves, keeping and sequencing events, having
checkpoints cosigned while entries come, and recomputing all of it?

Tiles are stored in the database as the sequencer stores them. Rates named _cpu are per second of processor time of
one core, for machines that have other work; the bars are on those for the tree and on the wall for proofs.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

from report import Bar, arguments, clock, finish, lantai_home, say

BATCH = 10_000
LAY = """INSERT INTO ledger_entry
("index", subject, at, text, salt, commitment, kind, actor, role, address, result)
VALUES (%s, %s, %s, %s, %s, %s, 'bench.event', 'bench', '', '', '')"""


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    events, leaves, proofs = (20_000, 200_000, 500) if chosen.quick else (100_000, 1_000_000, 2_000)
    seconds, whole = (8, 50_000) if chosen.quick else (30, 10_000_000)
    with lantai_home(chosen.folder) as home:
        figures = measure_events(events) | measure_tree(leaves, proofs)
        figures |= measure_cosigning(home, seconds) | measure_verification(whole)
    bars = [
        Bar("tile_leaves_per_s", 100_000),
        Bar("proof_ms", 2.0, at_least=False),
        Bar("cosigned_s", 2.0, at_least=False),
    ]
    return finish(question="How fast is the ledger?", figures=figures, bars=bars)


def measure_events(count: int) -> dict[str, float]:
    """Append *count* events in transactions of 50, sequence them as they come, prove and verify them."""
    from django.db import transaction
    from django.utils import timezone

    from lantai.ledger import queries, services

    now = timezone.now()
    detail = {
        "before": None,
        "after": {"title": "云岭县民政局关于结婚登记的审查处理表", "box": "urn:lantai:box:2026-07-01-0001-Y30"},
        "files": [{"path": f"材料/{number}.pdf", "sha512": "0" * 128} for number in range(4)],
    }
    with clock() as appending:
        for start in range(0, count, 50):
            with transaction.atomic():
                services.append_entries(
                    entries=[
                        services.NewEntry("record.accessioned", f"record:{number}", "person:1", now, detail)
                        for number in range(start, start + 50)
                    ]
                )
    with clock() as sequencing:
        while services.sequence_entries(limit=BATCH):
            pass
    say(f"{count:,} events of 4 files: append {appending.cpu / count * 1000:.3f} ms CPU each in transactions of 50")
    with clock() as proving:
        bundle = queries.proof_bundle(
            entry_ids=[each.id for each in queries.entries_after(position=count // 2, limit=50)]
        )
    with clock() as verifying:
        progress = queries.verify_ledger()
    if progress.found or progress.size != count or len(bundle["entries"]) != 50:
        raise SystemExit(f"the ledger is not whole: {progress.found}")
    return {
        "rows": count,
        "events_per_s": count / (appending.wall + sequencing.wall),
        "events_per_s_cpu": count / (appending.cpu + sequencing.cpu),
        "append_ms_cpu": appending.cpu / count * 1000,
        "sequenced_per_s": count / sequencing.wall,
        "bundle_of_50_ms": proving.wall * 1000,
        "verified_per_s": count / verifying.wall,
    }


def clear() -> None:
    """An empty ledger again."""
    from lantai.ledger.models import Checkpoint, Cosignature, Cursor, Entry, Tile, Witness, WitnessPolicy

    for table in (Cosignature, Witness, WitnessPolicy, Checkpoint, Tile, Entry, Cursor):
        table.objects.all().delete()


def measure_cosigning(home: Path, seconds: int) -> dict[str, float]:
    """Append 500 events a second while the steward follows and a witness, a process of its own, cosigns.

    The time runs from an event's commit to the moment its first cosigned checkpoint is kept.
    """
    from django.db import transaction
    from django.utils import timezone

    from lantai.ledger import services
    from lantai.ledger.models import Checkpoint, Entry
    from lantai.ledger.queries import ledger_vkey

    clear()
    lantai = [sys.executable, "-m", "lantai"]
    folder = str(home / "witness")
    subprocess.run([*lantai, "witness", "trust", folder, ledger_vkey()], check=True, stdout=subprocess.DEVNULL)
    command = [*lantai, "witness", "run", folder, "--address", "127.0.0.1:0"]
    witness = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    follow = subprocess.Popen([*lantai, "follow"], stderr=subprocess.DEVNULL)
    try:
        lines = [witness.stdout.readline() for _ in range(3)] if witness.stdout else []
        by = services.DecidedBy("bench")
        address = lines[0].rpartition("http://")[2].strip().rstrip("/")
        services.add_witness(
            body="bench", keys="".join(lines[1:]), address=f"http://{address}", by=by, at=timezone.now()
        )
        services.set_witness_policy(least=1, by=by, at=timezone.now())
        _wait(lambda: Checkpoint.objects.filter(cosigned_at__isnull=False).exists(), "no checkpoint was cosigned")
        first, begun = Entry.objects.latest("id").pk, time.monotonic()
        for number in range(seconds * 10):
            with transaction.atomic():
                at = timezone.now()
                services.append_entries(
                    entries=[services.NewEntry("bench.event", f"event:{number}:{n}", "bench", at) for n in range(50)]
                )
            time.sleep(max(0.0, begun + (number + 1) / 10 - time.monotonic()))
        lasted = time.monotonic() - begun
        last = Entry.objects.latest("id").pk
        _wait(lambda: _cosigned_beyond(last), "the last events were not cosigned")
        met = list(
            Checkpoint.objects.filter(cosigned_at__isnull=False).order_by("size").values_list("size", "cosigned_at")
        )
        events = Entry.objects.filter(id__gt=first, id__lte=last).values_list("index", "at")
        taken = sorted((met[bisect_right(met, (index, at))][1] - at).total_seconds() for index, at in events)
    finally:
        for each in (follow, witness):
            each.terminate()
            each.wait(timeout=60)
    say(f"{len(taken):,} events at {len(taken) / lasted:,.0f}/s, {len(met)} cosigned checkpoints")
    return {
        "cosigned_s": taken[int(len(taken) * 0.99)],
        "cosigned_median_s": statistics.median(taken),
        "cosigned_worst_s": taken[-1],
        "cosigned_events_per_s": len(taken) / lasted,
    }


def _cosigned_beyond(entry_id: int) -> bool:
    from lantai.ledger.models import Checkpoint, Entry

    index = Entry.objects.get(pk=entry_id).index
    return index is not None and Checkpoint.objects.filter(size__gt=index, cosigned_at__isnull=False).exists()


def _wait(holds: Callable[[], bool], fault: str) -> None:
    end = time.monotonic() + 60
    while not holds():
        if time.monotonic() > end:
            raise SystemExit(fault)
        time.sleep(0.1)


def measure_verification(count: int) -> dict[str, float]:
    """Recompute a whole ledger of *count* small entries, as ``lantai verify ledger`` does, in pieces of 20,000.

    The entries are laid into the table directly, by one statement and without the indexes that only searching needs:
    written as the archive writes them they would take longer than all that is measured here.
    """
    from django.db import connection, transaction
    from django.utils import timezone

    from lantai.archival import tlog
    from lantai.ledger import queries
    from lantai.ledger.models import Checkpoint, Entry, Tile
    from lantai.ledger.signing import ledger_signers

    clear()
    with connection.schema_editor() as editor:
        for each in Entry._meta.indexes:
            editor.remove_index(Entry, each)
    seeded, now = random.Random(20260701), timezone.now()
    told = now.astimezone(UTC).isoformat(timespec="microseconds")
    head = f'{{"actor":"bench","address":"","at":"{told}","detail":{{}},"kind":"bench.event","result":"","role":"",'
    stored_at, signers = connection.ops.adapt_datetimefield_value(now), ledger_signers()
    begun = time.perf_counter()
    for size in range(0, count, BATCH):
        entries, leaves = [], []
        for index in range(size, size + BATCH):
            text, salt = f'{head}"subject":"event:{index}","v":1}}', seeded.randbytes(32)
            made = tlog.commitment(salt, text.encode())
            leaves.append(tlog.leaf_hash(made))
            entries.append((index, f"event:{index}", stored_at, text, salt, made))
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.executemany(LAY, entries)
            tiles = tlog.append_leaves(size=size, leaves=leaves, read=queries.read_tile)
            Tile.objects.bulk_create(
                [Tile(level=each.level, index=each.index, hashes=each.hashes) for each in tiles],
                update_conflicts=True,
                unique_fields=["level", "index"],
                update_fields=["hashes"],
            )
            root = tlog.root_hash(size=size + BATCH, read=queries.read_tile)
            note = tlog.sign_checkpoint(tlog.Checkpoint(signers[0].name, size + BATCH, root), *signers)
            Checkpoint.objects.create(size=size + BATCH, root=root, note=note, at=now)
    say(f"{count:,} entries laid down in {time.perf_counter() - begun:,.0f} s")
    with clock() as verifying:
        state = queries.LedgerState()
        while True:
            progress = queries.verify_ledger(state=state, limit=20_000)
            state = progress.state
            if progress.done:
                break
    if progress.found or progress.size != count:
        raise SystemExit(f"the ledger is not whole: {progress.found}")
    return {
        "whole_leaves": count,
        "whole_verified_s": verifying.wall,
        "whole_verified_s_cpu": verifying.cpu,
        "whole_verified_per_s": count / verifying.wall,
    }


def measure_tree(count: int, proofs: int) -> dict[str, float]:
    """Append *count* leaves in batches of 10,000 to a tree in the database, then prove random ones."""
    from django.db import transaction

    from lantai.archival import tlog
    from lantai.ledger.models import Tile
    from lantai.ledger.queries import read_tile

    Tile.objects.all().delete()
    seeded = random.Random(20260701)
    appended = stored = 0.0
    started = time.perf_counter()
    for size in range(0, count, BATCH):
        commitments = [seeded.randbytes(32) for _ in range(BATCH)]
        with transaction.atomic():
            with clock() as hashing:
                leaves = [tlog.leaf_hash(each) for each in commitments]
                tiles = tlog.append_leaves(size=size, leaves=leaves, read=read_tile)
            with clock() as storing:
                Tile.objects.bulk_create(
                    [Tile(level=each.level, index=each.index, hashes=each.hashes) for each in tiles],
                    update_conflicts=True,
                    unique_fields=["level", "index"],
                    update_fields=["hashes"],
                )
        appended, stored = appended + hashing.cpu, stored + storing.cpu
    wall = time.perf_counter() - started
    root = tlog.root_hash(size=count, read=read_tile)
    say(f"{count:,} leaves: hashing {appended:.2f} s CPU, storing tiles {stored:.2f} s CPU, all {wall:.2f} s wall")
    taken, used = [], []
    for _ in range(proofs):
        index = seeded.randrange(count)
        begun, begun_cpu = time.perf_counter(), time.process_time()
        path = tlog.inclusion_proof(index=index, size=count, read=read_tile)
        taken.append((time.perf_counter() - begun) * 1000)
        used.append((time.process_time() - begun_cpu) * 1000)
        leaf = read_tile(0, index // 256, index % 256 + 1)[-32:]
        if not tlog.verify_inclusion(leaf=leaf, index=index, size=count, proof=path, root=root):
            raise SystemExit(f"the proof of leaf {index} is wrong")
    with clock() as consistency:
        tlog.consistency_proof(old_size=count // 3, size=count, read=read_tile)
    return {
        "leaves": count,
        "tile_leaves_per_s": count / (appended + stored),
        "tile_leaves_per_s_wall": count / wall,
        "proof_ms": statistics.median(taken),
        "proof_ms_cpu": statistics.mean(used),
        "proof_p95_ms": statistics.quantiles(taken, n=20)[-1],
        "consistency_ms": consistency.wall * 1000,
        "tile_bytes_per_leaf": sum(len(bytes(each)) for each in Tile.objects.values_list("hashes", flat=True)) / count,
    }


if __name__ == "__main__":
    sys.exit(main())
