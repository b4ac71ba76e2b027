"""A real clamd with one signature of our own: infected is found, clean passes, no answer means not checked."""

from __future__ import annotations

import base64
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from lantai.archival.checks.faults import sound_case
from lantai.ingest.area import receiving_path
from lantai.ingest.models import Submission, SubmissionState
from lantai.ingest.queries import report_of
from lantai.ingest.services import take_folder, viruses
from tests.catalog.records import ARCHIVIST
from tests.ingest.county import found_county, settle

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.xdist_group("index"),
    pytest.mark.skipif(shutil.which("clamd") is None, reason="clamav-daemon is not installed"),
]
MARK = "兰台检毒样本 LANTAI-ANTIVIRUS-TEST-7f3a"


@pytest.fixture(scope="module")
def clamd() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A clamd that knows one signature, on a socket of its own."""
    with tempfile.TemporaryDirectory(prefix="clam") as folder:
        place = Path(folder)
        (place / "db").mkdir()
        (place / "db" / "lantai.ndb").write_text(f"Lantai.Test:0:*:{MARK.encode().hex()}\n", encoding="ascii")
        path = place / "clamd.sock"
        (place / "clamd.conf").write_text(
            f"LocalSocket {path}\nDatabaseDirectory {place / 'db'}\nForeground yes\nStreamMaxLength 1M\n"
            f"LogFile {place / 'log'}\n",
            encoding="utf-8",
        )
        place.chmod(0o755)
        process = subprocess.Popen(
            ["clamd", f"--config-file={place / 'clamd.conf'}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 30
        while not answers(path):
            assert process.poll() is None, (place / "log").read_text()
            assert time.monotonic() < deadline, (place / "log").read_text()
            time.sleep(0.1)
        yield process, f"unix:{path}"
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(timeout=20)


def answers(path: Path) -> bool:
    """Whether clamd is up."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        try:
            line.connect(str(path))
            line.sendall(b"zPING\0")
            return line.recv(16).startswith(b"PONG")
        except OSError:
            return False


def lay_down_mixed(folder: Path) -> None:
    """A clean package, one whose licence carries the mark, and one too large for this clamd."""
    folder.mkdir()
    for number, addition in ((1, "现场核查记录"), (2, MARK), (3, "")):
        case = sound_case(number)
        text = addition.encode() if addition else base64.b64encode(random.Random(3).randbytes(2 << 20))
        case.add("过程文件", "B9", "现场核查记录", "现场核查记录.txt", text, "TXT")
        case.metadata["total_number"] = str(len(case.materials))
        (folder / f"{case.name}.zip").write_bytes(case.write()[0])


def said_of(check: str) -> dict[int, tuple[str, str]]:
    """Verdict and reason of one check, by the number of the case."""
    found = {}
    for each in Submission.objects.all():
        report, _signature = report_of(record_code=each.record_code, reader=ARCHIVIST)
        verdict = next(finding for finding in report["findings"] if finding["code"] == check)
        found[int(each.name.removesuffix(".zip")[-6:])] = (verdict["verdict"], verdict["reason"])
    return found


def test_infected_clean_and_too_large(clamd: tuple[subprocess.Popen[bytes], str], tmp_path: Path) -> None:
    body = found_county()
    lay_down_mixed(tmp_path / "b")
    with override_settings(LANTAI_CLAMAV=clamd[1]):
        take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
        settle()
    assert {each[0] for each in said_of("GD-4-1").values()} == {"pass"}
    assert said_of("GD-4-2") == {
        1: ("pass", "looked"),
        2: ("fail", "virus"),
        3: ("not-applicable", "not-scanned"),
    }
    infected = Submission.objects.get(state=SubmissionState.REJECTED)
    report, _signature = report_of(record_code=infected.record_code, reader=ARCHIVIST)
    finding = next(each for each in report["findings"] if each["code"] == "GD-4-2")
    assert finding["values"]["name"].startswith("Lantai.Test")
    assert finding["values"]["engine"].startswith("ClamAV")
    assert receiving_path(infected.record_code).is_file(), "quarantined whole"


@pytest.mark.parametrize("address", ["", "unix:/nowhere/clamd.sock", "127.0.0.1:1"])
def test_without_a_scanner_nothing_counts_as_clean(tmp_path: Path, address: str) -> None:
    body = found_county()
    lay_down_mixed(tmp_path / "b")
    with override_settings(LANTAI_CLAMAV=address):
        take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
        settle()
    assert set(said_of("GD-4-1").values()) == {("warning", "no-engine")}
    assert set(said_of("GD-4-2").values()) == {("not-applicable", "not-scanned")}


def test_a_scanner_that_stops_answering_in_between_checks_nothing(
    clamd: tuple[subprocess.Popen[bytes], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = found_county()
    lay_down_mixed(tmp_path / "b")
    process, address = clamd
    true = viruses.virus_engine
    monkeypatch.setattr(viruses, "SECONDS", 1)

    def last_word() -> tuple[str, str]:
        said = true()
        process.send_signal(signal.SIGSTOP)
        return said

    monkeypatch.setattr(viruses, "virus_engine", last_word)
    try:
        with override_settings(LANTAI_CLAMAV=address):
            take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
            settle()
    finally:
        process.send_signal(signal.SIGCONT)
    assert set(said_of("GD-4-2").values()) == {("not-applicable", "not-scanned")}
