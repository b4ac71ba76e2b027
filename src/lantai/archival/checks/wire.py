"""How the sandbox's processes talk: frames of JSON with raw bytes beside it, never pickle.

A child that reads strangers' files may have been taken over by one, so what it sends back is only ever read as JSON, as
bytes and as the frozen dataclasses of ``lantai.archival``. A frame is a head (length of the JSON, number of
attachments, their lengths; network byte order), the JSON and the attachments.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

MAXIMUM = 256 << 20
"""The largest frame taken from a child, in bytes."""

_HEAD = struct.Struct("!II")
_LENGTH = struct.Struct("!Q")
_INLINE = 512
_KNOWN: set[type[Any]] = set()


class ConnectionLost(Exception):
    """The other process is gone, or sent what is not a frame."""


class TimeUp(Exception):
    """The other process did not answer in time."""


def send(connection: socket.socket, value: Any) -> None:
    """Send *value*: JSON values, bytes, tuples, sets, paths and dataclasses of ``lantai.archival``, nested at will.

    Raises ConnectionLost when the other process is gone, TimeUp, TypeError when *value* holds anything else.
    """
    send_frame(connection, frame(value))


def frame(value: Any) -> bytes:
    """*value* as ``send`` would send it."""
    attachments: list[bytes] = []
    body = json.dumps(_plain(value, attachments), separators=(",", ":")).encode("ascii")
    head = b"".join((_HEAD.pack(len(body), len(attachments)), *(_LENGTH.pack(len(each)) for each in attachments)))
    return b"".join((head, body, *attachments))


def send_frame(connection: socket.socket, data: bytes) -> None:
    """Send what ``frame`` made. Raises ConnectionLost, TimeUp."""
    try:
        connection.sendall(data)
    except TimeoutError as fault:
        raise TimeUp from fault
    except OSError as fault:
        raise ConnectionLost(str(fault)) from fault


def receive(connection: socket.socket) -> Any:
    """The next value sent. The socket's own timeout counts for each piece.

    Raises ConnectionLost at the end of the stream and for anything that is not a frame, TimeUp.
    """
    length, count = _HEAD.unpack(_take(connection, _HEAD.size))
    if count > MAXIMUM // _LENGTH.size:
        raise ConnectionLost("a frame of impossible size")
    raw = _take(connection, _LENGTH.size * count)
    sizes = [_LENGTH.unpack_from(raw, number * _LENGTH.size)[0] for number in range(count)]
    if length + sum(sizes) > MAXIMUM:
        raise ConnectionLost("a frame of impossible size")
    body = _take(connection, length)
    attachments = [_take(connection, size) for size in sizes]
    try:
        return _value(json.loads(body), attachments)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError, RecursionError) as fault:
        raise ConnectionLost(f"not a frame: {fault}") from fault


def pack(value: Any) -> bytes:
    """*value* as one piece of bytes, to be kept; the same values as ``send`` takes."""
    attachments: list[bytes] = []
    body = json.dumps(_plain(value, attachments), ensure_ascii=False, separators=(",", ":")).encode()
    head = b"".join((_HEAD.pack(len(body), len(attachments)), *(_LENGTH.pack(len(each)) for each in attachments)))
    return b"".join((head, body, *attachments))


def unpack(packed: bytes) -> Any:
    """The value ``pack`` was given. Raises ValueError for anything else."""
    length, count = _HEAD.unpack_from(packed)
    start = _HEAD.size + _LENGTH.size * count
    attachments, at = [], start + length
    for number in range(count):
        size = _LENGTH.unpack_from(packed, _HEAD.size + number * _LENGTH.size)[0]
        attachments.append(packed[at : at + size])
        at += size
    return _value(json.loads(packed[start : start + length]), attachments)


def _take(connection: socket.socket, size: int) -> bytes:
    data = bytearray(size)
    view = memoryview(data)
    done = 0
    while done < size:
        try:
            count = connection.recv_into(view[done:])
        except TimeoutError as fault:
            raise TimeUp from fault
        except OSError as fault:
            raise ConnectionLost(str(fault)) from fault
        if not count:
            raise ConnectionLost("the connection ended")
        done += count
    return bytes(data)


@cache
def _members(kind: Any) -> tuple[str, Any]:
    if kind.__module__.partition(".archival.")[0] != "lantai":
        raise TypeError(f"{kind.__qualname__} is no value of lantai.archival")
    names = [each.name for each in fields(kind) if each.init]
    getter = attrgetter(*names)
    return f"{kind.__module__}:{kind.__qualname__}", getter if len(names) > 1 else lambda each: (getter(each),)


_SCALARS = frozenset({str, int, float, bool, type(None)})


def _plain(value: Any, attachments: list[bytes]) -> Any:
    """*value* as JSON. Tuples become lists; every other object is tagged by its one key."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is tuple:
        return _all_plain(value, attachments)
    if kind is dict:
        return {"m": [_all_plain(each, attachments) for each in value.items()]}
    if kind in _KNOWN or is_dataclass(value):
        name, getter = _members(cast(Any, kind))
        _KNOWN.add(kind)
        return {name: _all_plain(getter(value), attachments)}
    if kind is list:
        return {"l": _all_plain(value, attachments)}
    if kind is bytes:
        if len(value) < _INLINE:
            return {"b": value.decode("latin-1")}
        attachments.append(value)
        return {"a": len(attachments) - 1}
    if isinstance(value, Mapping):
        return {"m": [_all_plain(each, attachments) for each in value.items()]}
    if isinstance(value, frozenset | set):
        return {"s": _all_plain(sorted(value), attachments)}
    if isinstance(value, Path):
        return {"p": str(value)}
    raise TypeError(f"{kind.__qualname__} cannot be sent to or from a child")


def _all_plain(values: Iterable[Any], attachments: list[bytes]) -> list[Any]:
    return [each if type(each) in _SCALARS else _plain(each, attachments) for each in values]


def _value(plain: Any, attachments: list[bytes]) -> Any:
    kind = type(plain)
    if kind is list:
        return tuple(_all_values(plain, attachments))
    if kind is not dict:
        return plain
    ((tag, content),) = plain.items()
    if tag == "m":
        return {
            key if type(key) is str else _value(key, attachments): each for key, each in _pairs(content, attachments)
        }
    if tag == "l":
        return _all_values(content, attachments)
    if tag == "b":
        return content.encode("latin-1")
    if tag == "a":
        return attachments[content]
    if tag == "s":
        return frozenset(_all_values(content, attachments))
    if tag == "p":
        return Path(content)
    return _dataclass(tag)(*_all_values(content, attachments))


def _all_values(content: Iterable[Any], attachments: list[bytes]) -> list[Any]:
    return [each if type(each) in _SCALARS else _value(each, attachments) for each in content]


def _pairs(content: Iterable[Any], attachments: list[bytes]) -> Iterator[tuple[Any, Any]]:
    for key, each in content:
        known = key if type(key) is str else _value(key, attachments)
        yield known, each if type(each) in _SCALARS else _value(each, attachments)


@cache
def _dataclass(name: str) -> type[Any]:
    module, _, kind = name.partition(":")
    if not module.startswith("lantai.archival."):
        raise TypeError(f"{name} is no value of lantai.archival")
    found: Any = getattr(sys.modules.get(module) or import_module(module), kind)
    if not (isinstance(found, type) and is_dataclass(found)):
        raise TypeError(f"{name} is not a dataclass")
    return found
