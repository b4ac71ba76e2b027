"""Storage locations for tests: real folders, another real device where the machine has one, and a person who signs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lantai.administration.services.people_access import CONSOLE
from lantai.catalog.queries import scopes_of_objects
from lantai.storage import services
from lantai.storage.models import Location, StoredObject
from lantai.storage.services import NewLocation, NewObject

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)


def box(number: int, **files: bytes) -> NewObject:
    """An object of two files, and more."""
    contents = {"0001/package.zip": f"案卷 {number}".encode() * 500, "0001/description.xml": b"<record/>"} | files
    return NewObject(
        object_id=f"urn:lantai:box:{number}",
        contents=tuple(services.Content(path, data) for path, data in contents.items()),
        created=NOW,
        message="归档",
        user="档案员",
    )


def add(code: str, path: Path, **more: object) -> Location:
    """A location on a file system."""
    new = NewLocation(code=code, kind="posix", path=str(path), **more)  # type: ignore[arg-type]
    return services.add_location(new=new, by=CONSOLE, now=NOW)


def declare(code: str, **changes: object) -> Location:
    """Declare something of a location; the rest stays as it is."""
    row = Location.objects.get(code=code)
    told = {name: getattr(row, name) for name in ("medium", "place", "offline", "write_once", "in_service")}
    return services.declare_location(code=code, by=CONSOLE, now=NOW, **told | changes)  # type: ignore[arg-type]


def plan() -> int:
    """What the planner's job does."""
    due = services.due_objects(limit=1000)
    told = scopes_of_objects(object_ids=due)
    return services.plan_copies(scopes={each: [services.Scope(*scope) for scope in told.get(each, ())] for each in due})


def copy_all() -> int:
    """Plan and copy until nothing more can be done; returns how many copies were made or read again."""
    made = 0
    for code in Location.objects.values_list("code", flat=True):
        services.look_at_location(code=code, now=NOW)
    plan()
    while waiting := services.waiting_at():
        done = 0
        for code in waiting:
            done += services.carry_out_removals(location=code)
            done += services.copy_wanted(location=code).copied
        if not done:
            break
        made += done
    plan()
    return made


def lacking(number: int) -> dict[str, tuple[int, int]]:
    """What box *number* lacks, with how many there are and must be."""
    row = StoredObject.objects.get(object_id=f"urn:lantai:box:{number}")
    return {each["what"]: (each["have"], each["need"]) for each in row.lacking}


@contextmanager
def other_device() -> Iterator[Path]:
    """A folder on another device than the tests' own; skipped by name where the machine has none."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("this machine has no second file system at /dev/shm")
    folder = Path(tempfile.mkdtemp(dir=memory, prefix="lantai-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
