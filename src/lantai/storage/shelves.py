"""The shelf against its register: what lies in a storage root and in no row, and the ledger's copy there."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from lantai.archival import ocfl
from lantai.archival.verification import Found
from lantai.ledger.queries import cursor_position, sealed_entries
from lantai.storage.models import Location, StoredObject
from lantai.storage.queries import ContentMissing, open_content
from lantai.storage.roots import location_root
from lantai.storage.services.keep_ledger import ENTRIES, LEDGER_FOLLOWER, PREFIX, parse_batch_id

SETTLED = 3600.0
"""Seconds after which something unregistered is no longer just being deposited."""
_ROOT_SEEN = " "
"""Before every name of a folder, and not empty: the root itself is told of once."""
_SHORT = 100
_TRUNCATED = re.compile(r"-[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class ShelfChecked:
    """What one call of ``verify_shelf`` did. *after* is ``location/folder`` of the last place seen; *done* ends it."""

    after: str
    places: int
    findings: tuple[Found, ...]
    done: bool


@dataclass(frozen=True, slots=True)
class CopiesChecked:
    """What one call of ``verify_ledger_copies`` did. *after* is the first entry not yet compared; *done* ends it."""

    after: int
    entries: int
    findings: tuple[Found, ...]
    done: bool


def verify_shelf(*, after: str = "", limit: int = 500) -> ShelfChecked:
    """Walk up to *limit* places of the storage roots behind *after*: every object must have its row, and nothing else
    may lie there. What is younger than SETTLED may still be on its way in. Objects are not read: ``check_storage``
    does that. Locations that are away are left out, and buckets, where nothing can lie between the objects.

    Raises OSError when a root cannot be read.
    """
    code, _, folder = after.partition("/")
    shelves = Location.objects.filter(away_since=None, kind=Location.Kind.POSIX).order_by("code")
    location = shelves.filter(code__gte=code).first()
    if location is None:
        return ShelfChecked(after, 0, (), done=True)
    if location.code != code:
        folder = ""
    root = location_root(location)
    places = list(islice(ocfl.walk_root(root.path, after=folder), limit))
    ids = {each.folder: _id_of(root.path / each.folder) for each in places if each.is_object}
    known = set(StoredObject.objects.filter(object_id__in=ids.values()).values_list("object_id", flat=True))
    findings: list[Found] = []
    for each in places:
        if each.folder and not _settled(root.path / each.folder):
            continue
        findings += [
            Found(problem.code, problem.path, _detail(problem)) for problem in each.problems if problem.is_error
        ]
        if each.is_object and ids[each.folder] not in known:
            findings.append(Found("object.unregistered", each.folder, {"detail": ids[each.folder] or "-"}))
    if len(places) == limit:
        reached = f"{location.code}/{places[-1].folder or _ROOT_SEEN}"
        return ShelfChecked(reached, len(places), tuple(findings), done=False)
    following = shelves.filter(code__gt=location.code).first()
    return ShelfChecked(f"{following.code}/" if following else after, len(places), tuple(findings), not following)


def verify_ledger_copies(*, after: int = 0) -> CopiesChecked:
    """Compare the next batch of entries kept in storage, from index *after* on, with the ledger.

    Of a batch written again after an erasure the newest counts. An entry the ledger has erased may still stand in the
    copy for the seconds until it is written again.
    """
    end = cursor_position(follower=LEDGER_FOLLOWER)
    if after >= end:
        return CopiesChecked(after, 0, (), done=True)
    revisions = StoredObject.objects.filter(object_id__startswith=f"{PREFIX}{after}-").values_list(
        "object_id", flat=True
    )
    if not revisions:
        reached = min([first for first in _batch_starts() if first > after] + [end])
        return CopiesChecked(reached, 0, (Found("copy.missing", str(after)),), done=reached >= end)
    _revision, last, object_id = max(
        (revision, last, each) for each in revisions for _first, last, revision in [parse_batch_id(object_id=each)]
    )
    findings = tuple(_compared(object_id, after, last))
    return CopiesChecked(last + 1, last + 1 - after, findings, done=last + 1 >= end)


def _batch_starts() -> list[int]:
    ids = StoredObject.objects.filter(object_id__startswith=PREFIX).values_list("object_id", flat=True)
    return [parse_batch_id(object_id=each)[0] for each in ids]


def _compared(object_id: str, first: int, last: int) -> Iterator[Found]:
    try:
        with open_content(object_id=object_id, path=ENTRIES) as stream:
            lines = [json.loads(line) for line in stream]
    except (ContentMissing, ocfl.InventoryBroken, OSError, ValueError) as error:
        yield Found("copy.unreadable", object_id, {"detail": str(error)})
        return
    kept = {each.get("index"): each for each in lines if isinstance(each, dict)}
    for entry in sealed_entries(first=first, last=last):
        line = kept.get(entry.index, {})
        same = line.get("commitment") == entry.commitment.hex()
        if entry.text is not None and entry.salt is not None:
            same = same and (line.get("entry"), line.get("salt")) == (entry.text, entry.salt.hex())
        if not same:
            yield Found("copy.differs", object_id, {"index": str(entry.index)})
            return


def _id_of(folder: Path) -> str:
    """The id of the object in *folder*, by the layout where its name is whole, else by its inventory."""
    if len(folder.name) <= _SHORT or not _TRUNCATED.search(folder.name):
        return unquote(folder.name)
    return ocfl.told_id(str(folder))


def _settled(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > SETTLED
    except OSError:
        return False  # it was on its way out


def _detail(problem: ocfl.Problem) -> dict[str, str]:
    return {"detail": problem.detail} if problem.detail else {}
