"""Where the bytes of a damaged copy go before it is made anew: moved whole beside a root, or fetched from a bucket."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from lantai.archival import ocfl
from lantai.storage.models import Location
from lantai.storage.stores import open_store


@dataclass(frozen=True, slots=True)
class PutAside:
    """The folder that keeps what was there, and how many bytes that is."""

    place: str
    bytes: int


def put_aside(*, location: Location, object_id: str, problems: str, now: datetime) -> PutAside | None:
    """Move what lies in an object's place out of the store, with a note of what was found; None when nothing lies
    there. In a file system it is one rename; what can be read of an object in a bucket is fetched to LANTAI_HOME.

    Raises OSError.
    """
    store, folder = open_store(location), ocfl.object_folder(object_id)
    files = store.files(folder)
    if not files:
        return None
    name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    beside = Path(f"{store.root.path}.quarantine") if isinstance(store, ocfl.PosixStore) else None
    place = (beside or settings.LANTAI_HOME / "quarantine") / name
    place.mkdir(parents=True)
    note = {"object": object_id, "location": location.code, "at": now.isoformat(), "problems": problems}
    (place / "note.json").write_text(json.dumps(note, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if isinstance(store, ocfl.PosixStore):
        ocfl.take_away(store.root, folder, str(place))
        store.root.files.sync(str(store.root.path), [])
        return PutAside(str(place), sum(files.values()))
    kept = 0
    for path in files:
        target = place / "removed" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("wb") as file:
                for part in store.read(folder, path):
                    file.write(part)
                    kept += len(part)
        except OSError as error:
            target.with_name(f"{target.name}.unread").write_text(str(error), encoding="utf-8")
    store.remove(folder)
    return PutAside(str(place), kept)
