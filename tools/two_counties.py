#!/usr/bin/env python3
"""两县互证演示 / Two counties witness each other on one machine, and one of them cheats.

    .venv/bin/python tools/two_counties.py            # a minute; ends with 0 when every cheat was caught
    .venv/bin/python tools/two_counties.py --stay     # the same, and the pages stay up until Ctrl+C

云岭县和青川县各有一个兰台和一个见证服务，互相见证。云岭县随后用自己的密钥改写一条进馆账目，重做整棵树和检查点：它自己的核验通过，
但青川县的见证服务拒绝签名并保留两份互相矛盾的检查点，拿着见证策略的读者也不再相信它的证明。青川县随后从旧备份恢复了数据库，
云岭县的见证服务同样发现账本倒退：谁作弊都会被对方发现。

Each county runs Lantai and a witness. Yunling then rewrites one accession with its own key, tree and checkpoints and
all: its own verification is content, but Qingchuan's witness refuses and keeps both notes, and a reader who holds the
policy believes its proofs no longer. Then Qingchuan brings an old database back, and Yunling's witness finds its ledger
rolled back: whoever cheats is seen by the other. All happens in a folder that is removed afterwards, on ports of this
machine.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LANTAI = [sys.executable, "-m", "lantai"]
PATIENCE = 240.0
PASSWORD = "Yunling#2026-demo"


@dataclass
class County:
    """One county: its folder, its ports, and what runs for it."""

    name: str
    origin: str
    home: Path
    web: int
    witness: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Settings of this county's archive."""
        more = {
            "LANTAI_HOME": str(self.home),
            "LANTAI_ORIGIN": self.origin,
            "LANTAI_ARCHIVE_NAME": f"{self.name}档案馆",
        }
        more |= {"LANTAI_ADDRESS": f"127.0.0.1:{self.web}", "LANTAI_VERIFY_MINUTES": "0", "LANTAI_DATABASE": ""}
        return {name: value for name, value in os.environ.items() if not name.startswith("LANTAI_")} | more

    def lantai(self, *words: str, good: tuple[int, ...] = (0,)) -> str:
        """Run a command of this archive; what it prints."""
        command = [*LANTAI, *words]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode not in good:
            raise SystemExit(f"{' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    @property
    def state(self) -> str:
        """The folder of its witness, which bears the county's name."""
        return str(self.home / f"witness-{self.origin.rpartition('/')[2]}")

    def witnessed(self, *, good: int) -> list[dict[str, Any]]:
        """The evidence its witness keeps."""
        told = json.loads(self.lantai("witness", "show", self.state, "--json", good=(good,)))
        return list(told["evidence"])

    def inside(self, step: str, *words: str) -> Any:
        """Do one of STEPS in this archive; what it answers."""
        command = [sys.executable, str(Path(__file__)), "--inside", step, *words]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{step}: {done.stderr}")
        return json.loads(done.stdout)

    def start(self, name: str, *words: str) -> None:
        """Start a program that goes on."""
        log = (self.home / f"{name}.log").open("wb")
        self.running[name] = subprocess.Popen([*LANTAI, *words], env=self.environment, cwd=ROOT, stdout=log, stderr=log)

    def stop(self, name: str) -> None:
        """End it."""
        program = self.running.pop(name)
        program.terminate()
        try:
            program.wait(timeout=30)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def say(chinese: str, english: str) -> None:
    """One line of the story."""
    print(f"· {chinese}\n  {english}", flush=True)


def wait(holds: Callable[[], Any], what: str) -> Any:
    """The first answer that is not empty. Ends the program when none comes."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.5)
    raise SystemExit(f"waited in vain: {what}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def play(folder: Path, *, stay: bool) -> int:
    """The whole story; 0 when every cheat was caught."""
    names = (("云岭县", "lantai.example/yunling", "a"), ("青川县", "lantai.example/qingchuan", "b"))
    counties = [County(name, origin, folder / at, free_port(), free_port()) for name, origin, at in names]
    try:
        return _play(counties, folder, stay=stay)
    finally:
        for each in counties:
            for name in list(each.running):
                each.stop(name)


def _play(counties: list[County], folder: Path, *, stay: bool) -> int:
    cheat, honest = counties
    _begin(cheat, honest)
    policy = folder / "policy.txt"
    policy.write_text(cheat.inside("policy"), encoding="utf-8")
    code = cheat.inside("record")
    proven = _read(cheat, code, folder / "before.json", policy)
    cheat.stop("follow")
    index = cheat.inside("cheat", code)["index"]
    say(f"云岭县改写第 {index} 条账目，用自己的密钥重做整棵树", f"Yunling rewrites entry {index} and signs a new tree")
    content = "✓" in cheat.lantai("verify", "ledger", "--again", good=(0, 1))
    say(
        f"它自己的核验：{'一切相符' if content else '发现问题'}",
        f"its own verification is {'' if content else 'dis'}content",
    )
    cheat.start("follow", "follow")
    conflict = wait(lambda: cheat.inside("conflicts"), "the witness objects")
    held = next(each for each in honest.witnessed(good=1) if each["kind"] == "fork")
    say(f"青川县拒绝签名，保留证据：{held['reason']}", f"Qingchuan refuses and keeps the evidence: {held['reason']}")
    with urllib.request.urlopen(f"http://127.0.0.1:{honest.witness}/", timeout=10) as answer:
        told = "自相矛盾" in answer.read().decode()
    misled = _read(cheat, code, folder / "after.json", policy)
    warned = "witness-conflict" in cheat.lantai("status", "--json", good=(0, 1))
    sound = not honest.inside("conflicts") and not cheat.witnessed(good=0)
    say(
        f"青川县自己的账本{'没有' if sound else '也有'}矛盾",
        f"Qingchuan's own ledger is {'beyond' if sound else 'in'} doubt",
    )
    caught = content and conflict == ["fork"] and told and warned and _shown(cheat, "fork")
    good = proven and caught and not misled and sound and _roll_back(honest)
    say("作弊被发现" if good else "没有全部发现", "CAUGHT" if good else "NOT ALL WAS CAUGHT")
    if stay:
        _stay(counties)
    return 0 if good else 1


def _roll_back(county: County) -> bool:
    """Bring an older database back; whether the other county's witness finds it, and the pages say so."""
    county.stop("follow")
    live, aside = county.home / "lantai.sqlite3", county.home / "older.sqlite3"
    _copy_database(live, aside)
    county.start("follow", "follow")
    size = county.inside("event")
    wait(lambda: county.inside("cosigned") and county.inside("size") >= size, f"{county.name} is cosigned again")
    county.stop("follow")
    for each in county.home.glob("lantai.sqlite3*"):
        each.unlink()
    aside.rename(live)
    say(f"{county.name}从旧备份恢复数据库", f"{county.origin}: an older database is brought back")
    county.start("follow", "follow")
    found = wait(lambda: county.inside("conflicts"), "the witness objects to the older ledger")
    shown = found == ["rollback"] and _shown(county, "rollback")
    say(
        f"云岭县的见证服务{'发现账本倒退' if shown else '没有发现'}",
        f"Yunling's witness {'finds the ledger rolled back' if shown else 'finds nothing'}",
    )
    return shown


def _copy_database(source: Path, target: Path) -> None:
    """A consistent copy, as a backup makes it."""
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        there.backup(here)


def _shown(county: County, kind: str) -> bool:
    """Whether the county's own pages show the contradiction with both signed checkpoints, to its auditor."""
    told = county.inside("pages", kind)
    good = told["list"] and told["held"] and told["ours"] and told["signed"] == 2
    say(
        f"{county.name}的见证页面{'列出矛盾，附双方签名的检查点' if good else '没有列出'}",
        f"{county.origin}: its page shows {'the contradiction with both signed checkpoints' if good else 'nothing'}",
    )
    return bool(good)


def _begin(cheat: County, honest: County) -> None:
    """Two archives with a few cases, each witnessed by the other's witness."""
    with ThreadPoolExecutor(2) as both:
        for each in both.map(_found, (cheat, honest)):
            say(f"{each.name}建馆，接收演示办件", f"{each.origin}: an archive with a case of the demo county")
    pairs = ((cheat, honest), (honest, cheat))
    for each, other in pairs:
        each.lantai("witness", "trust", each.state, other.inside("vkey"))
        each.start("witness", "witness", "run", each.state, "--address", f"127.0.0.1:{each.witness}")
    for each, other in pairs:
        keys = other.lantai("witness", "key", other.state)
        each.inside("enlist", f"{other.name}档案馆", keys, f"http://127.0.0.1:{other.witness}")
        each.start("follow", "follow")
    for each in (cheat, honest):
        wait(partial(each.inside, "cosigned"), f"{each.name} is cosigned")
        say(f"{each.name}的检查点得到对方见证", f"{each.origin}: cosigned by the other county")


def _found(county: County) -> County:
    """Make the county's archive."""
    county.home.mkdir()
    county.lantai("prepare")
    county.lantai("demo", "--cases", "1")
    return county


def _read(county: County, code: str, bundle: Path, policy: Path) -> bool:
    """Whether a reader who holds the policy believes the proof that the county writes now."""
    county.lantai("proof", code, "--to", str(bundle))
    command = [sys.executable, "-I", str(ROOT / "tools" / "verify_proof.py"), str(bundle), "--policy", str(policy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    good = done.returncode == 0
    say(
        f"读者按公布的策略核验：{'通过' if good else '不通过'}",
        f"a reader under the policy: {'' if good else 'NOT '}PROVEN",
    )
    print("".join(f"    {line}\n" for line in done.stdout.splitlines() if not line.startswith("[note]")), end="")
    return good


def _stay(counties: list[County]) -> None:
    """Serve the pages until Ctrl+C."""
    cheat, honest = counties
    cheat.start("serve", "serve")
    print(f"\n见证服务 witness　http://127.0.0.1:{honest.witness}/")
    print(
        f"账本见证 witnesses　http://127.0.0.1:{cheat.web}/ledger/witnesses/　{cheat.inside('auditor')}　{PASSWORD}\n",
        flush=True,
    )
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        return


# ---- Inside an archive: run as a child with its settings ----------------------------------------------------------


def inside(step: str, words: list[str]) -> Any:
    """One step in the archive that the environment names."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
    django.setup()
    from django.utils import timezone

    from lantai.administration.models import Person, Role
    from lantai.ledger import queries, services

    by, now = services.DecidedBy("console", "console", "console"), timezone.now()
    match step:
        case "vkey":
            return queries.ledger_vkey()
        case "policy":
            return queries.policy_text()
        case "enlist":
            services.add_witness(body=words[0], keys=words[1], address=words[2], by=by, at=now)
            services.set_witness_policy(least=1, by=by, at=now)
            return True
        case "cosigned":
            figures, newest = queries.witness_figures(), queries.latest_checkpoint()
            return bool(newest and figures.met_size == newest.size)
        case "record":
            from lantai.catalog.models import Record

            return Record.objects.order_by("pk").values_list("record_code", flat=True)[0]
        case "size":
            newest = queries.latest_checkpoint()
            return newest.size if newest else 0
        case "event":
            services.set_witness_policy(least=0, by=by, at=now)
            services.set_witness_policy(least=1, by=by, at=now)
            newest = queries.latest_checkpoint()
            return (newest.size if newest else 0) + 2
        case "pages":
            return pages(words[0])
        case "conflicts":
            return [each.kind for each in queries.recent_conflicts()]
        case "auditor":
            return Person.objects.filter(role=Role.AUDIT).values_list("username", flat=True)[0]
        case "cheat":
            return rewrite(words[0])
    raise SystemExit(f"no such step: {step}")


def pages(kind: str) -> dict[str, Any]:
    """What the pages of the contradiction show to the auditor of this archive."""
    from html import unescape

    from django.test import Client
    from django.urls import reverse

    from lantai.administration.models import Person, Role
    from lantai.ledger import queries

    found = next(each for each in queries.recent_conflicts() if each.kind == kind)
    reader = Client(headers={"host": "127.0.0.1"})
    reader.force_login(Person.objects.filter(role=Role.AUDIT)[0], backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("witness-conflict", args=[found.id])
    listed = reader.get(reverse("witnesses")).content.decode()
    shown = unescape(reader.get(address).content.decode())
    notes = {side: reader.get(reverse("witness-conflict-note", args=[found.id, side])) for side in ("held", "ours")}
    return {
        "list": address in listed,
        "held": found.held in shown and notes["held"].content.decode() == found.held,
        "ours": found.ours in shown and notes["ours"].content.decode() == found.ours,
        "signed": sum(queries.checkpoint_holds(note=each) for each in (found.held, found.ours)),
    }


def rewrite(subject: str) -> dict[str, int]:
    """What whoever holds database and key can do: another text of an entry, and a whole new tree that fits it."""
    from django.db import transaction

    from lantai.archival import tlog
    from lantai.ledger import queries
    from lantai.ledger.models import Checkpoint, Cosignature, Entry, Tile
    from lantai.ledger.signing import ledger_signers

    entry = Entry.objects.filter(kind="record.accessioned", subject__contains=subject).latest("index")
    written = json.loads(entry.text or "")
    written["detail"]["rewritten"] = "改写"
    text = tlog.canonical_json(written)
    made = tlog.commitment(bytes(entry.salt or b""), text.encode())
    with transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(text=text, commitment=made)
        rows = Entry.objects.filter(index__isnull=False).order_by("index").values_list("commitment", flat=True)
        leaves = [tlog.leaf_hash(bytes(each)) for each in rows]
        Tile.objects.all().delete()
        for each in tlog.append_leaves(size=0, leaves=leaves, read=queries.read_tile):
            Tile.objects.create(level=each.level, index=each.index, hashes=each.hashes)
        signers = ledger_signers()
        for row in Checkpoint.objects.filter(size__gt=entry.index):
            root = tlog.root_hash(size=row.size, read=queries.read_tile)
            note = tlog.sign_checkpoint(tlog.Checkpoint(signers[0].name, row.size, root), *signers)
            Checkpoint.objects.filter(pk=row.pk).update(root=root, note=note, cosigned_at=None)
        Cosignature.objects.filter(size__gt=entry.index).delete()
    return {"index": int(entry.index or 0)}


def main() -> int:
    """Play it, or do a step inside an archive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stay", action="store_true", help="leave the pages up / 演示后保留网页")
    parser.add_argument("--inside", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        print(json.dumps(inside(chosen.inside[0], chosen.inside[1:]), ensure_ascii=False))
        return 0
    with tempfile.TemporaryDirectory(prefix="lantai-counties-") as folder:
        return play(Path(folder), stay=chosen.stay)


if __name__ == "__main__":
    sys.exit(main())
