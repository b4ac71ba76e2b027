"""The children of the sandbox and the nursery that forks them, as their parent sees them."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import threading

from lantai.archival.checks import wire

_START_SECONDS = 60.0


class SandboxClosed(Exception):
    """The sandbox was closed, or its nursery is gone."""


class Child:
    """One child: its process and the connection to it."""

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self.pid = pid
        self.connection = connection


class ChildPool:
    """Places for *workers* children. ``places`` holds a child, or None where one has still to be forked."""

    def __init__(self, *, workers: int, memory_bytes: int, modules: str) -> None:
        self.places: queue.LifoQueue[Child | None] = queue.LifoQueue()
        for _ in range(workers):
            self.places.put(None)
        self.closed = False
        self._memory = memory_bytes
        self._modules = modules
        self._order = threading.Lock()
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self) -> None:
        """Start the nursery. Raises SandboxClosed when it cannot be."""
        with self._order:
            self._started()

    def close(self) -> None:
        """End all children and the nursery. Work still under way fails with SandboxClosed."""
        with self._order:
            self.closed = True
            self._forget()
        while True:
            try:
                child = self.places.get_nowait()
            except queue.Empty:
                return
            if child is not None:
                child.connection.close()

    def fork(self) -> Child:
        """A fresh child. Raises SandboxClosed."""
        with self._order:
            control = self._started()
            try:
                wire.send(control, ("fork", 0, {"memory_bytes": self._memory}))
                pid = wire.receive(control, int)
                _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            except (wire.ConnectionLost, wire.TimeUp, OSError) as fault:
                raise SandboxClosed(f"the nursery is gone: {fault}") from fault
            return Child(pid, socket.socket(fileno=descriptors[0]))

    def end(self, child: Child) -> int:
        """End a child; how it ended: an exit code, or minus the signal that ended it before we did."""
        child.connection.close()
        with self._order:
            if self._control is None:
                return 0
            try:
                wire.send(self._control, ("end", child.pid, {}))
                return wire.receive(self._control, int)
            except (wire.ConnectionLost, wire.TimeUp):
                return 0

    def _started(self) -> socket.socket:
        if self.closed:
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
            wire.receive(ours, str)
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


def _environment() -> dict[str, str]:
    """What children may know of the parent's environment: how to start Python, and no setting or secret."""
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
    known = {name: os.environ[name] for name in kept if name in os.environ}
    return {**known, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
