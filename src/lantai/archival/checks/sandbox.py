"""Parsers of strangers' files run in children of limited time and memory (沙箱), so that no file can hurt the archive.

A nursery process forks children that hold every parser ready and nothing else: no database, no key, no thread. Each
child takes one piece of work after the other and answers each by itself. Work that ends its child, overruns its seconds
or its memory is tried once more, alone in a fresh child: if that ends too the work is guilty and fails by name; if
not, it goes on. Everybody else's work goes on anyway.

Usable from many threads. Make it in the process that uses it, after any fork of servers. Linux ends the children with
their parent; a nursery whose parent is gone ends within a second.
"""

from __future__ import annotations

import os
import queue
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

from lantai.archival.checks import wire
from lantai.archival.packages.model import HandoverLine, Package, Problem

MEBIBYTE = 1 << 20
_START_SECONDS = 60.0
_READER = "lantai.archival.checks.reading:read_stranger"

T = TypeVar("T")


class ParserError(Exception):
    """A piece of work that ended its child twice. ``code`` is ``parser.crashed``, ``parser.timeout`` or
    ``parser.memory``."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class SandboxClosed(Exception):
    """The sandbox was closed, or its nursery is gone."""


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One package to read: where it lies, under which profile (a code of the shipped profiles, or profile data),
    what the hand-over list says of it, the name it was sent under, whether the text of its documents is wanted, and
    digests of the whole that receiving it gave already."""

    path: Path
    profile: str | dict[str, Any]
    handover: HandoverLine | None = None
    name: str = ""
    want_text: bool = False
    known_digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Work:
    place: int
    function: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What became of one call: its ``value``, or the ``error`` that stopped it (ParserError, or OSError of the
    medium)."""

    value: T | None
    error: ParserError | OSError | None = None


class _Child:
    """One child as its parent sees it."""

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self.pid = pid
        self.connection = connection


class Sandbox:
    """A few children for reading strangers' files.

    Args:
        workers: how many children work at once.
        seconds: wall-clock time one piece of work may take; its processor time is limited to the same.
        memory_bytes: address space of one child, its parsers (about 200 MiB) included.
        modules: what the nursery loads before it forks.
    """

    def __init__(
        self,
        *,
        workers: int = 2,
        seconds: float = 60.0,
        memory_bytes: int = 1536 * MEBIBYTE,
        modules: Sequence[str] = ("lantai.archival.checks.reading",),
    ) -> None:
        self.seconds = seconds
        self._memory = memory_bytes
        self._modules = ",".join(modules)
        self._places: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(workers):
            self._places.put(None)
        self._workers = workers
        self._order = threading.Lock()
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._closed = False

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Start the nursery; done by itself at the first use. Raises SandboxClosed when it cannot be started."""
        with self._order:
            self._started()

    def close(self) -> None:
        """End all children and the nursery. Work still under way fails with SandboxClosed."""
        with self._order:
            self._closed = True
            self._forget()
        while True:
            try:
                child = self._places.get_nowait()
            except queue.Empty:
                return
            if child is not None:
                child.connection.close()

    def call(self, function: str, *arguments: Any, **named: Any) -> Any:
        """Run ``module:function`` in a child and return its answer.

        Arguments and answer are what ``wire.send`` takes. Raises ParserError, OSError of the medium, SandboxClosed.
        """
        (outcome,) = self.call_many([(function, arguments, named)])
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    def call_many(self, calls: Sequence[tuple[str, tuple[Any, ...], dict[str, Any]]]) -> Iterator[Outcome[Any]]:
        """Run many calls ``(function, arguments, named)`` on all free children; outcomes come in order as they are
        ready.

        Raises SandboxClosed.
        """
        waiting = deque(_Work(place, *call) for place, call in enumerate(calls))
        return _InOrder(self, waiting).outcomes()

    def read_many(self, requests: Sequence[ReadRequest]) -> Iterator[Package]:
        """Read packages in children; they come in the order of the requests, as soon as they are ready.

        A package that crashes, overruns or exhausts its child comes back unread, with the fatal problem
        ``parser.crashed``, ``parser.timeout`` or ``parser.memory``; one that the medium itself refuses with
        ``medium.unreadable``, which is the archive's fault and not the department's.
        """
        calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
            (
                _READER,
                (each.path, each.profile, each.handover, each.name, each.want_text, each.known_digests),
                {},
            )
            for each in requests
        ]
        for request, outcome in zip(requests, self.call_many(calls), strict=True):
            if outcome.error is not None:
                yield _unread(request, outcome.error)
            elif isinstance(outcome.value, Package):
                yield outcome.value
            else:
                raise SandboxClosed("a child answered with something else")

    def _started(self) -> socket.socket:
        if self._closed:
            raise SandboxClosed("the sandbox was closed")
        if self._control is not None and self._nursery is not None and self._nursery.poll() is None:
            return self._control
        self._forget()
        ours, theirs = socket.socketpair()
        ours.settimeout(_START_SECONDS)
        # PR_SET_PDEATHSIG speaks of the thread that forked: only the main thread lives as long as the process.
        dies = "1" if threading.current_thread() is threading.main_thread() else "0"
        arguments = [str(theirs.fileno()), str(os.getpid()), dies, self._modules]
        with theirs:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", "lantai.archival.checks.sandbox_child", *arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=_environment(),
            )
        self._control = ours
        try:
            wire.receive(ours)
        except (wire.ConnectionLost, wire.TimeUp) as fault:
            raise SandboxClosed(f"the nursery did not start: {fault}") from fault
        return ours

    def _forget(self) -> None:
        """Let the nursery go, if there is one; its children end with it."""
        if self._control is not None:
            self._control.close()
        if self._nursery is not None:
            self._nursery.kill()
            self._nursery.wait()
        self._nursery = self._control = None

    def _fork(self) -> _Child:
        with self._order:
            control = self._started()
            try:
                wire.send(control, ("fork", 0, {"memory_bytes": self._memory}))
                pid = wire.receive(control)
                _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            except (wire.ConnectionLost, wire.TimeUp, OSError) as fault:
                raise SandboxClosed(f"the nursery is gone: {fault}") from fault
            return _Child(pid, socket.socket(fileno=descriptors[0]))

    def _end(self, child: _Child) -> int:
        """End a child; how it ended: an exit code, or minus the signal that ended it before we did."""
        child.connection.close()
        with self._order:
            if self._control is None:
                return 0
            try:
                wire.send(self._control, ("end", child.pid, {}))
                return int(wire.receive(self._control))
            except (wire.ConnectionLost, wire.TimeUp):
                return 0


class _InOrder:
    """The loop that keeps as many children busy as are free, and gives outcomes back in order."""

    def __init__(self, sandbox: Sandbox, waiting: deque[_Work]) -> None:
        self.sandbox = sandbox
        self.waiting = waiting
        self.suspects: set[int] = set()
        self.done: dict[int, Outcome[Any]] = {}
        self.busy: dict[_Child, tuple[_Work, float]] = {}
        self.selector = selectors.DefaultSelector()
        self.count = len(waiting)

    def outcomes(self) -> Iterator[Outcome[Any]]:
        try:
            for place in range(self.count):
                while place not in self.done:
                    self._engage()
                    self._attend()
                yield self.done.pop(place)
        finally:
            for child in list(self.busy):
                self._dismiss(child)
            self.selector.close()

    def _engage(self) -> None:
        """Give waiting work to free children; wait for a child only when none of ours is busy."""
        while self.waiting:
            try:
                child = self.sandbox._places.get(block=not self.busy, timeout=0.1)
            except queue.Empty:
                if self.busy:
                    return
                if self.sandbox._closed:
                    raise SandboxClosed("the sandbox was closed") from None
                continue
            work = self.waiting.popleft()
            if child is not None and work.place in self.suspects:
                self.sandbox._end(child)
                child = None
            try:
                child = child or self.sandbox._fork()
            except SandboxClosed:
                self.sandbox._places.put(None)
                raise
            self._send(child, work)

    def _send(self, child: _Child, work: _Work) -> None:
        seconds = self.sandbox.seconds
        child.connection.settimeout(seconds)
        self.busy[child] = (work, time.monotonic() + seconds)
        self.selector.register(child.connection, selectors.EVENT_READ, child)
        try:
            wire.send(child.connection, (work.function, work.arguments, work.named, seconds))
        except (wire.ConnectionLost, wire.TimeUp):
            # It died while idle: no fault of this work, which goes back to its place.
            self._dismiss(child)
            self.waiting.appendleft(work)

    def _attend(self) -> None:
        """Take in every answer that is ready, and end the children whose time is up."""
        if not self.busy:
            return
        first = min(deadline for _, deadline in self.busy.values())
        for key, _ in self.selector.select(max(0.0, first - time.monotonic())):
            self._take(key.data)
        now = time.monotonic()
        for child, (work, deadline) in list(self.busy.items()):
            if deadline <= now:
                self._dismiss(child)
                self._blame(work, ParserError("parser.timeout", f"{self.sandbox.seconds:g} s"), at_once=True)

    def _take(self, child: _Child) -> None:
        work, _ = self.busy[child]
        try:
            answer = wire.receive(child.connection)
        except wire.TimeUp:
            self._dismiss(child)
            self._blame(work, ParserError("parser.timeout", f"{self.sandbox.seconds:g} s"), at_once=True)
            return
        except wire.ConnectionLost:
            status = self._dismiss(child)
            if self.sandbox._closed:
                raise SandboxClosed("the sandbox was closed") from None
            code = "parser.timeout" if status == -signal.SIGXCPU else "parser.crashed"
            self._blame(work, ParserError(code, f"signal {-status}" if status < 0 else f"exit {status}"))
            return
        if "value" in answer:
            self._release(child)
            self.done[work.place] = Outcome(answer["value"])
        elif "refused" in answer:
            self._release(child)
            self.done[work.place] = Outcome(None, OSError(answer["number"], answer["refused"]))
        else:
            self._dismiss(child)
            code, detail = next(iter(answer.items()))
            self._blame(work, ParserError(f"parser.{code}", detail))

    def _blame(self, work: _Work, error: ParserError, *, at_once: bool = False) -> None:
        """The first time a piece of work ends its child it is tried again in a fresh one; the second time it is
        guilty."""
        if at_once or work.place in self.suspects:
            self.done[work.place] = Outcome(None, error)
            return
        self.suspects.add(work.place)
        self.waiting.appendleft(work)

    def _release(self, child: _Child) -> None:
        self.selector.unregister(child.connection)
        del self.busy[child]
        self.sandbox._places.put(child)

    def _dismiss(self, child: _Child) -> int:
        self.selector.unregister(child.connection)
        del self.busy[child]
        status = self.sandbox._end(child)
        self.sandbox._places.put(None)
        return status


def _environment() -> dict[str, str]:
    """What children may know of the parent's environment: how to start Python, and no setting or secret."""
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
    known = {name: os.environ[name] for name in kept if name in os.environ}
    return {**known, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _unread(request: ReadRequest, error: ParserError | OSError) -> Package:
    if isinstance(error, ParserError):
        problem = Problem(error.code, detail=error.detail, fatal=True)
    else:
        problem = Problem("medium.unreadable", detail=str(error), fatal=True)
    profile = request.profile if isinstance(request.profile, str) else str(request.profile.get("code", ""))
    try:
        size = request.path.stat().st_size if request.path.is_file() else 0
    except OSError:
        size = 0
    return Package(
        name=request.name or request.path.name,
        container="folder" if request.path.is_dir() else "zip",
        profile=profile,
        size=size,
        problems=(problem,),
        handover=request.handover,
        unread=dict.fromkeys(("components", "base", "process"), problem.code),
    )
