"""How quick is reading everything again, beside what the machine can do and beside ocfl-py?

large_share: a round over big files (200 MB each, in objects of their own), as megabytes a second, over the lesser of
reading the same bytes from the disk and digesting them in memory (SHA-512), all in one run and each past the page
cache. small_ratio: a root of small boxes (one record of three files, some 53 KB in all), the CPU seconds of ``ocfl-py``
validating the root over ours reading every box again; box_ratio: the same for boxes of seven records of 46 KB, as the
demo county's are on average, where digesting alone is most of the work.
"""

from __future__ import annotations

import io
import logging
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from hashlib import sha512
from pathlib import Path

from report import ROOT, Bar, arguments, clock, finish, say, workplace

sys.path.insert(0, str(ROOT / "src"))

from lantai.archival import ocfl

CHUNK = 1 << 20


def main() -> int:
    """Run both parts."""
    chosen = arguments(__doc__ or "")
    large, size, boxes = (3, 200_000_000, 200) if chosen.quick else (8, 200_000_000, 2000)
    with workplace(chosen.folder) as folder:
        figures = large_files(folder / "large", large, size)
        figures |= small_files(folder / "small", "small", boxes, 1)
        figures |= small_files(folder / "box", "box", boxes // 7, 7)
    return finish(
        question="How quick is reading everything again, beside the machine's limits and ocfl-py?",
        figures=figures,
        bars=[Bar("large_share", 0.85), Bar("small_ratio", 5)],
    )


def large_files(folder: Path, count: int, size: int) -> dict[str, float]:
    """File by file, several times: digest, disk and ours at once one after the other, because machines change their
    speed within seconds; the median of the shares.
    """
    folder.mkdir()
    root = ocfl.StorageRoot(folder / "storage")
    ocfl.create_root(root, archive="bench")
    block, register = random.Random(20261122).randbytes(size), []
    for number in range(count):
        data = number.to_bytes(8, "big") + block[8:]
        register.append(written(root, f"urn:bench:large:{number}", {"package.zip": data}))
    store, shares, rates, disks, digests = ocfl.PosixStore(root), [], [], [], []
    for _round in range(5):
        for number in range(count):
            digest = size / 1e6 / timed(lambda: digest_in_memory(block))
            forget(root, number)
            disk = size / 1e6 / timed(lambda number=number: read_only(root, number))
            forget(root, number)
            ours = size / 1e6 / timed(lambda number=number: read_one_again(store, *register[number]))
            shares.append(ours / min(disk, digest))
            rates.append(ours)
            disks.append(disk)
            digests.append(digest)
    say(f"large: shares {' '.join(f'{each:.2f}' for each in sorted(shares))}")
    return {
        "large_share": statistics.median(shares),
        "large_mb_per_s": statistics.median(rates),
        "disk_mb_per_s": statistics.median(disks),
        "digest_mb_per_s": statistics.median(digests),
    }


def small_files(folder: Path, name: str, boxes: int, records: int) -> dict[str, float]:
    """CPU seconds of ocfl-py validating the root over ours reading every box of it again."""
    import ocfl as ocfl_py

    logging.getLogger().setLevel(logging.CRITICAL)
    folder.mkdir()
    root = ocfl.StorageRoot(folder / "storage")
    ocfl.create_root(root, archive="bench")
    chance, register = random.Random(7), {}
    for number in range(boxes):
        contents = {}
        for each in range(records):
            contents[f"{each:04}/package.zip"] = chance.randbytes(40_000)
            contents[f"{each:04}/description.xml"] = chance.randbytes(6_000)
        if records == 1:
            contents["0000/report.json"] = chance.randbytes(7_000)
        object_id, digest = written(root, f"urn:bench:{name}:{number}", contents)
        register[object_id] = digest
    store, ratios, ours_each = ocfl.PosixStore(root), [], []
    for _round in range(5):
        with clock() as theirs, redirect_stdout(io.StringIO()):
            if not ocfl_py.StorageRoot(root=str(root.path)).validate(validate_objects=True, check_digests=True):
                raise RuntimeError("ocfl-py calls the root invalid")
        with clock() as ours:
            read_again(store, register)
        say(f"{name}: ocfl-py {theirs.cpu:.2f} s, ours {ours.cpu:.2f} s CPU for {boxes} boxes of {records} records")
        ratios.append(theirs.cpu / ours.cpu)
        ours_each.append(ours.cpu / boxes * 1e6)
    return {f"{name}_ratio": statistics.median(ratios), f"{name}_us_cpu": statistics.median(ours_each)}


def written(root: ocfl.StorageRoot, object_id: str, contents: dict[str, bytes]) -> tuple[str, str]:
    """One object; its id and the digest of its inventory, as the register of copies holds them."""
    parts = tuple(ocfl.Content(path, data) for path, data in contents.items())
    ocfl.write_objects(root, [ocfl.NewObject(object_id, parts, datetime.now(UTC), "bench", "bench")])
    return object_id, ocfl.read_inventory(root, object_id).digest


def read_again(store: ocfl.PosixStore, register: dict[str, str]) -> None:
    """What a round of fixity does with every copy."""
    for object_id, digest in register.items():
        read_one_again(store, object_id, digest)


def read_one_again(store: ocfl.PosixStore, object_id: str, digest: str) -> None:
    """What a round of fixity does with one copy, whose inventory must have the *digest* of the register."""
    if problems := ocfl.check_object(store.root, object_id, inventory_digest=digest):
        raise RuntimeError(f"{object_id}: {problems}")


def forget(root: ocfl.StorageRoot, number: int) -> None:
    """Let the system forget what it remembers of a big file."""
    handle = os.open(large_path(root, number), os.O_RDONLY)
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(handle)


def read_only(root: ocfl.StorageRoot, number: int) -> None:
    """A big file from the disk, and nothing done with it."""
    handle = os.open(large_path(root, number), os.O_RDONLY)
    try:
        while os.read(handle, CHUNK):
            pass
    finally:
        os.close(handle)


def large_path(root: ocfl.StorageRoot, number: int) -> str:
    """Where a big file lies."""
    return f"{root.object_path(f'urn:bench:large:{number}')}/v1/content/package.zip"


def digest_in_memory(data: bytes) -> str:
    """SHA-512 of bytes at hand."""
    digest = sha512()
    for at in range(0, len(data), CHUNK):
        digest.update(memoryview(data)[at : at + CHUNK])
    return digest.hexdigest()


def timed(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
