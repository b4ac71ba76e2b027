"""Parsers of strangers' files run in children of limited time and memory (沙箱), so that no file can hurt the archive.

A nursery process forks children that hold every parser ready and nothing else: no database, no key, no thread. Each
child takes one piece of work after the other and answers each by itself. Work that ends its child, overruns its seconds
or its memory is tried once more, alone in a fresh child: if that ends too the work is guilty and fails by name; if
not, it goes on. Everybody else's work goes on anyway.

Usable from many threads. Make it in the process that uses it, after any fork of servers. Linux ends the children with
their parent; a nursery whose parent is gone ends within a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from lantai.archival.checks.sandbox_loop import Outcome, ParserError, Work, WorkLoop
from lantai.archival.checks.sandbox_pool import ChildPool, SandboxClosed
from lantai.archival.packages.model import HandoverLine, Package, Problem
from lantai.archival.sealing import Trust

__all__ = ["MEBIBYTE", "Outcome", "ParserError", "ReadRequest", "Sandbox", "SandboxClosed"]

MEBIBYTE = 1 << 20
_READER = "lantai.archival.checks.reading:read_stranger"


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One package to read: where it lies, under which profile (a code of the shipped profiles, or profile data),
    what the hand-over list says of it, the name it was sent under, whether the text of its documents is wanted,
    digests of the whole that receiving it gave already, and whom the archive trusts."""

    path: Path
    profile: str | dict[str, Any]
    handover: HandoverLine | None = None
    name: str = ""
    want_text: bool = False
    known_digests: Mapping[str, str] = field(default_factory=dict)
    trust: Trust = field(default_factory=Trust)


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
        memory_bytes: int = 2560 * MEBIBYTE,
        modules: Sequence[str] = ("lantai.archival.checks.reading",),
    ) -> None:
        self._seconds = seconds
        self._pool = ChildPool(workers=workers, memory_bytes=memory_bytes, modules=",".join(modules))

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Start the nursery; done by itself at the first use. Raises SandboxClosed when it cannot be started."""
        self._pool.start()

    def close(self) -> None:
        """End all children and the nursery. Work still under way fails with SandboxClosed."""
        self._pool.close()

    def call(self, function: str, *arguments: Any, kind: Any = Any) -> Any:
        """Run ``module:function`` in a child and return its answer, which is of *kind*.

        Arguments are fitted to the function's annotations; they and the answer are what ``wire.pack`` takes. Raises
        ParserError, OSError of the medium, SandboxClosed.
        """
        (outcome,) = self.call_many([(function, arguments)], kind=kind)
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    def call_many(self, calls: Sequence[tuple[str, tuple[Any, ...]]], *, kind: Any = Any) -> Iterator[Outcome[Any]]:
        """Run many calls ``(function, arguments)`` on all free children; outcomes come in order as they are ready.

        Raises SandboxClosed.
        """
        waiting = deque(Work(place, *call, kind) for place, call in enumerate(calls))
        return WorkLoop(self._pool, waiting, self._seconds).outcomes()

    def read_many(self, requests: Sequence[ReadRequest]) -> Iterator[Package]:
        """Read packages in children; they come in the order of the requests, as soon as they are ready.

        A package that crashes, overruns or exhausts its child comes back unread, with the fatal problem
        ``parser.crashed``, ``parser.timeout`` or ``parser.memory``; one that the medium itself refuses with
        ``medium.unreadable``, which is the archive's fault and not the department's.
        """
        calls: list[tuple[str, tuple[Any, ...]]] = [
            (
                _READER,
                (each.path, each.profile, each.handover, each.name, each.want_text, each.known_digests, each.trust),
            )
            for each in requests
        ]
        for request, outcome in zip(requests, self.call_many(calls, kind=Package), strict=True):
            yield _unread(request, outcome.error) if outcome.error is not None else cast(Package, outcome.value)


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
