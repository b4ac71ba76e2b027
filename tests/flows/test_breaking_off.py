"""Clients that vanish and programs that are killed, in a Lantai of real processes: nothing is lost, nothing doubled."""

from __future__ import annotations

import base64
import random
import socket
from pathlib import Path

import pytest

from lantai.archival.checks.faults import sound_case
from lantai.archival.fixity import digest_bytes
from lantai.archival.packages import HandoverLine, write_handover_list
from tests.flows.house import House, descendants
from tests.ingest.county import BODY, lay_down, package

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("house")]
STANDING = """
from lantai.catalog.models import Record, CodeAssignment
from lantai.ingest.models import Submission
from lantai.ledger.models import Entry
from lantai.work.models import Job
wanted = sys.argv[1:]
answer = {
    "states": sorted(Submission.objects.filter(record_code__in=wanted).values_list("state", flat=True)),
    "records": Record.objects.filter(record_code__in=wanted).count(),
    "codes": CodeAssignment.objects.filter(record_code__in=wanted, state="used").count(),
    "entries": Entry.objects.filter(kind="record.accessioned", subject__in=wanted).count(),
    "failed": list(Job.objects.filter(state="failed").values_list("troubles", flat=True)),
}
"""
LEASES_RUN_OUT = """
from django.utils import timezone
from lantai.work.models import Job
answer = Job.objects.filter(state="running").update(leased_until=timezone.now())
"""
BATCH = """
from lantai.ingest.models import Submission
answer = list(Submission.objects.filter(batch__number__endswith=sys.argv[1]).values_list("state", flat=True))
"""


def open_put(house: House, code: str, announced: int, sent: bytes) -> socket.socket:
    """A PUT that announces *announced* bytes and has sent *sent* so far."""
    line = socket.create_connection(("127.0.0.1", house.port))
    head = (
        f"PUT /api/v1/submissions/{code}/content HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {house.secret}\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {announced}\r\n\r\n"
    )
    line.sendall(head.encode() + sent)
    return line


def large_package(number: int) -> tuple[str, bytes]:
    """A sound package of some 4 MiB: more than a server reads at once."""
    case = sound_case(number)
    note = base64.b64encode(random.Random(number).randbytes(3 << 20))
    case.add("过程文件", "B9", "现场核查记录", "现场核查记录.txt", note, "TXT")
    case.metadata["total_number"] = str(len(case.materials))
    data, _handover = case.write()
    return f"{case.name}.zip", data


def test_a_client_that_vanishes_midway_goes_on_where_it_stopped(house: House) -> None:
    name, data = large_package(1)
    code = house.create(name, len(data))
    half = len(data) // 2
    line = open_put(house, code, len(data), data[:half])
    house.wait_for(lambda: house.offset(code) > 0, "bytes arrive")
    line.close()
    house.wait_for(lambda: house.offset(code) == half, "all that was sent is kept")
    status, told = house.send(code, data[half:], half, len(data))
    assert status == 202, told
    house.wait_for_state(code, "accessioned")


def test_kill_of_the_server_during_a_push(house: House) -> None:
    name, data = large_package(2)
    code = house.create(name, len(data))
    third = len(data) // 3
    line = open_put(house, code, len(data), data[:third])
    house.wait_for(lambda: house.offset(code) > 0, "bytes arrive")
    house.kill("serve")
    line.close()
    house.start("serve")
    offset = house.offset(code)
    assert 0 < offset <= third
    status, told = house.send(code, data[offset:], offset, len(data))
    assert status == 202, told
    house.wait_for_state(code, "accessioned")
    assert house.ask(STANDING, code)["records"] == 1


def test_kill_of_the_whole_worker_during_examination(house: House, tmp_path: Path) -> None:
    house.kill("work")
    codes = [house.push(*package(number)) for number in range(10, 40)]
    worker = house.start("work")
    house.wait_for(lambda: len(descendants(worker.pid)) > 2, "the children that read are at work")
    children = descendants(worker.pid)[1:]
    house.kill("work")
    house.wait_for(lambda: not any(Path(f"/proc/{each}").exists() for each in children), "its children are gone", 5)
    before = house.ask(STANDING, *codes)
    assert before["records"] < len(codes)
    house.ask(LEASES_RUN_OUT)
    house.start("work")
    house.wait_for(lambda: house.ask(STANDING, *codes)["records"] == len(codes), "all are taken in", 120)
    after = house.ask(STANDING, *codes)
    assert after == {
        "states": ["accessioned"] * len(codes),
        "records": len(codes),
        "codes": len(codes),
        "entries": len(codes),
        "failed": [],
    }


def test_the_watched_folder_takes_a_batch_with_its_list(house: House, tmp_path: Path) -> None:
    root = tmp_path / "watched"
    batch = root / BODY / "fuzhou" / "20260301"
    lay_down(batch, range(50, 53))
    lines = [
        HandoverLine(
            name=path.stem, size=path.stat().st_size, digest_algorithm="SM3", digest=sm3(path), batch="20260301"
        )
        for path in sorted(batch.iterdir())
    ]
    missing = HandoverLine(name="331199-0059-0119000101-2025-D30-000099", batch="20260301")
    (batch / "移交清单.xml").write_bytes(write_handover_list([*lines, missing], head={"batch_name": "20260301"}))
    said = house.command("watch", root, "--once")
    assert "接收 3 件" in said.stdout
    assert missing.name in said.stdout
    assert [each.name for each in batch.parent.iterdir()] == ["20260301.taken"]
    house.wait_for(
        lambda: len(house.ask(BATCH, "20260301")) == 3 and "received" not in house.ask(BATCH, "20260301"), ""
    )


def sm3(path: Path) -> str:
    return digest_bytes(path.read_bytes(), ("sm3",))["sm3"]
