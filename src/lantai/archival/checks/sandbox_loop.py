"""Keep children at work and find out whose work ends them."""

from __future__ import annotations

import queue
import selectors
import signal
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lantai.archival.checks import wire
from lantai.archival.checks.sandbox_pool import Child, ChildPool, SandboxClosed

_AHEAD_BYTES = 16 * 1024
_IN_FLIGHT = 3
"""Pieces a child holds: the one it is at, and what it does next while the parent is busy."""

T = TypeVar("T")


class ParserError(Exception):
    """A piece of work that ended its child twice. ``code`` is ``parser.crashed``, ``parser.timeout`` or
    ``parser.memory``."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Work:
    """One call: its place among all, the function as ``module:function``, its arguments, and what it answers."""

    place: int
    function: str
    arguments: tuple[Any, ...]
    kind: Any


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What became of one call: its ``value``, or the ``error`` that stopped it (ParserError, or OSError of the
    medium)."""

    value: T | None
    error: ParserError | OSError | None = None


class WorkLoop:
    """The loop that keeps as many children busy as are free, and gives outcomes back in order.

    A child has its next piece of work at hand before it answers the last, so that it never waits for a busy parent;
    what has ended a child before is given to a fresh one alone.
    """

    def __init__(self, pool: ChildPool, waiting: deque[Work], seconds: float) -> None:
        self.pool = pool
        self.seconds = seconds
        self.waiting = waiting
        self.suspects: set[int] = set()
        self.done: dict[int, Outcome[Any]] = {}
        self.busy: dict[Child, deque[Work]] = {}
        self.deadlines: dict[Child, float] = {}
        self.selector = selectors.DefaultSelector()
        self.count = len(waiting)

    def outcomes(self) -> Iterator[Outcome[Any]]:
        """What became of each, in order. Raises SandboxClosed."""
        try:
            for place in range(self.count):
                while place not in self.done:
                    self._engage()
                    self._give_ahead()
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
                child = self.pool.places.get(block=not self.busy, timeout=0.1)
            except queue.Empty:
                if self.busy:
                    return
                if self.pool.closed:
                    raise SandboxClosed("the sandbox was closed") from None
                continue
            work = self.waiting.popleft()
            if child is not None and work.place in self.suspects:
                self.pool.end(child)
                child = None
            try:
                child = child or self.pool.fork()
            except SandboxClosed:
                self.pool.places.put(None)
                raise
            child.connection.settimeout(self.seconds)
            self.busy[child] = deque()
            self.selector.register(child.connection, selectors.EVENT_READ, child)
            self._send(child, work, wire.frame(self._call(work)))

    def _give_ahead(self) -> None:
        """Give children at work their next piece, if it is small enough to wait in the socket's buffer."""
        for child, given in list(self.busy.items()):
            if not self.waiting or self.waiting[0].place in self.suspects:
                return
            if 0 < len(given) < _IN_FLIGHT and given[0].place not in self.suspects:
                data = wire.frame(self._call(self.waiting[0]))
                if len(data) <= _AHEAD_BYTES:
                    self._send(child, self.waiting.popleft(), data)

    def _call(self, work: Work) -> wire.Call:
        return wire.Call(work.function, work.arguments, self.seconds)

    def _send(self, child: Child, work: Work, data: bytes) -> None:
        given = self.busy[child]
        if not given:
            self.deadlines[child] = time.monotonic() + self.seconds
        given.append(work)
        try:
            wire.send_frame(child.connection, data)
        except (wire.ConnectionLost, wire.TimeUp):
            # An idle child that died is no fault of this work; of one at work, its answer will tell.
            if len(given) == 1:
                self._dismiss(child)
                self.waiting.appendleft(work)

    def _attend(self) -> None:
        """Take in every answer that is ready, and end the children whose time is up."""
        if not self.busy:
            return
        first = min(self.deadlines[child] for child in self.busy)
        for key, _ in self.selector.select(max(0.0, first - time.monotonic())):
            self._take(key.data)
        now = time.monotonic()
        for child in [each for each in self.busy if self.deadlines[each] <= now]:
            self._fail(child, self._time_up(), at_once=True)

    def _take(self, child: Child) -> None:
        try:
            answer = wire.receive(child.connection, wire.Answer)
            value = wire.unpack(answer.value, self.busy[child][0].kind) if answer.how == "value" else None
        except wire.TimeUp:
            self._fail(child, self._time_up(), at_once=True)
            return
        except wire.ConnectionLost:
            self._fail(child, None)
            return
        except ValueError as fault:
            self._fail(child, ParserError("parser.crashed", f"an answer that is none: {fault}"))
            return
        match answer.how:
            case "value":
                self._finish(child, Outcome(value))
            case "refused":
                self._finish(child, Outcome(None, OSError(answer.number, answer.detail)))
            case "memory" | "crashed":
                self._fail(child, ParserError(f"parser.{answer.how}", answer.detail))

    def _time_up(self) -> ParserError:
        return ParserError("parser.timeout", f"{self.seconds:g} s")

    def _finish(self, child: Child, outcome: Outcome[Any]) -> None:
        given = self.busy[child]
        self.done[given.popleft().place] = outcome
        if given:
            self.deadlines[child] = time.monotonic() + self.seconds
            return
        self.selector.unregister(child.connection)
        del self.busy[child]
        self.pool.places.put(child)

    def _fail(self, child: Child, error: ParserError | None, *, at_once: bool = False) -> None:
        """End *child*. What it was at is tried again alone the first time it ends a child, unless *at_once*, and is
        guilty the second time; what it had not begun waits again."""
        work, *unbegun = self.busy[child]
        status = self._dismiss(child)
        if self.pool.closed:
            raise SandboxClosed("the sandbox was closed")
        if error is None:
            code = "parser.timeout" if status == -signal.SIGXCPU else "parser.crashed"
            error = ParserError(code, f"signal {-status}" if status < 0 else f"exit {status}")
        self.waiting.extendleft(reversed(unbegun))
        if at_once or work.place in self.suspects:
            self.done[work.place] = Outcome(None, error)
        else:
            self.suspects.add(work.place)
            self.waiting.appendleft(work)

    def _dismiss(self, child: Child) -> int:
        self.selector.unregister(child.connection)
        del self.busy[child]
        status = self.pool.end(child)
        self.pool.places.put(None)
        return status
