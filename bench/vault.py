"""What does sealing cost a deposit, and how fast is sealed content read by range?

Files of 200 MB are deposited through the door of storage, each once in the clear and once sealed with AES-256-GCM, in
turn, copied, and proven to be what was received as intake does it: in the clear by the declared SHA-512, which is the
digest of what is stored too; sealed by the fingerprint taken at the receipt, because there the SHA-512 is of other
bytes. aes_cost is what sealing adds to the time of the deposit on the wall, aes_cost_cpu to its processor time.
cipher_share is the cipher alone, of the processor time of the deposit in the clear. SM4 is told beside the libraries'
own rates. A range is 4 KiB somewhere in a sealed file, opened anew each time with its key looked up and unwrapped.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha512
from pathlib import Path

from report import Bar, arguments, clock, finish, lantai_home, say

SIZE = 200_000_000
CHUNK = 1 << 20


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    passphrase = Path(tempfile.mkdtemp()) / "passphrase"
    passphrase.write_text("the passphrase of the bench\n")
    os.environ["LANTAI_KEYS_PASSPHRASE"] = str(passphrase)
    with lantai_home(chosen.folder) as home:
        figures = measure(home, 3 if chosen.quick else 9) | ciphers(0.3 if chosen.quick else 2.0)
    passphrase.unlink()
    return finish(
        question="What does sealing cost a deposit, and how fast is sealed content read by range?",
        figures=figures,
        bars=[Bar("aes_cost", 0.25, at_least=False)],
    )


def measure(home: Path, rounds: int) -> dict[str, float]:
    """Deposits in the clear and sealed in turn, then ranges of the last sealed one."""
    from django.utils import timezone

    from lantai.administration.services.people_access import CONSOLE
    from lantai.storage.queries import content_path, new_fingerprint, read_range
    from lantai.storage.services import RuleAsked, create_keys, decide_sealing, deposit_objects, remove_stored_object

    create_keys(by=CONSOLE, now=timezone.now())
    asked = RuleAsked("SEALED", "D30", sealed=True)
    decide_sealing(asked=asked, reason="bench", by=CONSOLE, now=timezone.now())
    block = random.Random(20260701).randbytes(SIZE)
    walls: dict[str, list[float]] = {"PLAIN": [], "SEALED": []}
    cpus: dict[str, list[float]] = {"PLAIN": [], "SEALED": []}
    for number in range(rounds + 1):  # the first warms up
        source = home / f"source-{number}"
        data = number.to_bytes(8, "big") + block[8:]
        source.write_bytes(data)
        declared, mark = {"sha512": sha512(data).hexdigest()}, new_fingerprint()
        mark.update(data)
        fingerprint = mark.hexdigest()
        del data
        for fonds in ("PLAIN", "SEALED") if number % 2 else ("SEALED", "PLAIN"):
            os.sync()
            with clock() as taken:
                deposit_objects(objects=[_box(fonds, number, source, declared, fingerprint)])
            if number:
                walls[fonds].append(taken.wall)
                cpus[fonds].append(taken.cpu)
            if number < rounds or fonds == "PLAIN":
                remove_stored_object(object_id=_name(fonds, number))
        source.unlink()
        if number:
            say(f"round {number}: in the clear {walls['PLAIN'][-1]:.2f} s, sealed {walls['SEALED'][-1]:.2f} s; "
                f"CPU {cpus['PLAIN'][-1]:.2f} and {cpus['SEALED'][-1]:.2f} s")  # fmt: skip
    last = _name("SEALED", rounds)
    offsets = [random.Random(7).randrange(SIZE - 4096) for _ in range(300)]
    sealed = _each(lambda at: read_range(object_id=last, path="R1/package.zip", offset=at, length=4096), offsets)
    sealed_file = content_path(object_id=last, path="R1/package.zip")

    def plainly(at: int) -> bytes:
        with sealed_file.open("rb") as stream:
            return os.pread(stream.fileno(), CHUNK, at)

    wall = statistics.median(walls["PLAIN"])
    return {
        "aes_cost": statistics.median(walls["SEALED"]) / wall - 1,
        "aes_cost_cpu": statistics.median(cpus["SEALED"]) / statistics.median(cpus["PLAIN"]) - 1,
        "cipher_share": _aes_seconds(block) / statistics.median(cpus["PLAIN"]),
        "plain_mb_per_s": SIZE / 1e6 / wall,
        "sealed_mb_per_s": SIZE / 1e6 / statistics.median(walls["SEALED"]),
        "range_ms": 1000 * sealed,
        "chunk_read_ms": 1000 * _each(plainly, offsets),
    }


def ciphers(seconds: float) -> dict[str, float]:
    """MB a second of processor time: ours in chunks, and each library with the same buffers."""
    from lantai.archival.vault import chunk_cipher
    from lantai.archival.vault.ciphers import PlainSm4
    from lantai.archival.vault.gcrypt import GcryptSm4, load_gcrypt

    data, nonce, bound = os.urandom(CHUNK), bytes(12), bytes(32)
    library = load_gcrypt()
    rates = {
        "aes_mb_per_s": chunk_cipher("AES-256-GCM", bytes(32)),
        "sm4_mb_per_s": chunk_cipher("SM4-GCM", bytes(16)),
        "sm4_cryptography_mb_per_s": PlainSm4(bytes(16)),
        "sm4_libgcrypt_mb_per_s": GcryptSm4(library, bytes(16)) if library else None,
    }
    figures = {}
    for name, cipher in rates.items():
        begun, done = time.process_time(), 0
        while cipher is not None and time.process_time() - begun < seconds:
            cipher.seal(nonce, data, bound)
            done += 1
        figures[name] = done * CHUNK / 1e6 / max(time.process_time() - begun, 1e-9)
    return figures


def _aes_seconds(block: bytes) -> float:
    from lantai.archival.vault import chunk_cipher

    cipher = chunk_cipher("AES-256-GCM", bytes(32))
    begun = time.process_time()
    for at in range(0, len(block), CHUNK):
        cipher.seal(at.to_bytes(12, "big"), block[at : at + CHUNK], bytes(32))
    return time.process_time() - begun


def _name(fonds: str, number: int) -> str:
    return f"urn:lantai:box:{fonds}:D30:2056:{number}"


def _box(fonds: str, number: int, source: Path, declared: dict[str, str], fingerprint: str):  # type: ignore[no-untyped-def]
    from lantai.storage.services import Content, NewObject

    content = Content("R1/package.zip", source, declared, fingerprint=fingerprint)
    return NewObject(_name(fonds, number), (content,), datetime(2026, 7, 1, tzinfo=UTC), "bench", "bench")


def _each(read: Callable[[int], bytes], offsets: list[int]) -> float:
    """Median seconds of one reading."""
    taken = []
    for at in offsets:
        begun = time.perf_counter()
        read(at)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
