"""Packages with one planted fault of the fault library each, on a real case of the county."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import date
from functools import lru_cache

from lantai.archival.checks.faults import PLANTS, Plant
from lantai.archival.checks.faults import Case as FaultyCase
from lantai.site.demo.casedata import describe_case
from lantai.site.demo.casefiles import facts_of
from lantai.site.demo.cases import Case, item_of, make_case
from lantai.site.demo.county import words
from lantai.site.demo.files import handed_in, papers
from lantai.site.demo.files.scans import scan_page
from lantai.site.demo.files.signing import demo_signer
from lantai.site.demo.files.typeface import Typeface
from lantai.site.demo.parcels import PackageFiles, Parcel

FAULTS_FIRST = 6
"""Every sixth case is faulty until each fault was planted once, then every twelfth."""
_HEAVY = ("too-many-entries", "bomb")
_ALONE = frozenset({"package-changed", "batch-short", "bytes-differ", "renamed", "code-disagrees"})
"""Faults of the hand-over list or of the package's name: in a batch with others they would be faults of those too."""


def is_faulty(number: int) -> bool:
    """Whether a fault is planted in package *number*."""
    return number % (FAULTS_FIRST if number <= FAULTS_FIRST * len(PLANTS) else 12) == 0


def plant_of(number: int) -> Plant:
    """The fault planted in package *number*; the heavy ones come once only."""
    if number <= FAULTS_FIRST * len(PLANTS):
        return PLANTS[number // FAULTS_FIRST - 1]
    light = [each for each in PLANTS if each.name not in _HEAVY]
    return light[number // 12 % len(light)]


def stands_alone(number: int) -> bool:
    """Whether package *number* must be a batch by itself."""
    return is_faulty(number) and plant_of(number).name in _ALONE


def faulty_parcel(face: Typeface, seed: int, number: int, serial: int, *, mended: bool) -> Parcel:
    """A food licence whose package bears one planted fault of the fault library, or, *mended*, none."""
    plant = plant_of(number)
    case = food_case(seed, number)
    facts = facts_of(case)
    chance = random.Random(f"faulty/{seed}/{number}")
    files = PackageFiles(generic=False, stem=case.applicant)
    signer = demo_signer(facts.body)
    files.add(
        "form",
        "食品经营许可申请书",
        handed_in.application_form(face, facts, "食品经营许可申请书"),
        "PDF",
        case.received,
    )
    told = {"名称": facts.applicant, "经营者": facts.person, "经营场所": facts.address, "注册号": facts.card_number}
    scan = scan_page(face, chance, kind="licence", title="营业执照", told=told, stamp="云岭县市场监督管理局")
    files.add("licence", "营业执照", scan, "JPG", case.received)
    files.add("acceptance", "受理承诺单", papers.commitment_slip(face, facts), "PDF", case.accepted)
    files.add("approval", "业务审批单", papers.approval_sheet(face, facts), "PDF", case.decided)
    files.add("result", "食品经营许可证", papers.licence(face, facts, signer=signer), "PDF", case.decided)
    name, metadata, acts = describe_case(case, files, serial)
    closing = next(at for at, act in enumerate(acts) if act.step == "4")
    faulty = FaultyCase(number, name, metadata, files.materials, acts[: closing + 1], files.files)
    if not mended:
        plant.change(faulty)
        if (
            plant.check == "GD-1-7"
        ):  # the library's own case lies in the fonds 0059, as ours does; say so where it does not
            faulty.name = name.replace(f"-{case.item.body.fonds}-", "-0060-")
            faulty.metadata["electronic_record_code"] = faulty.name
    data, _list = faulty.write()
    return Parcel(
        number,
        faulty.name,
        f".{faulty.container}",
        case.item.body,
        "fuzhou",
        case.archived.date(),
        case.title,
        data,
        fault="" if mended else plant.name,
        line=dict(faulty.line),
        head=dict(faulty.head),
    )


@lru_cache(maxsize=64)
def food_case(seed: int, number: int) -> Case:
    """A granted food licence of March 2025, in 青石镇, as the planted faults suppose it."""
    case = next(
        each
        for tried in range(1000)
        if item_of(seed, number * 1000 + tried + 10_000_000).code == "0119000101"
        and (each := make_case(seed, number * 1000 + tried + 10_000_000)).outcome == "granted"
        and not each.lacking
        and date(2025, 3, 3) <= each.received.date()
    )
    if case.enterprise is not None:
        shop = replace(case.enterprise, address=_in_qingshi(case.enterprise.address))
        return replace(case, number=number, enterprise=shop)
    return replace(case, number=number, parties=tuple(replace(p, address=_in_qingshi(p.address)) for p in case.parties))


def _in_qingshi(address: str) -> str:
    """The address, moved to 青石镇."""
    return re.sub("^云岭县(?:" + "|".join(words()["towns"]) + ")", "云岭县青石镇", address)
