"""Fill an empty archive with the demo county, once, and add more of its cases when asked."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lantai.administration.queries import list_organisations, organisation_of
from lantai.administration.services import NewIssuer, issue_credential, load_reference_data, trust_issuers
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.fixity import digest_bytes
from lantai.finding.services.indexing import release_writers
from lantai.ingest.models import ChannelKind
from lantai.ingest.services import take_folder
from lantai.site.demo.accounts import DemoAccount, create_people, demo_accounts
from lantai.site.demo.aftermath import (
    decide_open_ones,
    leave_half_sent,
    push_running_cases,
    register_paper_volume,
    send_again,
    send_changes,
)
from lantai.site.demo.cases import LAST_DAY
from lantai.site.demo.county import reference_data
from lantai.site.demo.files.signing import ISSUER, demo_signer
from lantai.site.demo.files.typeface import Typeface, load_typeface
from lantai.site.demo.laying import write_cases
from lantai.site.demo.locations import add_locations
from lantai.site.demo.packing import make_parcel
from lantai.site.demo.scanned import A_RECORD, PAGES, bring_scans
from lantai.site.steward import follow_once, only_one
from lantai.work.queries import recent_jobs
from lantai.work.services import run_jobs

SEED = 1
SAMPLE = 880_001
"""Where the number of the sample package is looked for, far above those of any load."""
CHANGES = 700_000
SETTLE_EVERY = 500
"""Packages received before the worker takes them up, so that the receiving area stays small."""

__all__ = ["CountyMissing", "DemoAccount", "FillingStopped", "Loaded", "load_cases", "load_county_once"]


class CountyMissing(RuntimeError):
    """The archive holds other bodies than the demo county's: demo cases are not mixed with real records."""


class FillingStopped(RuntimeError):
    """A background job failed while the county was loaded; the text names it. Starting again goes on."""


@dataclass(slots=True)
class Loaded:
    """What one run added: packages, their bytes, and the seconds spent on each phase."""

    packages: int = 0
    bytes: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def spend(self, phase: str, since: float) -> None:
        """Count the time from *since* (``time.monotonic``) to *phase*."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + time.monotonic() - since


def load_county_once(*, cases: int, console: Console) -> tuple[DemoAccount, ...]:
    """Fill an empty archive with the demo county and *cases* of its cases; returns its accounts.

    An archive that holds the county is left as it is, one whose filling was interrupted is filled on, and one of other
    bodies is not touched: then there are no accounts to return. With *cases* 0 the archive has bodies, rules and people
    and no records.
    """
    state = _read_state()
    if state is None:
        if list_organisations():
            return ()
        state = {"done": [], "seed": SEED, "next": 1, "cases": cases, "serials": {}, "faulty": {}}
        _write_state(state)
    if "all" not in state["done"]:
        console.print("正在建立演示县（云岭县，虚构）……  filling the empty archive with the demo county ...")
        _found_county(state)
        if state["cases"]:
            _tell_history(state, console)
        state["done"].append("all")
        _write_state(state)
        release_writers()
    return demo_accounts()


def load_cases(*, cases: int, seed: int, console: Console) -> Loaded:
    """Add *cases* more cases of the demo county, made with *seed*; numbers go on where they stopped.

    Raises CountyMissing when the archive is not the demo county's.
    """
    if not load_county_once(cases=0, console=console):
        raise CountyMissing("此档案库已有其他机构，不能加入演示数据 / this archive is not the demo county's")
    state = _read_state()
    assert state is not None
    loaded = _load(state, cases, seed, console)
    release_writers()
    return loaded


# --------------------------------------------------------------------------------------------------------- the phases
def _found_county(state: dict[str, Any]) -> None:
    """Bodies, rules, people, the credential of the documented call, the sample package."""
    now = timezone.now()

    def once(name: str, act: Callable[[], object]) -> None:
        if name not in state["done"]:
            act()
            state["done"].append(name)
            _write_state(state)

    once("reference", lambda: load_reference_data(data=reference_data(), by=CONSOLE, now=now))
    once("people", lambda: create_people(now=now))
    once("trust", lambda: _trust_issuer(now))
    once("credential", _issue_key)
    once("locations", lambda: add_locations(now=now))
    once("sample", lambda: _write_sample(_face()))


def _trust_issuer(now: datetime) -> None:
    """Trust the certification body of the county, which exists only here."""
    issuer = NewIssuer(der=demo_signer(ISSUER).issuer, anchor=True, basis="演示县的认证机构，仅供演示")
    trust_issuers(issuers=[issuer], by=CONSOLE, now=now)


def _issue_key() -> None:
    """The secret of the approval bureau's system, in a file only its owner may read."""
    issued = issue_credential(
        organisation="SPJ",
        name="云岭县一体化政务服务平台（演示）",
        by=CONSOLE,
        now=timezone.now(),
        calls_per_minute=6000,
    )
    path = _folder() / "approval-bureau.key"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(issued.secret + "\n", encoding="utf-8")


def _write_sample(face: Typeface) -> None:
    """A sound package of the approval bureau and the words that announce it, for the documented calls."""
    number = next(
        each
        for each in range(SAMPLE, SAMPLE + 1000)
        if (made := make_parcel(face, SEED, each, until=_until())).body.code == "SPJ"
        and made.profile == "fuzhou"
        and not made.fault
    )
    made = make_parcel(face, SEED, number, until=_until())
    (_folder() / "sample.zip").write_bytes(made.data)
    told = {
        "name": f"{made.name}{made.suffix}",
        "profile": made.profile,
        "size": len(made.data),
        "digest": {"algorithm": "sm3", "value": digest_bytes(made.data, ("sm3",))["sm3"]},
    }
    (_folder() / "sample.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _tell_history(state: dict[str, Any], console: Console) -> None:
    """The first cases and what happened to them afterwards."""
    seed = int(state["seed"])
    face, work = _face(), _folder() / "sending"
    remaining = state["cases"] + 1 - state["next"]
    if remaining > 0:
        _load(state, remaining, seed, console)
    now = timezone.now()
    decide_open_ones(by="console", now=now)
    send_again(
        face=face,
        folder=work,
        names={int(number): name for number, name in state["faulty"].items()},
        seed=seed,
        until=_until(),
    )
    send_changes(face=face, folder=work, first=CHANGES, seed=seed, until=_until())
    register_paper_volume(by="console", now=now)
    _bring_scans(state, now, console)
    push_running_cases(seed=seed, now=now)
    leave_half_sent(face=face, seed=seed, number=SAMPLE + 5003, until=_until(), now=now)
    _settle()
    shutil.rmtree(work, ignore_errors=True)


def _bring_scans(state: dict[str, Any], now: datetime, console: Console) -> None:
    """A batch of scanned pages, of every kind and wear; a small county brings a few."""
    pages = min(PAGES, -(-int(state["cases"]) // 25) * A_RECORD)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        drawn = progress.add_task("扫描纸质档案 scanning paper", total=pages)
        bring_scans(pages=pages, now=now, progress=lambda done: progress.update(drawn, completed=done))


def _load(state: dict[str, Any], cases: int, seed: int, console: Console) -> Loaded:
    """Make, hand over, examine, take in and index *cases* more packages."""
    loaded, face, work = Loaded(), _face(), _folder() / "laying"
    shutil.rmtree(work, ignore_errors=True)
    start, serials = int(state["next"]), dict(state["serials"])
    faulty: dict[str, str] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        made = progress.add_task("制作归档信息包 making", total=cases)
        taken = progress.add_task("接收、检测、进馆 taking in", total=cases)
        waiting = 0
        since = time.monotonic()
        for batch in write_cases(
            face=face,
            target=work,
            numbers=range(start, start + cases),
            seed=seed,
            until=_until(),
            serials=serials,
            progress=lambda done: progress.update(made, completed=done),
        ):
            loaded.spend("制作 making", since)
            since = time.monotonic()
            take_folder(
                folder=batch.folder,
                organisation_id=organisation_of(code=batch.body).id,
                profile=batch.profile,
                channel=ChannelKind.FOLDER,
                keep_source=False,
            )
            shutil.rmtree(batch.folder)
            faulty |= {str(number): name for number, name in batch.faulty.items()}
            loaded.packages += batch.packages
            loaded.bytes += batch.bytes
            waiting += batch.packages
            loaded.spend("接收 receiving", since)
            if waiting >= SETTLE_EVERY:
                _timed_settle(loaded)
                waiting = 0
                progress.update(taken, completed=loaded.packages)
            since = time.monotonic()
        _timed_settle(loaded)
        progress.update(taken, completed=loaded.packages)
    shutil.rmtree(work, ignore_errors=True)
    state |= {"next": start + cases, "serials": serials, "faulty": faulty}
    _write_state(state)
    return loaded


def _timed_settle(loaded: Loaded) -> None:
    since = time.monotonic()
    _work()
    loaded.spend("检测、进馆、确认 examining, accession, confirming", since)
    since = time.monotonic()
    _follow()
    loaded.spend("编号、索引 sequencing, indexing", since)


def _settle() -> None:
    _work()
    _follow()


def _work() -> None:
    """Let the worker do all that waits. Raises FillingStopped when a job failed: what it left stays as it is."""
    before = {each.task_id for each in recent_jobs(limit=200) if each.state == "failed"}
    run_jobs(drain=True)
    failed = [each for each in recent_jobs(limit=200) if each.state == "failed" and each.task_id not in before]
    if failed:
        raise FillingStopped("、".join(sorted({each.title for each in failed})))


def _follow() -> None:
    """Sequence and index all there is, unless a steward of another process does."""
    with only_one(settings.LANTAI_HOME / "steward.lock") as mine:
        while mine and follow_once():
            pass


# ---------------------------------------------------------------------------------------------------------- its folder
def _folder() -> Path:
    folder = Path(settings.LANTAI_HOME) / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _face() -> Typeface:
    return load_typeface(_folder())


def _until() -> date:
    """The last day of the demo: nothing in it lies in the future."""
    return min(LAST_DAY, timezone.localdate())


def _read_state() -> dict[str, Any] | None:
    path = Path(settings.LANTAI_HOME) / "demo" / "county.json"
    if not path.is_file():
        return None
    state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return state


def _write_state(state: dict[str, Any]) -> None:
    path = _folder() / "county.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(state, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)
