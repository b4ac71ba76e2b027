"""The sandbox's own processes: a nursery that only forks, and the limited children it forks (see ``sandbox``).

Run as ``python -m lantai.archival.checks.sandbox_child FD PARENT MODULES``. The nursery is small, single-threaded
and has every parser loaded, so a new child costs a fork. It opens nothing of its own and never reads a stranger's
byte.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import FunctionType
from typing import Any, get_type_hints

from lantai.archival.checks import wire

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CHECK_PARENT_MS = 1000
_FILE_BYTES = 4 << 30
_OPEN_FILES = 256
_GARBAGE_AFTER = 20_000


def die_with_parent() -> None:
    """Ask Linux to kill this process when the thread that started it ends. Elsewhere the watch on the parent must
    do."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def run_nursery(control: socket.socket, parent: int) -> None:
    """Fork, end and reap children as *control* says, until the other end closes or the process *parent* is gone."""
    children: dict[int, int | None] = {}
    watch = select.poll()
    watch.register(control, select.POLLIN)
    while os.getppid() == parent:
        if not watch.poll(_CHECK_PARENT_MS):
            _reap(children)
            continue
        order, number, options = wire.receive(control, tuple[str, int, dict[str, int]])
        if order == "fork":
            ours, theirs = socket.socketpair()
            pid = os.fork()
            if pid == 0:
                control.close()
                ours.close()
                _become_child(theirs, options)
            theirs.close()
            children[pid] = None
            wire.send(control, pid)
            socket.send_fds(control, [b"."], [ours.fileno()])
            ours.close()
        elif order == "end":
            wire.send(control, _end(children, number))
        _reap(children)


def _end(children: dict[int, int | None], pid: int) -> int:
    """Kill the child *pid* unless it is gone already. Returns how it ended: its exit code, or minus the signal."""
    _reap(children)
    status = children.pop(pid, 0)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status


def _reap(children: dict[int, int | None]) -> None:
    for pid, status in children.items():
        if status is None:
            done, found = os.waitpid(pid, os.WNOHANG)
            if done:
                children[pid] = os.waitstatus_to_exitcode(found)


def _become_child(connection: socket.socket, options: dict[str, int]) -> None:
    """Take the limits, then answer calls until the connection ends. Never returns."""
    nursery = os.getppid()
    die_with_parent()
    if os.getppid() != nursery:
        os._exit(0)
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    memory = options["memory_bytes"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    _, most = resource.getrlimit(resource.RLIMIT_CPU)

    try:
        while True:
            call = wire.receive(connection, wire.Call)
            used = resource.getrusage(resource.RUSAGE_SELF)
            ends = int(used.ru_utime + used.ru_stime + call.seconds) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (ends, most))
            try:
                answer = wire.Answer("value", value=wire.pack(_answered(call)))
            except OSError as fault:
                answer = wire.Answer("refused", str(fault), fault.errno or 0)
            wire.send(connection, answer)
    except wire.ConnectionLost:
        os._exit(0)
    except BaseException as fault:  # noqa: BLE001 - the child's last words; it ends here, the nursery forks another
        with contextlib.suppress(wire.ConnectionLost):
            wire.send(connection, _last_words(fault))
    os._exit(1)


def _last_words(fault: BaseException) -> wire.Answer:
    if isinstance(fault, MemoryError):
        return wire.Answer("memory", "MemoryError")
    return wire.Answer("crashed", f"{type(fault).__name__}: {fault}"[:500])


def _answered(call: wire.Call) -> Any:
    function, kinds = _function(call.function)
    return function(*(wire.fit(each, kinds.get(place, Any)) for place, each in enumerate(call.arguments)))


@cache
def _function(name: str) -> tuple[Callable[..., Any], dict[int, Any]]:
    """The function *name* and, by its annotations, what its arguments are."""
    module, _, function = name.partition(":")
    found = getattr(sys.modules.get(module) or import_module(module), function)
    kinds = get_type_hints(found) if isinstance(found, FunctionType) else {}
    return found, dict(enumerate(kinds.get(each, Any) for each in kinds if each != "return"))


def main() -> None:
    """Start the nursery on the inherited socket."""
    descriptor, parent, dies, modules = sys.argv[1:5]
    if dies == "1":
        die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in filter(None, modules.split(",")):
        import_module(each)
    gc.freeze()  # what is loaded stays: no child goes through it again and again, looking for garbage
    gc.set_threshold(_GARBAGE_AFTER)
    with socket.socket(fileno=int(descriptor)) as control, contextlib.suppress(wire.ConnectionLost):
        wire.send(control, "ready")
        run_nursery(control, int(parent))


if __name__ == "__main__":
    main()
