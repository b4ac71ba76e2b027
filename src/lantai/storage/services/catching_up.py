"""Bring a database that was restored from a backup up to what storage has kept since: newer rows, newer objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lantai.archival import ocfl
from lantai.archival.verification import Found
from lantai.common.rows import KeptTable, replace_rows
from lantai.storage.models import StoredObject
from lantai.storage.roots import MAIN
from lantai.storage.services.keep_ledger import PREFIX
from lantai.storage.services.rebuilding import register_shelf
from lantai.storage.services.row_batches import ROWS

_CHUNK = 500


@dataclass(slots=True)
class Newest:
    """What the batches read so far, the newest first, say of rows: by table and key, the line that counts; and the
    number from which on a table stands whole.
    """

    lines: dict[str, dict[Any, Mapping[str, Any]]] = field(default_factory=dict)
    whole: dict[str, int] = field(default_factory=dict)


def read_newer_rows(
    *, tables: Mapping[str, KeptTable], number: int, lines: Sequence[Mapping[str, Any]], newest: Newest
) -> None:
    """Take up the lines of batch *number*, older than all before it, into *newest*."""
    newest.whole |= {
        each["table"]: each["whole"] for each in lines if "whole" in each and each["table"] not in newest.whole
    }
    here: dict[tuple[str, Any], Mapping[str, Any]] = {}
    for line in lines:
        if line["table"] in tables and "key" in line and number >= newest.whole.get(line["table"], 0):
            here[line["table"], tables[line["table"]].key.to_python(line["key"])] = line
    for (label, key), line in here.items():
        newest.lines.setdefault(label, {}).setdefault(key, line)


def catch_up_rows(*, tables: Mapping[str, KeptTable], after: int, newest: Newest) -> int:
    """Put what newer batches said of rows into the tables, in the caller's transaction; of a table that stands whole in
    batches behind number *after*, rows that none of them names go. Returns how many rows were put or removed.
    """
    count = 0
    for label, table in tables.items():
        images = {key: None if line.get("gone") else line["row"] for key, line in newest.lines.get(label, {}).items()}
        if newest.whole.get(label, 0) > after:
            keys = table.model._default_manager.order_by().values_list("pk", flat=True)
            images |= {key: None for key in keys.iterator() if key not in images}
        if images:
            replace_rows(table=table, images=images)
            count += len(images)
    return count


def catch_up_shelf(*, root: ocfl.StorageRoot, folders: Sequence[str]) -> tuple[int, list[Found]]:
    """Make the rows of objects in *folders* that came or got another version since, in the caller's transaction;
    returns how many, and what is wrong with them.
    """
    fresh = []
    for start in range(0, len(folders), _CHUNK):
        chunk = folders[start : start + _CHUNK]
        known = dict(
            StoredObject.objects.filter(
                location__code=MAIN, object_id__in=[_named(each) for each in chunk]
            ).values_list("object_id", "inventory_digest")
        )
        for folder in chunk:
            held = known.get(_named(folder))
            if held is None or held != _digest(root.path / folder):
                fresh.append(folder)
                if held is not None:
                    StoredObject.objects.filter(object_id=_named(folder)).delete()
    count, findings = 0, []
    for start in range(0, len(fresh), _CHUNK):
        made, found = register_shelf(root=root, folders=fresh[start : start + _CHUNK], check=False)
        count += made
        findings += found
    return count, findings


def forget_superseded(*, folders: Sequence[str]) -> int:
    """Forget batches of rows and of the ledger that lie on the shelf no more (written anew since); returns how many.
    A box that is missing keeps its row: fixity looks for it and brings it back from another copy.
    """
    there = {_named(each) for each in folders}
    rows = StoredObject.objects.filter(location__code=MAIN)
    gone = [
        pk
        for prefix in (ROWS, PREFIX)
        for pk, object_id in rows.filter(object_id__startswith=prefix).values_list("pk", "object_id")
        if object_id not in there
    ]
    return StoredObject.objects.filter(pk__in=gone).delete()[0] and len(gone)


def _named(folder: str) -> str:
    """The id of the object in *folder*; one whose name is cut is looked up by nobody, and registered again."""
    return unquote(folder.rpartition("/")[2])


def _digest(folder: Path) -> str:
    try:
        return (folder / "inventory.json.sha512").read_text("ascii").split()[0]
    except (OSError, ValueError, IndexError):
        return ""
