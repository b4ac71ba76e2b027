"""How the sandbox's processes talk, and how read packages are kept: MessagePack of typed values, never pickle.

A child that reads strangers' files may have been taken over by one, so what it sends back is read as the type that was
asked for and as nothing else. A frame is its length (eight bytes, network byte order) and the MessagePack of a value.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import msgspec

MAXIMUM = 256 << 20
"""The largest frame taken from a child, in bytes."""

_LENGTH = struct.Struct("!Q")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A piece of work: the function as ``module:function``, its arguments, and the seconds it may take."""

    function: str
    arguments: tuple[Any, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """How work ended: with a packed ``value``, ``refused`` by the medium (``number`` is its errno), or without
    ``memory`` or ``crashed``, which both end the child.
    """

    how: Literal["value", "refused", "memory", "crashed"]
    detail: str = ""
    number: int = 0
    value: bytes = b""


class ConnectionLost(Exception):
    """The other process is gone, or sent what is not a frame."""


class TimeUp(Exception):
    """The other process did not answer in time."""


def send(connection: socket.socket, value: Any) -> None:
    """Send *value* in a frame. Raises as ``pack`` and ``send_frame`` do."""
    send_frame(connection, frame(value))


def frame(value: Any) -> bytes:
    """*value* as ``send`` would send it."""
    body = pack(value)
    return _LENGTH.pack(len(body)) + body


def send_frame(connection: socket.socket, data: bytes) -> None:
    """Send what ``frame`` made. Raises ConnectionLost when the other process is gone, TimeUp."""
    try:
        connection.sendall(data)
    except TimeoutError as fault:
        raise TimeUp from fault
    except OSError as fault:
        raise ConnectionLost(str(fault)) from fault


def receive(connection: socket.socket, kind: type[T]) -> T:
    """The next value sent, which is of *kind*. The socket's own timeout counts for each piece.

    Raises ConnectionLost at the end of the stream and for anything that is no *kind* in a frame, TimeUp.
    """
    (length,) = _LENGTH.unpack(_take(connection, _LENGTH.size))
    if length > MAXIMUM:
        raise ConnectionLost("a frame of impossible size")
    try:
        return unpack(_take(connection, length), kind)
    except ValueError as fault:
        raise ConnectionLost(f"not a frame: {fault}") from fault


def pack(value: Any) -> bytes:
    """*value* as bytes: plain values, bytes, paths, and dataclasses of them, nested at will.

    Half characters (lone surrogates) in text, which no encoding holds, become U+FFFD. Raises TypeError when *value*
    holds anything else, OverflowError for an integer of more than 64 bits.
    """
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        return _ENCODER.encode(_whole(value))


def unpack(packed: bytes, kind: type[T]) -> T:
    """The value of *kind* that ``pack`` was given. Raises ValueError for anything else."""
    return cast(T, _decoder(cast(Hashable, kind)).decode(packed))


def fit(value: Any, kind: Any) -> Any:
    """A plain value, as decoded without a type, as one of *kind*. Raises ValueError when it is none."""
    return msgspec.convert(value, kind, dec_hook=_from_plain)


def _to_plain(value: Any) -> Any:
    if isinstance(value, Path):
        return os.fsencode(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__qualname__} cannot be sent to or from a child")


def _from_plain(kind: type[Any], value: Any) -> Any:
    if kind is Path and isinstance(value, bytes):
        return Path(os.fsdecode(value))
    raise ValueError(f"{type(value).__qualname__} is no {kind.__qualname__}")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_to_plain)


@cache
def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind, dec_hook=_from_plain)


def _whole(value: Any) -> Any:
    """*value* with every half character in its text replaced."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {_whole(key): _whole(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_whole(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _whole(getattr(value, each.name)) for each in fields(value) if each.init})
    return value


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
