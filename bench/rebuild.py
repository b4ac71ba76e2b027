"""How fast is an empty database filled from storage, and does that stay so as the archive grows?

An archive is made of what intake leaves: the rows of every table, the ledger's entries and the description documents of
20 packages of the sample county, again and again under other keys and numbers; every package has bytes of its own. Then
rows, ledger and objects are put back into an empty SQLite database, every stored byte digested. ``growth`` is the speed
with many records over that with few. Bytes come from the page cache where they fit into it.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from report import ROOT, Bar, arguments, clock, finish, lantai_home, say, workplace

SMALL, LARGE, QUICK_SMALL, QUICK_LARGE = 2_000, 50_000, 500, 2_500
SAMPLES, BOX, BATCH, STEP = 20, 1000, 5000, 100_000
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
PUT_BACK = """
import json, resource, sys, time
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from django.utils import timezone
call_command("migrate", verbosity=0)
from lantai.catalog.models import Record
from lantai.site.rebuilding.leading import rebuild_archive
begun, busy = time.perf_counter(), time.process_time()
done = rebuild_archive(source=Path(sys.argv[1]), check=True, now=timezone.now())
told = [time.perf_counter() - begun, time.process_time() - busy]
assert not done.findings, done.findings[:3]
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([*told, memory, Record.objects.count()]))
"""


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    counts = (QUICK_SMALL, QUICK_LARGE) if chosen.quick else (SMALL, LARGE)
    figures: dict[str, float] = {}
    with lantai_home(chosen.folder) as home:
        sample = Sample()
        grown = Grown(home, sample)
        speeds = []
        for count in counts:
            with clock() as growing:
                grown.grow(count)
            seconds, busy, memory = put_back(grown.root, count, chosen.folder)
            speeds.append(count / seconds)
            say(f"{count:,} records: made in {growing.wall:.0f} s, put back in {seconds:.1f} s, {memory:.0f} MiB")
        figures = {
            "records": counts[-1],
            "records_per_s": speeds[-1],
            "records_per_s_few": speeds[0],
            "cpu_ms_a_record": busy / counts[-1] * 1000,
            "growth": speeds[-1] / speeds[0],
            "memory_mib": memory,
            "rows_a_record": grown.rows / counts[-1],
        }
    bars = [Bar("records_per_s", 400), Bar("growth", 0.8)]
    return finish(question="How fast is an archive rebuilt from storage?", figures=figures, bars=bars)


def put_back(root: Path, count: int, folder: Path | None) -> tuple[float, float, float]:
    """Rebuild into a fresh home, in a process of its own; seconds without its start on the wall and of processor time,
    and its memory in MiB.
    """
    with workplace(folder) as home:
        environment = {name: value for name, value in os.environ.items() if name != "LANTAI_DATABASE"}
        environment |= {"LANTAI_HOME": str(home), "LANTAI_STORAGE": str(root), "PYTHONPATH": str(ROOT / "src")}
        told = subprocess.run(
            [sys.executable, "-c", PUT_BACK, str(root)], env=environment, check=True, capture_output=True, text=True
        ).stdout
    seconds, busy, memory, records = json.loads(told.splitlines()[-1])
    if records != count + SAMPLES:
        raise SystemExit(f"{records} records came back, not {count + SAMPLES}")
    return seconds, busy, memory


class Sample:
    """What intake leaves of each package: rows by table, texts of entries, description document, package."""

    def __init__(self) -> None:
        sys.path.insert(0, str(ROOT))
        from tests.ingest.county import found_county, package, settle
        from tests.pages.archive import send

        from lantai.catalog.models import Record
        from lantai.common.rows import row_images
        from lantai.ledger.queries import kept_entries, latest_checkpoint
        from lantai.site.rebuilding.keeping import keep_everything
        from lantai.site.rebuilding.tables import kept_tables
        from lantai.storage.queries import content_path

        body = found_county()
        for number in range(1, SAMPLES + 1):
            send(body, *package(number))
        settle()
        keep_everything()
        found = {
            table.label: list(row_images(table=table, keys=table.model._default_manager.values_list("pk", flat=True)))
            for table in kept_tables()
        }
        checkpoint = latest_checkpoint()
        self.size = checkpoint.size if checkpoint else 0
        entries = [each for each in kept_entries(first=0, last=self.size - 1) if "entry" in each]
        self.records = []
        for record in Record.objects.order_by("pk"):
            kept = record.representations.get()
            self.records.append(
                {
                    "code": record.record_code,
                    "rows": [
                        (label, key, json.loads(_text(image)))
                        for label, rows in found.items()
                        for key, image in rows
                        if _is_of(label, image, record)
                    ],
                    "entries": [each["entry"] for each in entries if record.record_code in str(each["entry"])],
                    "package": content_path(object_id=kept.object_id, path=kept.path).read_bytes(),
                    "description": content_path(
                        object_id=kept.object_id, path=f"{record.record_code}/description.xml"
                    ).read_bytes(),
                    "object": kept.object_id,
                }
            )


def _text(image: dict[str, Any]) -> bytes:
    import msgspec

    return msgspec.json.encode(image)


def _is_of(label: str, image: dict[str, Any], record: Any) -> bool:
    """Whether a row belongs to one record or to its submission."""
    from lantai.ingest.models import Submission

    submission = Submission.objects.get(record_code=record.record_code).pk
    owners = {"record_id": record.pk, "submission_id": submission, "record_code": record.record_code}
    return label.startswith(("catalog.", "ingest.")) and any(
        name in image and image[name] == value for name, value in owners.items()
    )


class Grown:
    """The storage root of the sample's archive, with more and more records in it."""

    def __init__(self, home: Path, sample: Sample) -> None:
        from lantai.archival import ocfl, tlog
        from lantai.ledger.models import Entry

        self.root, self.home, self.sample = home / "storage", home, sample
        self.shelf = ocfl.StorageRoot(self.root)
        self.count = self.rows = 0
        self.batch = 1_000
        self.frontier = tlog.Frontier(0, [])
        kept = Entry.objects.filter(index__isnull=False).order_by("index").values_list("commitment", flat=True)
        self.frontier.add(tlog.leaf_hash(bytes(each)) for each in kept)

    def grow(self, count: int) -> None:
        """Bring the archive to *count* records besides the sample's."""
        lines: list[dict[str, Any]] = []
        entries: list[str] = []
        for start in range(self.count, count, BOX):
            numbers = range(start, min(start + BOX, count))
            made = [self._record(number) for number in numbers]
            self._write_box(numbers, made)
            for number, each in zip(numbers, made, strict=True):
                lines += self._lines(number, each)
                entries += self._entries(number, each)
            lines, entries = self._write(lines, BATCH), self._write_ledger(entries, BATCH)
        self._write(lines, 1)
        self._write_ledger(entries, 1)
        self.count = count

    def _record(self, number: int) -> dict[str, Any]:
        return self.sample.records[number % SAMPLES]

    def _write_box(self, numbers: range, made: list[dict[str, Any]]) -> None:
        from lantai.archival import ocfl

        contents = []
        for number, each in zip(numbers, made, strict=True):
            code = _code(number)
            tail = f"{number:032d}".encode()
            contents.append(ocfl.Content(f"{code}/package.zip", each["package"] + tail))
            contents.append(ocfl.Content(f"{code}/description.xml", _renamed(each, number, each["description"])))
        box = ocfl.NewObject(_box(numbers[0]), tuple(contents), NOW, "bench", "bench")
        ocfl.write_objects(self.shelf, [box])

    def _lines(self, number: int, each: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The rows of one record, under other keys."""
        turn = (number // SAMPLES + 1) * STEP
        for label, key, image in each["rows"]:
            row = dict(image)
            for name in ("id", "record_id", "submission_id"):
                if row.get(name) is not None:
                    row[name] += turn
            for name in ("archive_code", "code", "source_code", "idempotency_key", "case_number"):
                if row.get(name) and (name != "code" or label == "catalog.codeassignment"):
                    row[name] = f"{row[name]}~{number}"
            if label == "catalog.codeassignment":
                row["number"] += turn
            if row.get("record_code"):
                row["record_code"] = _code(number)
            if label == "catalog.representation":
                row["object_id"], row["path"] = _box(number - number % BOX), f"{_code(number)}/package.zip"
            yield {"table": label, "key": key + turn, "row": row}

    def _entries(self, number: int, each: dict[str, Any]) -> Iterator[str]:
        for text in each["entries"]:
            yield _renamed(each, number, text.encode()).decode()

    def _write(self, lines: list[dict[str, Any]], least: int) -> list[dict[str, Any]]:
        """Batches of rows as they are kept; returns what is too little for one."""
        while len(lines) >= least:
            self.batch += 1
            head = {"format": "lantai/rows/1", "number": self.batch, "at": NOW.isoformat()}
            text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in [head, *lines[:BATCH]])
            self._put(f"urn:lantai:rows:{self.batch:09d}", {"rows.jsonl.gz": gzip.compress(text.encode(), 6, mtime=0)})
            self.rows += len(lines[:BATCH])
            lines = lines[BATCH:]
        return lines

    def _write_ledger(self, texts: list[str], least: int) -> list[str]:
        """Batches of entries with the checkpoint over each; returns what is too little for one."""
        from lantai.archival import tlog
        from lantai.ledger.signing import ledger_signer

        signer = ledger_signer()
        while len(texts) >= least:
            first, lines = self.frontier.size, []
            for index, text in enumerate(texts[:BATCH], first):
                salt = index.to_bytes(32, "big")
                commitment = tlog.commitment(salt, text.encode())
                self.frontier.add([tlog.leaf_hash(commitment)])
                line = {"id": index + 1_000_000, "index": index, "commitment": commitment.hex()}
                lines.append(json.dumps(line | {"entry": text, "salt": salt.hex()}, ensure_ascii=False))
            checkpoint = tlog.Checkpoint(signer.name, self.frontier.size, self.frontier.root())
            note = tlog.sign_checkpoint(checkpoint, signer)
            told = {"size": checkpoint.size, "root": checkpoint.root.hex(), "note": note, "at": NOW.isoformat()}
            name = f"urn:lantai:ledger:{first}-{self.frontier.size - 1}"
            self._put(
                name,
                {
                    "entries.jsonl": ("\n".join(lines) + "\n").encode(),
                    "checkpoints.jsonl": (json.dumps(told) + "\n").encode(),
                },
            )
            texts = texts[BATCH:]
        return texts

    def _put(self, name: str, files: dict[str, bytes]) -> None:
        from lantai.archival import ocfl

        contents = tuple(ocfl.Content(path, data) for path, data in files.items())
        ocfl.write_objects(self.shelf, [ocfl.NewObject(name, contents, NOW, "bench", "bench")])


def _code(number: int) -> str:
    return f"E{number:026d}"


def _box(first: int) -> str:
    return f"urn:lantai:box:0059:D30:2055:{first:026d}"


def _renamed(each: dict[str, Any], number: int, data: bytes) -> bytes:
    """A text of the sample's record under the number of another."""
    renamed = data.replace(each["code"].encode(), _code(number).encode())
    return renamed.replace(each["object"].encode(), _box(number - number % BOX).encode())


if __name__ == "__main__":
    sys.exit(main())
