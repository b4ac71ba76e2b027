"""A record is destroyed again and again, each time killed by SIGKILL one line further: run in a home of its own.

The home is prepared (keys, escrow, a second location, two sealed records), kept aside, and brought back for each run. A
child that was forked destroys the first record and dies at its n-th line of the code that destroys; then is looked what
a stranger would find, and it is run again, by hand or by the steward. The answer, one JSON line, says what was seen.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from tests.catalog.records import new_record  # noqa: E402
from tests.storage.places import NOW, add, copy_all  # noqa: E402

from lantai.administration.services.people_access import CONSOLE  # noqa: E402
from lantai.archival.vault import KeyDestroyed  # noqa: E402
from lantai.archival.vault.keys import STORE_FILE, make_identity, providers  # noqa: E402
from lantai.catalog.models import ComponentText  # noqa: E402
from lantai.catalog.services import NewRepresentation, register_records  # noqa: E402
from lantai.catalog.services.destroying import destroy_content, settle_destroyed  # noqa: E402
from lantai.storage import queries, services  # noqa: E402
from lantai.storage.keyring import forget_keyring, key_store  # noqa: E402
from lantai.storage.models import Copy  # noqa: E402

BOX = "urn:lantai:box:J019:D30:2026:0001"
FIRST, SECOND = (new_record(number).record_code for number in (1, 2))
WATCHED = ("services/destroying.py",)
KEY_STORE = ("destroy_keys", "_writing")


def prepare() -> None:
    """Two records in one sealed box, in two locations, with an escrow recipient."""
    services.create_keys(by=CONSOLE, now=NOW)
    services.add_escrow(name="省档案馆", recipient=make_identity()[1], by=CONSOLE, now=NOW)
    services.decide_sealing(asked=services.RuleAsked("", "", sealed=True), reason="馆务会", by=CONSOLE, now=NOW)
    add("second", settings.LANTAI_HOME / "second")
    files = {f"{code}/{name}": code.encode() * 9 for code in (FIRST, SECOND) for name in ("package.zip", "file.xml")}
    contents = tuple(services.Content(path, data) for path, data in files.items())
    services.deposit_objects(objects=[services.NewObject(BOX, contents, NOW, "归档", "档案员")])
    for number, code in ((1, FIRST), (2, SECOND)):
        form = NewRepresentation(
            object_id=BOX, path=f"{code}/package.zip", container="zip", bytes=243, sha512="0" * 128, components=()
        )
        with transaction.atomic():
            (pk,) = register_records(records=[new_record(number, representation=form)], by="t", now=NOW)
        ComponentText.objects.create(record_id=pk, body=b"x", characters=1, extracted_at=NOW)
    copy_all()
    assert Copy.objects.filter(state=Copy.State.VERIFIED).count() == 2
    with connections["default"].cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def run_forked(act: Callable[[], object], *, die_at: int = 0) -> bool:
    """Do *act* in a child of its own, killed at its *die_at*-th line (0: never); whether it came to its end."""
    connections.close_all()
    forget_keyring()
    pid = os.fork()
    if not pid:
        lines: set[tuple[str, int]] = set()

        def follow(frame: FrameType, event: str, _argument: Any) -> Any:
            code = frame.f_code
            if not code.co_filename.endswith(WATCHED) and code.co_name not in KEY_STORE:
                return None
            if event == "line":
                lines.add((code.co_filename, frame.f_lineno))
                if len(lines) == die_at:
                    os.kill(os.getpid(), signal.SIGKILL)
            return follow

        if die_at:
            sys.settrace(follow)
        act()
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status) or status == 0, status
    return not os.WIFSIGNALED(status)


def destroy() -> None:
    """What the operator's command does."""
    destroy_content(code=FIRST, reason="销毁批 3", by=CONSOLE, now=NOW)


def steward() -> None:
    """What the steward does after it was started again."""
    services.finish_destructions(now=NOW)
    settle_destroyed(now=NOW)


def look(home: Path, secrets: list[bytes]) -> dict[str, Any]:
    """What lies there, read without our own code: keys of the first record, and what is claimed of it."""
    with sqlite3.connect(settings.LANTAI_KEYS / STORE_FILE) as keys:
        left = keys.execute("SELECT count(*) FROM data_key WHERE unit = ?", (FIRST,)).fetchone()[0]
        stones = keys.execute("SELECT count(*) FROM tombstone WHERE unit = ?", (FIRST,)).fetchone()[0]
        wraps = keys.execute("SELECT count(*) FROM escrow").fetchone()[0]
    keys.close()
    database = sqlite3.connect(home / "lantai.sqlite3")
    kinds = [each for (each,) in database.execute("SELECT kind FROM ledger_entry ORDER BY id")]
    states = dict(database.execute("SELECT record_code, state FROM catalog_record"))
    texts = database.execute("SELECT count(*) FROM catalog_componenttext").fetchone()[0]
    database.close()
    files = [each for each in settings.LANTAI_KEYS.iterdir() if each.name.startswith(STORE_FILE)]
    data = b"".join(each.read_bytes() for each in files)
    return {
        "keys": left, "stones": stones, "wraps": wraps, "states": states, "texts": texts,
        "told": [each for each in kinds if each in ("keys.destruction-begun", "keys.destroyed", "record.destroyed")],
        "bytes": sum(each in data for each in secrets),
    }  # fmt: skip


def opens(code: str) -> bool:
    """Whether the record's package can be read, from whichever copy."""
    try:
        with queries.open_content(object_id=BOX, path=f"{code}/package.zip") as stream:
            return stream.read() == code.encode() * 9
    except KeyDestroyed:
        return False


def wrapped_keys() -> list[bytes]:
    """The first record's data key as it lies wrapped in the store, for the archive and for escrow."""
    with sqlite3.connect(settings.LANTAI_KEYS / STORE_FILE) as keys:
        mine = "SELECT key FROM data_key WHERE unit = ?"
        rows = keys.execute("SELECT wrapped FROM data_key WHERE unit = ?", (FIRST,)).fetchall()
        rows += keys.execute(f"SELECT wrapped FROM escrow WHERE key IN ({mine})", (FIRST,)).fetchall()
    return [bytes(each) for (each,) in rows]


def main() -> None:
    """Every line once."""
    providers._COST["n"] = 1 << 12
    home = Path(settings.LANTAI_HOME)
    prepare()
    secrets = wrapped_keys()
    connections.close_all()
    key_store().path.with_name("x").unlink(missing_ok=True)
    forget_keyring()
    kept = home / "kept"
    kept.mkdir()
    for each in (home / "lantai.sqlite3", settings.LANTAI_KEYS / STORE_FILE):
        shutil.copy2(each, kept / each.name)
    seen, whole, at = [], False, 0
    while not whole:
        at += 1
        for name in ("lantai.sqlite3", STORE_FILE):
            place = home if name == "lantai.sqlite3" else settings.LANTAI_KEYS
            for old in place.glob(f"{name}*"):
                old.unlink()
            shutil.copy2(kept / name, place / name)
        whole = run_forked(destroy, die_at=at)
        broken = look(home, secrets)
        begun = bool(broken["told"])
        again = run_forked(steward if at % 2 and begun else destroy)
        after = look(home, secrets)
        seen.append({"broken": broken, "whole": whole, "again": again, "after": after})
    connections.close_all()
    forget_keyring()
    print(json.dumps({"seen": seen, "opens": [opens(FIRST), opens(SECOND)], "secrets": len(secrets)}))


if __name__ == "__main__":
    main()
