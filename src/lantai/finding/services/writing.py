"""The writers of the index: one process writes a part at a time; what fails is rolled back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import tantivy

from lantai.finding.search import IndexDamaged, open_index

HEAP = 64 * 1024 * 1024
FILLING_HEAP = 384 * 1024 * 1024
_MOST_HELD = 4
_held: dict[tuple[str, str], tantivy.IndexWriter] = {}


class IndexBusy(Exception):
    """Another process writes this index now; there is only one indexer."""


class IndexUnwritable(OSError):
    """The files of the index cannot be written: the disk is full, or worse. What was committed before stands."""


@contextmanager
def writers(name: str, parts: Sequence[str], *, heap: int = HEAP) -> Iterator[dict[str, tantivy.IndexWriter]]:
    """The writers of these parts; each is committed at the end, in this order, or all are rolled back.

    They stay open in this process; tantivy's lock file keeps a second process out. Raises IndexBusy while another
    process writes, IndexUnwritable when nothing can be written.
    """
    opened = {part: _writer(name, part, heap) for part in parts}
    try:
        yield opened
        commit(opened=opened)
    except BaseException as error:
        for part, writer in opened.items():
            _held.pop((name, part), None)
            with suppress(ValueError, OSError):
                writer.rollback()
        if type(error) is ValueError:  # how tantivy tells that its writing thread has died
            raise IndexUnwritable(str(error)) from error
        raise
    for key in list(_held)[:-_MOST_HELD]:
        del _held[key]


def commit(*, opened: dict[str, tantivy.IndexWriter]) -> None:
    """Commit what was put in so far. Raises IndexUnwritable."""
    for part, writer in opened.items():
        try:
            writer.commit()
        except (ValueError, OSError) as error:
            raise IndexUnwritable(f"{part}: {error}") from error


def close_writers(*, name: str) -> None:
    """Let go of the writers of one generation, their merging done."""
    for key in [each for each in _held if each[0] == name]:
        with suppress(ValueError, OSError):
            _held.pop(key).wait_merging_threads()


def release_writers() -> None:
    """Let go of every index this process writes, so that another may write it."""
    _held.clear()


def _writer(name: str, part: str, heap: int) -> tantivy.IndexWriter:
    writer = _held.pop((name, part), None)
    if writer is None:
        try:
            writer = open_index(name, part).writer(heap, 1)
        except IndexDamaged:
            raise
        except ValueError as error:
            raise IndexBusy(str(error)) from error
    _held[name, part] = writer
    return writer
