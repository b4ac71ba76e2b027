"""A backup is restored to a new home, brought up to storage, and nothing that was destroyed comes back."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lantai.archival.vault.keys import STORE_FILE, KeyStore
from tests.backups.conftest import MORE, Kept, restored
from tests.flows.house import House, living_house
from tests.rebuild.lost import flip, named, run

pytestmark = pytest.mark.xdist_group("backups")
ANSWERED_ANEW = {
    ("catalog.componenttext", ""),  # texts of sealed content are in no backup: the second look reads them again
    ("catalog.representation", "confirmed_at"),
    ("storage.backup", ""),  # the key backup was made after the last keeping
}
READ = """
from lantai.archival.vault import VaultFault
from lantai.catalog.models import ComponentText, Record, Representation
from lantai.storage.models import KeyDestruction
from lantai.storage.queries import open_content
from lantai.ledger.queries import entries_about
answer = {}
for code in sys.argv[1:]:
    record = Record.objects.get(record_code=code)
    form = Representation.objects.filter(record=record).first()
    try:
        with open_content(object_id=form.object_id, path=form.path) as stream:
            said = stream.read(2).decode()
    except VaultFault as fault:
        said = fault.code
    answer[code] = {
        "read": said, "state": record.state, "texts": ComponentText.objects.filter(record=record).count(),
        "finished": KeyDestruction.objects.filter(subject=code, finished_at__isnull=False).exists(),
        "complete": KeyDestruction.objects.filter(subject=code, complete_at__isnull=False).exists(),
        "kinds": [each.kind for each in entries_about(subject=code)],
    }
"""
SETTLE = """
from django.utils import timezone
from lantai.site.backups.expiring import settle_destructions
answer = settle_destructions(now=timezone.now())
"""
KILLED = """
import signal
from pathlib import Path
from django.db import connections
from django.utils import timezone
from lantai.site.backups import taking

def run(place, before):
    connections.close_all()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    real = getattr(taking, place)
    def die(*given, **named):
        if not before:
            real(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(taking, place, die)
    (taking.take_key_backup if place in ("wipe", "add_file") else taking.take_backup)(by="t", now=timezone.now())
    os._exit(0)

places = ("copy_database", "kept_file", "write_manifest", "finish_backup", "wipe", "add_file")
deaths = [os.WIFSIGNALED(run(place, before)) for place in places for before in (True, False)]
from lantai.site.backups.expiring import expire_backups
names = [taking.take_backup(by="t", now=timezone.now()), taking.take_key_backup(by="t", now=timezone.now())]
expire_backups(now=timezone.now())
left = [str(each) for folder in (taking.backup_folder(), taking.key_backup_folder(), taking.key_folder())
        for each in folder.glob(".*") if each.name != ".lock"]
from lantai.storage.models import Backup
states = set(Backup.objects.values_list("state", flat=True))
answer = {"deaths": deaths, "left": left, "names": names, "states": sorted(states)}
"""

DOOMED = """
import os, signal, sys
from lantai.site.cli.main import main
last, watched = int(sys.argv[1]), ("/site/backups/", "/storage/services/", "/ledger/services/", "/finding/services/",
    "/archival/vault/", "/archival/ocfl/", "/catalog/services/repeating.py")
sys.argv = ["lantai", *sys.argv[2:]]
count = 0
def watch(frame, event, _argument):
    global count
    if event == "call" and any(each in frame.f_code.co_filename for each in watched):
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(watch)
try:
    main()
finally:
    sys.setprofile(None)
    print(count, file=sys.stderr)
"""
SHARES = (0.03, 0.3, 0.6, 0.9)
"""How far into its work each restore dies, one after the other in the same home."""
TAKEN = ("LANTAI_STORAGE", "LANTAI_KEYS_PASSPHRASE", "LANTAI_EXAMINERS")


def doomed_restore(kept: Kept, other: House, folder: Path, keys: Path, last: int) -> subprocess.CompletedProcess[str]:
    """A restore into *other* that kills itself at call number *last* (0: never) and says how many there were."""
    given = ["--from", str(folder), "--to", str(other.home), "--keys", str(keys), "--identity", str(kept.identity)]
    return subprocess.run(
        [sys.executable, "-c", DOOMED, str(last), "restore", *given, "--json"],
        env=other.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def differences(kept: Kept, other: House) -> set[tuple[str, str]]:
    """Tables and columns that differ."""
    _code, said = run(other, "compare", named(kept.house), named(other), "--json")
    *found, _total = [json.loads(line) for line in said.splitlines()]
    return {(each["table"], each.get("column", "")) for each in found}


@pytest.mark.database
def test_everything_comes_back_with_what_storage_has_beyond_the_backup(kept: Kept, other: House) -> None:
    folder, keys = kept.backup()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["database"]["texts_left_out"] > 0
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert b"AGE-SECRET" not in keys.read_bytes() and keys.read_bytes().startswith(b"age-encryption.org/v1")
    kept.house.ask(MORE, "12")
    kept.house.command("backup", "keys")
    code, told = restored(kept, other, folder, kept.newest_keys())
    assert (code, told["findings"]) == (0, [])
    assert told["entries"] > 0 and told["rows"] > 0 and told["objects"] > 0
    assert told["transit"] > 0, "the package that waits for a decision came back"
    assert differences(kept, other) <= ANSWERED_ANEW
    assert other.ask(READ, *kept.records)[kept.records[0]]["read"] == "PK"
    assert run(other, "restore", "--from", str(folder), "--to", str(other.home))[0] == 2, "it is not empty any more"


@pytest.mark.database
def test_a_database_that_holds_something_is_never_filled(kept: Kept, tmp_path: Path) -> None:
    folder, keys = kept.backup()
    if "LANTAI_DATABASE" not in kept.house.environment:
        assert run(kept.house, "restore", "--from", str(folder), "--to", str(kept.house.home))[0] == 2
        return
    given = ["--keys", str(keys), "--identity", str(kept.identity)]
    code, said = run(kept.house, "restore", "--from", str(folder), "--to", str(tmp_path / "new"), *given)
    assert code == 2 and "is not empty" in said, said
    assert kept.house.ask(READ, kept.records[0])[kept.records[0]]["read"] == "PK"


def test_what_was_sealed_after_the_key_backup_is_named(kept: Kept, other: House) -> None:
    folder, keys = kept.backup()
    kept.house.ask(MORE, "13")
    code, told = restored(kept, other, folder, keys)
    assert code == 1
    assert {each["code"] for each in told["findings"]} == {"restore.rows-damaged"}


@pytest.mark.database
def test_what_was_destroyed_stays_destroyed_and_is_complete_when_the_last_backup_is_gone(
    kept: Kept, other: House, tmp_path: Path
) -> None:
    folder, keys = kept.backup()
    gone, stays = kept.records[1], kept.records[2]
    kept.house.command("keys", "destroy", gone, "--reason", "销毁批 3", "--confirm", gone)
    assert kept.house.ask(SETTLE) == 0, "key backups of before are still there"
    told = kept.house.ask(READ, gone, stays)
    assert (told[gone]["read"], told[gone]["finished"], told[gone]["complete"]) == ("key-destroyed", True, False)
    assert json.loads((folder.parent / "destroyed.jsonl").read_text().splitlines()[-1])["subject"] == gone
    other.environment["LANTAI_STORAGE"] = str(tmp_path / "storage")
    shutil.copytree(kept.house.home / "storage", tmp_path / "storage")
    for each in (tmp_path / "storage").rglob("urn%3alantai%3aledger*"):
        shutil.rmtree(each)  # storage knows nothing of it: the list beside the backups does
    for each in (tmp_path / "storage").rglob("urn%3alantai%3arows*"):
        shutil.rmtree(each)
    code, restore = restored(kept, other, folder, keys)
    assert code == 0, restore
    assert (restore["destroyed_again"], restore["records_destroyed"]) == (1, 1)
    told = other.ask(READ, gone, stays)
    assert (told[gone]["read"], told[gone]["state"], told[gone]["texts"]) == ("key-destroyed", "destroyed", 0)
    assert told[gone]["finished"] and told[stays]["read"] == "PK"
    assert run(other, "keys", "check")[0] == 0

    kept.house.command("backup", "renew-keys", "--reason", "销毁批 3")
    assert not keys.exists(), "the key backup of before went"
    told = kept.house.ask(READ, gone)
    assert told[gone]["complete"] and told[gone]["kinds"][-1] == "keys.destruction-complete"


def test_a_damaged_backup_is_refused_and_a_wrong_identity_told(kept: Kept, other: House, tmp_path: Path) -> None:
    folder, keys = kept.backup()
    bad = tmp_path / "bad" / folder.name
    shutil.copytree(folder, bad)
    flip(next(each for each in sorted(bad.iterdir()) if each.name.startswith("database")))
    code, said = restored(kept, other, bad, keys)
    assert code == 2 and "is not what its manifest says" in said["said"]
    assert not (other.home / "lantai.sqlite3").exists()
    stranger = tmp_path / "stranger.txt"
    kept.house.command("keys", "escrow", "identity", stranger)
    arguments = ["--from", str(folder), "--to", str(other.home), "--keys", str(keys)]
    code, text = run(other, "restore", *arguments, "--identity", str(stranger))
    assert code == 2 and "escrow-wrong" in text
    assert run(other, "work", "--drain")[0] == 1, "nothing starts on half an archive"
    safe = other.environment["LANTAI_KEYS"] = str(tmp_path / "safe")
    shutil.copytree(kept.house.home / "keys" / "vault", safe)
    code, said = restored(kept, other, folder, keys)
    assert code == 2 and "holds a key store already" in said["said"]
    del other.environment["LANTAI_KEYS"]
    code, told = restored(kept, other, folder, keys)
    assert (code, told["findings"]) == (0, []), "the same command goes on"


def test_killed_anywhere_a_backup_leaves_nothing_and_is_made_again(kept: Kept) -> None:
    told = kept.house.ask(KILLED)
    assert all(told["deaths"]), told["deaths"]
    assert told["left"] == []
    assert set(told["states"]) <= {"kept", "failed", "gone"}


def test_killed_anywhere_a_restore_is_run_again_and_comes_to_the_same(kept: Kept, other: House, tmp_path: Path) -> None:
    """Each restore dies further on, in the home that the one before it left."""
    folder, keys = kept.backup()
    gone = kept.records[3]
    kept.house.command("keys", "destroy", gone, "--reason", "销毁批 4", "--confirm", gone)
    told = json.loads((folder.parent / "destroyed.jsonl").read_text().splitlines()[-1])
    assert told["subject"] == gone
    with living_house(tmp_path / "dry", prepared=False, **{name: other.environment[name] for name in TAKEN}) as dry:
        done = doomed_restore(kept, dry, folder, keys, 0)
        assert done.returncode == 0, done.stderr
        calls = int(done.stderr.split()[-1])
        for share in SHARES:
            dead = doomed_restore(kept, other, folder, keys, max(1, int(calls * share)))
            assert dead.returncode == -signal.SIGKILL, (share, dead.stderr)
            if (other.home / "restore.json").exists():  # before that, nothing was laid there yet
                assert run(other, "work", "--drain")[0] == 1, f"nothing starts on half an archive, after {share}"
            vault = other.home / "keys" / "vault"
            if (vault / STORE_FILE).exists():
                store = KeyStore(vault)
                assert not store.keys_of(told["object"], told["unit"]), f"back after {share}"
                store.close()
        code, answer = restored(kept, other, folder, keys)
        assert (code, answer["findings"]) == (0, [])
        read = other.ask(READ, *kept.records)
        assert read[gone]["read"] == "key-destroyed" and read[kept.records[0]]["read"] == "PK"
        assert read == dry.ask(READ, *kept.records)
        assert run(other, "keys", "check")[0] == 0 and run(other, "verify", "ledger")[0] == 0
    assert not (other.home / "restore.json").exists() and not (other.home / "keys.restored").exists()
