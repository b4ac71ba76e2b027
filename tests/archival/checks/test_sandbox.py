"""Children that crash, hang, swallow memory or are killed: only the guilty work fails, everybody else's goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import ValidationError

from lantai.archival.checks import ParserError, ReadRequest, Sandbox, SandboxClosed
from lantai.archival.checks.faults import sound_case
from lantai.archival.checks.sandbox import MEBIBYTE
from lantai.archival.checks.wire import pack, unpack
from lantai.archival.formats import FileFacts, Format
from lantai.archival.packages import Component, HandoverLine, Package

BAD = "misbehaving"


@pytest.fixture(scope="module")
def quick() -> Iterator[Sandbox]:
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        with Sandbox(workers=2, seconds=3, memory_bytes=768 * MEBIBYTE, modules=(BAD,)) as box:
            yield box
    finally:
        sys.path.remove(str(Path(__file__).parent))


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def gone(pid: int, within: float = 5.0) -> bool:
    until = time.monotonic() + within
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


def test_calls_come_back_in_order(quick: Sandbox) -> None:
    outcomes = quick.call_many([(f"{BAD}:double", (number,)) for number in range(50)])
    assert [each.value for each in outcomes] == [2 * number for number in range(50)]


def test_work_is_done_in_another_process_of_the_nursery(quick: Sandbox) -> None:
    assert quick.call(f"{BAD}:process") != os.getpid()
    assert quick.call(f"{BAD}:nursery") != os.getpid()


def test_only_the_crashing_work_fails(quick: Sandbox) -> None:
    outcomes = list(quick.call_many([(f"{BAD}:crash", (number,)) for number in range(20)]))
    for number, outcome in enumerate(outcomes):
        if number % 7 == 3:
            assert isinstance(outcome.error, ParserError) and outcome.error.code == "parser.crashed"
            assert outcome.error.detail == f"signal {signal.SIGABRT.value}"
        else:
            assert (outcome.value, outcome.error) == (number, None)


def test_what_crashes_once_is_not_guilty(quick: Sandbox, tmp_path: Path) -> None:
    assert quick.call(f"{BAD}:crash_once", tmp_path / "marker") == "recovered"


@pytest.mark.parametrize(
    ("function", "arguments", "code", "detail"),
    [
        ("swallow", (4096,), "parser.memory", "MemoryError"),
        ("leave", (7,), "parser.crashed", "exit 7"),
        ("fail", (), "parser.crashed", "ValueError: not what it says"),
        ("recurse", (0,), "parser.crashed", "RecursionError"),
        ("strange", (), "parser.crashed", "TypeError"),
        ("never_heard_of", (), "parser.crashed", "AttributeError"),
        ("lie", (), "parser.crashed", ""),
    ],
)
def test_every_way_to_fail_has_its_name(
    quick: Sandbox, function: str, arguments: tuple[int, ...], code: str, detail: str
) -> None:
    with pytest.raises(ParserError) as caught:
        quick.call(f"{BAD}:{function}", *arguments)
    assert caught.value.code == code
    assert detail in caught.value.detail
    assert quick.call(f"{BAD}:double", 4) == 8


def test_the_medium_is_not_the_parser(quick: Sandbox) -> None:
    with pytest.raises(FileNotFoundError):
        quick.call(f"{BAD}:refuse")


@pytest.mark.parametrize("function", ["sleep", "spin"])
def test_time_is_limited_and_others_do_not_wait(function: str, quick: Sandbox) -> None:
    started = time.monotonic()
    arguments = (60.0,) if function == "sleep" else ()
    calls = [(f"{BAD}:{function}", arguments), *((f"{BAD}:double", (number,)) for number in range(10))]
    outcomes = list(quick.call_many(calls))
    assert time.monotonic() - started < 8
    assert isinstance(outcomes[0].error, ParserError) and outcomes[0].error.code == "parser.timeout"
    assert [each.value for each in outcomes[1:]] == [2 * number for number in range(10)]


def test_a_child_killed_from_outside_is_no_fault_of_its_work(quick: Sandbox) -> None:
    results: list[object] = []
    victims = [quick.call(f"{BAD}:process") for _ in range(2)]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    assert quick.call(f"{BAD}:double", 21) == 42
    thread = threading.Thread(target=lambda: results.append(quick.call(f"{BAD}:sleep", 1.0)))
    thread.start()
    time.sleep(0.4)
    parent = quick.call(f"{BAD}:nursery")
    for pid in _children(parent):
        os.kill(pid, signal.SIGKILL)
    thread.join()
    assert results == ["slept"]


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def test_the_nursery_killed_from_outside_is_replaced(tmp_path: Path) -> None:
    with Sandbox(workers=1, seconds=5, modules=()) as box:
        first = box.call("os:getppid")
        os.kill(first, signal.SIGKILL)
        assert gone(first)
        assert box.call("os:getppid") not in (first, os.getpid())


def test_threads_share_it(quick: Sandbox) -> None:
    results: dict[int, list[object]] = {}

    def work(name: int) -> None:
        outcomes = quick.call_many([(f"{BAD}:crash", (name * 100 + number,)) for number in range(12)])
        results[name] = [each.value for each in outcomes]

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for name in range(6):
        numbers = range(name * 100, name * 100 + 12)
        assert results[name] == [None if number % 7 == 3 else number for number in numbers]


def test_children_know_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTAI_DATABASE", "postgresql://lantai:secret@localhost/lantai")
    with Sandbox(workers=1, modules=()) as box:
        sys_path = box.call("os:listdir", ".")
        assert isinstance(sys_path, list)
        names = box.call("os:getenv", "LANTAI_DATABASE")
        assert names is None


def test_an_abandoned_iteration_gives_its_children_back(quick: Sandbox) -> None:
    outcomes = quick.call_many([(f"{BAD}:double", (number,)) for number in range(40)])
    assert next(iter(outcomes)).value == 0
    outcomes.close()  # type: ignore[attr-defined]
    assert quick.call(f"{BAD}:double", 1) == 2


def test_closed_is_closed() -> None:
    box = Sandbox(workers=1, modules=())
    pid = box.call("os:getpid")
    box.close()
    assert gone(pid)
    with pytest.raises(SandboxClosed):
        box.call("os:getpid")


PARENT = """
import sys, threading, time
from lantai.archival.checks.sandbox import Sandbox
def work():
    global box
    box = Sandbox(workers=1, seconds=60, modules=())
    print(box.call("os:getppid"), box.call("os:getpid"), flush=True)
if sys.argv[1] == "thread":
    thread = threading.Thread(target=work); thread.start(); thread.join()
    print(box.call("os:getpid"), flush=True)
else:
    work()
time.sleep(60)
"""


@pytest.mark.parametrize("where", ["main", "thread"])
def test_children_die_with_their_parent_and_not_with_its_thread(where: str) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, where], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    nursery, child = map(int, parent.stdout.readline().split())
    if where == "thread":
        assert int(parent.stdout.readline()) == child, "the child outlives the thread that asked for it"
    assert alive(nursery) and alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone(nursery) and gone(child)


def test_reading_goes_on_past_a_package_that_is_not_there(box: Sandbox, tmp_path: Path) -> None:
    requests = []
    for number in range(1, 7):
        case = sound_case(number)
        path = tmp_path / f"{case.name}.zip"
        if number != 4:
            path.write_bytes(case.write()[0])
        requests.append(ReadRequest(path, "fuzhou", want_text=False))
    read = list(box.read_many(requests))
    assert [each.name.removesuffix(".zip") for each in read] == [each.path.stem for each in requests]
    assert [bool(each.problems) for each in read] == [False, False, False, True, False, False]
    assert read[3].problems[0].code == "medium.unreadable" and read[3].problems[0].fatal


def test_a_guilty_package_comes_back_by_name(tmp_path: Path) -> None:
    case = sound_case(1)
    path = tmp_path / f"{case.name}.zip"
    path.write_bytes(case.write()[0])
    # Too little memory for any parser: every package exhausts its child, and each says so itself.
    with Sandbox(workers=1, seconds=0.000001) as box:
        (read,) = box.read_many([ReadRequest(path, "fuzhou")])
    assert [(each.code, each.fatal) for each in read.problems] == [("parser.timeout", True)]
    assert read.unread == {"components": "parser.timeout", "base": "parser.timeout", "process": "parser.timeout"}


_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.text(),
        st.binary(max_size=900),
        st.floats(allow_nan=False),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


@given(_values)
def test_whatever_is_sent_comes_back_the_same(value: object) -> None:
    assert unpack(pack(value), Any) == value


def test_half_characters_become_whole() -> None:
    component = Component("a\ud800b", b"", "utf-8", 1, digests={"\udfff": "\ud83d\ude00"})
    whole = Component("a\ufffdb", b"", "utf-8", 1, digests={"\ufffd": "😀"})
    assert unpack(pack((component, "c")), tuple[Component, str]) == (whole, "c")


@pytest.mark.parametrize("sent", [{"path": "x"}, {"path": 3, "raw_name": b"", "name_encoding": "", "size": 1}, [], "x"])
def test_what_is_not_the_kind_asked_for_is_refused(sent: object) -> None:
    with pytest.raises(ValidationError):
        unpack(pack(sent), Component)


@given(st.text(), st.binary(max_size=40), st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_package_survives_the_way_through_a_child(
    box: Sandbox, name: str, raw: bytes, values: dict[str, str]
) -> None:
    facts = FileFacts(Format("pdf", "PDF"), "signature", True, attributes=values, text=name)
    component = Component(name, raw, "gb18030", 7, digests=values, facts=facts)
    package = Package(
        name, "zip", "fuzhou", 3, metadata=values, components=(component,), handover=HandoverLine(name, values=values)
    )
    assert unpack(pack(package), Package) == package
