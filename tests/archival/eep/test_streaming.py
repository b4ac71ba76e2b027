"""Packages larger than memory: a sparse file goes in and comes out in bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import json, resource, sys, time, hashlib
from pathlib import Path
from lantai.archival.eep import Encoded, judge_eep, read_eep, write_eep
from tests.archival.eep.eep_samples import a_file, a_layer, signing, some_contents, trusting
from dataclasses import replace

size, folder = int(sys.argv[1]), Path(sys.argv[2])
large = folder / "large.bin"
with large.open("wb") as file:
    file.truncate(size)
    file.seek(size - 5)
    file.write(b"ende!")
contents = some_contents({"large.bin": b""})
made = replace(contents.documents[0].drafts[0].files[0], size=str(size))
drafts = (replace(contents.documents[0].drafts[0], files=(made,)),)
contents = replace(contents, documents=(replace(contents.documents[0], drafts=drafts),))
begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.monotonic()
with (folder / "large.eep").open("wb") as target:
    write_eep(target, a_layer(contents), open_content=lambda each: large.open("rb"), signing=signing())
written = time.monotonic() - start
class Sink:
    size, tail = 0, b""
    def write(self, data):
        self.size += len(data)
        self.tail = data[-5:]
sink = Sink()
start = time.monotonic()
with (folder / "large.eep").open("rb") as stream:
    found = read_eep(stream, take=lambda file: sink)
read = time.monotonic() - start
print(json.dumps({
    "faults": [each.code for each in found.faults], "size": sink.size, "tail": sink.tail.decode(),
    "verdicts": [each.verdict for each in judge_eep(found, trusting("云岭县档案馆", "馆长"))],
    "grown": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - begun) * 1024,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "written": written, "read": read,
}))
"""


def _through(size: int, folder: Path) -> dict[str, object]:
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(size), str(folder)],
        capture_output=True, check=False, cwd=Path(__file__).parents[3],
        env={"PYTHONPATH": "src:.", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr.decode()
    found: dict[str, object] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize(
    "size",
    [48 << 20, pytest.param(3 << 30, marks=pytest.mark.slow)],
    ids=["48 MiB", "3 GiB"],
)
def test_content_larger_than_memory_goes_through_in_bounded_memory(size: int, tmp_path: Path) -> None:
    found = _through(size, tmp_path)
    assert found["faults"] == []
    assert (found["size"], found["tail"]) == (size, "ende!")
    assert found["verdicts"] == ["valid", "valid"]
    assert int(str(found["grown"])) < 100 << 20, found
