"""One archive with sealed records, with its backups: what every test of restoring begins with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.flows.house import House, living_house
from tests.rebuild.lost import run

FILL = """
from django.utils import timezone
from lantai.administration.models import Agreement, Role
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.vault.keys import make_identity, providers
from lantai.catalog.models import Record
from lantai.site.rebuilding.keeping import keep_everything
from lantai.storage.services import RuleAsked, add_escrow, create_keys, decide_sealing
from tests.ingest.county import found_county, package, settle
from tests.make_people import make_person
from tests.pages.archive import CLEARED, send
providers._COST["n"] = 1 << 12
body = found_county()
create_keys(by=CONSOLE, now=timezone.now())
secret, public = make_identity()
open("identity.txt", "w").write(secret + "\\n")
add_escrow(name="省档案馆", recipient=public, by=CONSOLE, now=timezone.now())
decide_sealing(asked=RuleAsked("", "", True), reason="馆务会", by=CONSOLE, now=timezone.now())
keep_everything()
for role, name in ((Role.ARCHIVIST, "zhou"), (Role.SYSTEM, "xi"), (Role.LEADER, "li")):
    make_person(role, name, **(CLEARED if role == Role.ARCHIVIST else {}))
make_person(Role.DEPARTMENT, "sun", organisation=body)
for number in range(1, 5):
    send(body, *package(number))
settle()
Agreement.objects.update(policy="manual")
send(body, *package(9))
settle()
keep_everything()
answer = list(Record.objects.order_by("pk").values_list("record_code", flat=True))
"""
MORE = """
from django.utils import timezone
from lantai.administration.models import Agreement, Organisation
from lantai.catalog.models import Record
from lantai.site.rebuilding.keeping import keep_everything
from tests.ingest.county import package, settle
from tests.pages.archive import send
Agreement.objects.update(policy="automatic")
send(Organisation.objects.get(code="SPJ"), *package(int(sys.argv[1])))
settle()
Record.objects.filter(pk=2).update(title="后来更正的题名")
keep_everything()
answer = list(Record.objects.order_by("pk").values_list("record_code", flat=True))
"""


@dataclass
class Kept:
    """The archive, the 电子文件号 of its records, and the file of the identity that opens its key backups."""

    house: House
    records: list[str]
    identity: Path

    def backup(self) -> tuple[Path, Path]:
        """Make a backup; the newest one's folder and the newest key backup."""
        self.house.command("backup")
        folders = [each for each in (self.house.home / "backups").iterdir() if each.is_dir()]
        return max(folders, key=_age), self.newest_keys()

    def newest_keys(self) -> Path:
        """The newest key backup."""
        return max((self.house.home / "key-backups").glob("*.keys.age"), key=_age)


def _age(path: Path) -> float:
    return path.stat().st_mtime


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The archive, filled once. Tests take backups of it, add to it and destroy records of their own in it."""
    home = tmp_path_factory.mktemp("origin")
    (home.parent / f"{home.name}.passphrase").write_text("correct horse battery staple")
    told = {"LANTAI_EXAMINERS": "1", "LANTAI_KEYS_PASSPHRASE": str(home.parent / f"{home.name}.passphrase")}
    with living_house(home, **told) as house:
        records = house.ask(FILL)
        shutil.move(home / "identity.txt", home.parent / f"{home.name}.identity")
        yield Kept(house, records, home.parent / f"{home.name}.identity")


@pytest.fixture
def other(kept: Kept, tmp_path: Path) -> Iterator[House]:
    """A house that is not there yet, with the storage of the first one, which a restore only reads."""
    told = {
        "LANTAI_STORAGE": str(kept.house.home / "storage"),
        "LANTAI_KEYS_PASSPHRASE": kept.house.environment["LANTAI_KEYS_PASSPHRASE"],
        "LANTAI_EXAMINERS": "1",
    }
    with living_house(tmp_path / "restored", prepared=False, **told) as house:
        yield house


def restored(kept: Kept, other: House, folder: Path, keys: Path | None) -> tuple[int, dict[str, Any]]:
    """Restore a backup into *other*; the exit code and what was told."""
    with_keys = ["--keys", str(keys), "--identity", str(kept.identity)] if keys is not None else []
    code, said = run(other, "restore", "--from", str(folder), "--to", str(other.home), *with_keys, "--json")
    return code, json.loads(said.splitlines()[-1]) if said.splitlines()[-1].startswith("{") else {"said": said}
