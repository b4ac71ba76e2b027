"""Limits a program takes before it reads a stranger's file: time, memory, file size, and no network (Linux)."""

from __future__ import annotations

import ctypes
import platform
import resource
import signal
import struct
import sys
from dataclasses import dataclass

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_SECCOMP_MODE_FILTER = 2
_LOAD, _EQUALS, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13  # EACCES
_UNIX = 1
_MACHINES = {
    "x86_64": (0xC000003E, 41),
    "aarch64": (0xC00000B7, 198),
    "loongarch64": (0xC0000102, 198),
    "riscv64": (0xC00000F3, 198),
}
"""What Linux calls a machine's system calls, and the number of ``socket`` among them."""


class NotConfined(Exception):
    """This machine offers no way known here to keep a program from the network."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


@dataclass(frozen=True, slots=True)
class NetworkBan:
    """A filter of system calls, ready to be put on; its memory lives as long as this does."""

    code: ctypes.Array[ctypes.c_char]
    length: int


def network_ban() -> NetworkBan:
    """A filter that refuses every socket but local ones, made before the fork so that nothing is left to do after it.

    Raises:
        NotConfined: not Linux, or a machine whose calls are not known here.
    """
    known = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or known is None or sys.byteorder != "little":
        raise NotConfined(f"{sys.platform} {platform.machine()}")
    calls, socket_call = known
    steps = [
        (_LOAD, 0, 0, 4),  # whose system calls these are
        (_EQUALS, 1, 0, calls),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, 0),  # which call
        (_EQUALS, 0, 2, socket_call),
        (_LOAD, 0, 0, 16),  # its first argument: the family
        (_EQUALS, 0, 1, _UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = b"".join(struct.pack("<HBBI", *each) for each in steps)
    return NetworkBan(ctypes.create_string_buffer(code, len(code)), len(steps))


def confine(ban: NetworkBan, *, seconds: float, memory_bytes: int, file_bytes: int) -> None:
    """Take the limits, in the process that will become the program. It ends with the thread that started it.

    Raises OSError when Linux refuses one of them.
    """
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for limit, wanted in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_FSIZE, file_bytes),
    ):
        _soft, most = resource.getrlimit(limit)
        least = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(limit, (least, most))
    program = _Program(ban.length, ctypes.addressof(ban.code))
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or library.prctl(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0
    ):
        raise OSError(ctypes.get_errno(), "seccomp")
