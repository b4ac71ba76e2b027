"""Files in a tar stream, in the clear or sealed to the escrow recipients, without a clear copy on any disk."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lantai.archival.vault import EscrowWrong
from lantai.archival.vault.keys import open_stream, seal_stream


@contextmanager
def tar_written(target: Path, recipients: Sequence[str]) -> Iterator[tarfile.TarFile]:
    """A tar stream into the new file *target*, sealed to *recipients* where there are any. Raises OSError,
    EscrowWrong."""
    if not recipients:
        with target.open("xb") as sink, tarfile.open(fileobj=sink, mode="w|") as tar:
            yield tar
        return
    target.touch(mode=0o600, exist_ok=False)
    out, into = os.pipe()
    with ThreadPoolExecutor(1) as sealing:
        sealed = sealing.submit(_between, out, target, lambda source, sink: seal_stream(source, sink, recipients))
        try:
            with os.fdopen(into, "wb") as sink, tarfile.open(fileobj=sink, mode="w|") as tar:
                yield tar
        except BrokenPipeError:
            sealed.result()  # says why nobody reads any more
            raise
    sealed.result()


def add_file(tar: tarfile.TarFile, path: Path, name: str) -> bool:
    """Add one file under *name*, as long as it is at this moment; returns whether it was still there."""
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return False
    with stream:
        told = tar.gettarinfo(arcname=name, fileobj=stream)
        told.uid = told.gid = 0
        told.uname = told.gname = ""
        tar.addfile(told, stream)
    return True


def put_back(source: Path, folder: Path, identity: str) -> int:
    """Put the files of a tar stream below *folder*, opened with *identity* where it is sealed; returns how many.

    Only plain files and folders are taken, and none leaves *folder*. Raises EscrowWrong, tarfile.TarError, OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if source.suffix != ".age":
        with source.open("rb") as stream:
            return _unpacked(stream, folder)
    if not identity:
        raise EscrowWrong(f"{source.name} is sealed: the identity of an escrow recipient is needed")
    out, into = os.pipe()
    with ThreadPoolExecutor(1) as opening:
        opened = opening.submit(_opened, source, into, identity)
        with os.fdopen(out, "rb") as stream:
            try:
                count = _unpacked(stream, folder)
            except tarfile.TarError:
                stream.close()
                opened.result()  # the fault of the seal comes before that of what came out of it
                raise
            stream.read()
    opened.result()
    return count


def _unpacked(stream: BinaryIO, folder: Path) -> int:
    count = 0
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for each in tar:
            tar.extract(each, folder, filter="data")
            count += each.isfile()
    return count


def _opened(source: Path, into: int, identity: str) -> None:
    with source.open("rb") as stream, os.fdopen(into, "wb") as sink:
        open_stream(stream, sink, identity)


def _between(out: int, target: Path, work: Callable[[BinaryIO, BinaryIO], object]) -> None:
    with os.fdopen(out, "rb") as source, target.open("wb") as sink:
        work(source, sink)
