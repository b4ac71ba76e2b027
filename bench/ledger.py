"""How fast is the ledger: appending to the tree, proving at a million leaves, keeping and sequencing events?

Tiles are stored in the database as the sequencer stores them. Rates named _cpu are per second of processor time of
one core, for machines that have other work; the bars are on those for the tree and on the wall for proofs.
"""

from __future__ import annotations

import random
import statistics
import sys
import time

from report import Bar, arguments, clock, finish, lantai_home, say

BATCH = 10_000


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    events, leaves, proofs = (20_000, 200_000, 500) if chosen.quick else (100_000, 1_000_000, 2_000)
    with lantai_home(chosen.folder):
        figures = measure_events(events) | measure_tree(leaves, proofs)
    bars = [Bar("tile_leaves_per_s", 100_000), Bar("proof_ms", 2.0, at_least=False)]
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
