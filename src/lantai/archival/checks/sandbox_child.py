"""The sandbox's own processes: a nursery that only forks, and the limited children it forks (see ``sandbox``).

Run as ``python -m lantai.archival.checks.sandbox_child FD PARENT MODULES``. The nursery is small, single-threaded
and has every parser loaded, so a new child costs a fork. It opens nothing of its own and never reads a stranger's
byte.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import socket
import sys
from importlib import import_module
from typing import Any

from lantai.archival.checks import wire

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CHECK_PARENT_MS = 1000
_FILE_BYTES = 4 << 30
_OPEN_FILES = 256


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
        order, number, options = wire.receive(control)
        if order == "fork":
            ours, theirs = socket.socketpair()
            pid = os.fork()
            if pid == 0:
                control.close()
                ours.close()
                _become_child(theirs, dict(options))
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


def _become_child(connection: socket.socket, options: dict[str, Any]) -> None:
    """Take the limits, then answer calls until the connection ends. Never returns."""
    nursery = os.getppid()
    die_with_parent()
    if os.getppid() != nursery:
        os._exit(0)
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    memory = int(options["memory_bytes"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    _, most = resource.getrlimit(resource.RLIMIT_CPU)

    try:
        while True:
            name, arguments, named, seconds = wire.receive(connection)
            used = resource.getrusage(resource.RUSAGE_SELF)
            ends = int(used.ru_utime + used.ru_stime + seconds) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (ends, most))
            try:
                answer = {"value": _function(name)(*arguments, **named)}
            except OSError as fault:
                answer = {"refused": str(fault), "number": fault.errno or 0}
            wire.send(connection, answer)
    except wire.ConnectionLost:
        os._exit(0)
    except BaseException as fault:  # noqa: BLE001 - the child's last words; it ends here, the nursery forks another
        with contextlib.suppress(wire.ConnectionLost):
            wire.send(connection, _last_words(fault))
    os._exit(1)


def _last_words(fault: BaseException) -> dict[str, str]:
    if isinstance(fault, MemoryError):
        return {"memory": "MemoryError"}
    return {"crashed": f"{type(fault).__name__}: {fault}"[:500]}


def _function(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(sys.modules.get(module) or import_module(module), function)


def main() -> None:
    """Start the nursery on the inherited socket."""
    descriptor, parent, dies, modules = sys.argv[1:5]
    if dies == "1":
        die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in filter(None, modules.split(",")):
        import_module(each)
    with socket.socket(fileno=int(descriptor)) as control, contextlib.suppress(wire.ConnectionLost):
        wire.send(control, "ready")
        run_nursery(control, int(parent))


if __name__ == "__main__":
    main()
