"""How near do big files come to what the machine can do at best?

A file of 200 MB is read once, gets its three digests (SHA-512, SHA-256, SM3) and is written durably into an OCFL
object. The limit is taken in the same run from the same bytes: the slower of "each digest on its own thread, all at
the same time" and "writing the bytes and syncing them, nothing else". share_of_limit is limit over ours, the median of
the rounds; linked_share_of_limit is the same for a source that gets a second name instead of a copy.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from report import ROOT, Bar, arguments, clock, finish, peak_mib, say, workplace

sys.path.insert(0, str(ROOT / "src"))

from lantai.archival import ocfl
from lantai.archival.fixity import ALGORITHMS, digester

CHUNK = 1 << 20


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    size, rounds = (200_000_000, 3) if chosen.quick else (200_000_000, 9)
    with workplace(chosen.folder) as folder:
        figures = measure(folder, size, rounds)
    return finish(
        question="How near do big files come to what the machine can do at best?",
        figures=figures,
        bars=[Bar("share_of_limit", 0.8)],
    )


def measure(folder: Path, size: int, rounds: int) -> dict[str, float]:
    """Rounds of limit and ours in turn, each on a file of its own."""
    root = ocfl.StorageRoot(folder / "storage")
    ocfl.create_root(root, archive="bench")
    seeded = random.Random(20260701)
    block = seeded.randbytes(size)
    limits, ours, linked, writes, digests, used = [], [], [], [], [], []
    for number in range(rounds):
        data = number.to_bytes(8, "big") + block[8:]
        source = folder / f"source-{number}"
        source.write_bytes(data)
        os.sync()
        digesting = timed(lambda data=data: digest_each_on_its_thread(data))
        writing = timed(lambda data=data: write_and_sync(folder / "written", data))
        (folder / "written").unlink()
        del data
        with clock() as copying:
            ocfl.write_objects(root, [box(f"urn:bench:copy:{number}", source, link=False)])
        linking = timed(lambda source=source, number=number: keep_linked(root, source, number))
        limit = max(digesting, writing)
        say(
            f"round {number}: digests {digesting:.2f} s, writing {writing:.2f} s; ours {copying.wall:.2f} s "
            f"({copying.cpu:.2f} s CPU), linked {linking:.2f} s"
        )
        limits.append(limit / copying.wall)
        linked.append(digesting / linking)
        ours.append(copying.wall)
        used.append(copying.cpu)
        writes.append(writing)
        digests.append(digesting)
        for kind in ("copy", "link"):
            ocfl.remove_object(root, f"urn:bench:{kind}:{number}")
        source.unlink()
    return {
        "share_of_limit": statistics.median(limits),
        "linked_share_of_limit": statistics.median(linked),
        "mb_per_s": size / 1e6 / statistics.median(ours),
        "cpu_s_a_file": statistics.median(used),
        "digests_mb_per_s": size / 1e6 / statistics.median(digests),
        "writing_mb_per_s": size / 1e6 / statistics.median(writes),
        "files": rounds,
        "bytes_a_file": size,
        "peak_mib_with_test_data": peak_mib(),
    }


def keep_linked(root: ocfl.StorageRoot, source: Path, number: int) -> None:
    """Keep the source under a second name, digesting it on the way."""
    ocfl.write_objects(root, [box(f"urn:bench:link:{number}", source, link=True)])


def box(object_id: str, source: Path, *, link: bool) -> ocfl.NewObject:
    """One big record in an object of its own, all three digests owed."""
    content = ocfl.Content("package.zip", source, owed=ALGORITHMS, link=link)
    return ocfl.NewObject(object_id, (content,), datetime.now(UTC), "bench", "bench")


def digest_each_on_its_thread(data: bytes) -> None:
    """Every owed digest over bytes in memory, each on a thread of its own, all at the same time."""

    def run(algorithm: str) -> None:
        digest = digester(algorithm)
        for at in range(0, len(data), CHUNK):
            digest.update(data[at : at + CHUNK])
        digest.hexdigest()

    threads = [threading.Thread(target=run, args=(each,)) for each in ALGORITHMS]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def write_and_sync(path: Path, data: bytes) -> None:
    """The bytes written and synced, nothing else."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest[:CHUNK]) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def timed(action: Callable[[], object]) -> float:
    """Seconds on the wall."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
