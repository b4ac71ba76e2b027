"""What happens after the first delivery: decisions of archivists, corrected packages, later cases, running cases, a
volume of paper records."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from lantai.administration.queries import organisation_of
from lantai.administration.queries.people import Clearance, Reader, Role
from lantai.archival.codes import rule_from_data
from lantai.catalog.models import Level, OpenState
from lantai.catalog.services import CodeRequest, NewRecord, register_records, reserve_codes
from lantai.ingest.models import ChannelKind, SubmissionState
from lantai.ingest.queries import list_submissions
from lantai.ingest.services import (
    NewSubmission,
    ProgressNode,
    decide_submissions,
    open_submission,
    push_progress,
    receive_packages,
)
from lantai.ingest.services.receiving import new_record_code
from lantai.site.demo.cases import LAST_DAY, make_case
from lantai.site.demo.county import bodies, items
from lantai.site.demo.files.typeface import Typeface
from lantai.site.demo.invention import invent_name
from lantai.site.demo.packing import Parcel, is_document, is_faulty, make_parcel

RUNNING = 12
_APPLICATION = ("申请书", "营业执照", "身份证明")
"""Names of application materials that departments say they hold of cases on their way."""
_ARCHIVIST = Reader(person_id=None, username="console", name="", role=Role.ARCHIVIST, clearance=Clearance.RESTRICTED)
_VOLUME = {"key": "yunling-volume", "structure": "fonds-category·class2·year·retention-volume:3-item:3"}
_VOLUME_ITSELF = {"key": "yunling-volume-itself", "structure": "fonds-category·class2·year·retention-volume:3"}


@dataclass(frozen=True, slots=True)
class Sent:
    """Something a body sends by itself, outside any batch."""

    parcel: Parcel
    replaces: str = ""
    follows: str = ""


def decide_open_ones(*, by: str, now: datetime) -> int:
    """Let an archivist take in most of what waits (two of three), return every seventh, and leave the rest; returns
    how many were decided."""
    rows, _count = list_submissions(reader=_ARCHIVIST, states=[SubmissionState.EXAMINED], limit=100_000)
    sound = [each.record_code for each in rows if each.decision == "accepted"]
    approved = [code for at, code in enumerate(sound) if at % 3 != 2]
    returned = [code for at, code in enumerate(sound) if at % 21 == 2]
    if approved:
        decide_submissions(record_codes=approved, approve=True, reason="", by=by, role="archivist", now=now)
    if returned:
        reason = "附件扫描件第一页有折痕，文字难以辨认，请重新扫描后移交。"
        decide_submissions(record_codes=returned, approve=False, reason=reason, by=by, role="archivist", now=now)
    return len(approved) + len(returned)


def send_again(*, face: Typeface, folder: Path, names: Mapping[int, str], seed: int, until: date = LAST_DAY) -> int:
    """Let departments correct (补正) every second of their faulty packages that were returned; *names* gives the name
    each number was sent under. Returns how many were sent."""
    rows, _count = list_submissions(reader=_ARCHIVIST, states=[SubmissionState.REJECTED], limit=100_000)
    returned = {each.name: each for each in rows}
    sent = []
    for place, number in enumerate(sorted(names)):
        row = returned.get(names[number])
        if row is not None and place % 2 == 0:
            stem = names[number].rpartition(".")[0]
            serial = int(stem[-6:]) if stem[-6:] != "999999" else 0
            mended = make_parcel(face, seed, number, serial=serial, until=until, mended=True)
            sent.append(Sent(mended, replaces=row.record_code))
    _send(sent, folder)
    return len(sent)


def _send(sent: Sequence[Sent], folder: Path) -> None:
    """Receive single packages, as through the departments' channel."""
    folder.mkdir(parents=True, exist_ok=True)
    packages = []
    for each in sent:
        path = folder / f"{each.parcel.name}{each.parcel.suffix}"
        path.write_bytes(each.parcel.data)
        packages.append(
            (
                NewSubmission(
                    organisation_id=organisation_of(code=each.parcel.body.code).id,
                    name=path.name,
                    profile=each.parcel.profile,
                    size=len(each.parcel.data),
                    channel=ChannelKind.COMMAND,
                    idempotency_key=f"again/{each.replaces or each.follows}/{path.name}",
                    replaces=each.replaces,
                    follows=each.follows,
                ),
                path,
            )
        )
    if packages:
        receive_packages(packages=packages, now=timezone.now(), keep_source=False)


def send_changes(*, face: Typeface, folder: Path, first: int, seed: int, until: date = LAST_DAY) -> int:
    """Send cases that change an earlier one (变更), each naming the record it follows, numbered from *first*; returns
    how many."""
    rows, _count = list_submissions(
        reader=_ARCHIVIST, states=[SubmissionState.ACCESSIONED], text="0119000101", limit=100_000
    )
    sent: list[Sent] = []
    for row in rows[:3]:
        number = next(
            each
            for each in range(first + len(sent) * 1000, first + 100_000)
            if not (is_faulty(each) or is_document(each))
            and make_case(seed, each, until=until).item.code == "0119000102"
        )
        sent.append(Sent(make_parcel(face, seed, number, until=until), follows=row.record_code))
    _send(sent, folder)
    return len(sent)


def leave_half_sent(*, face: Typeface, seed: int, number: int, until: date, now: datetime) -> None:
    """One package whose first bytes only have come: its department is still sending."""
    parcel = make_parcel(face, seed, number, until=until)
    open_submission(
        new=NewSubmission(
            organisation_id=organisation_of(code=parcel.body.code).id,
            name=f"{parcel.name}{parcel.suffix}",
            profile=parcel.profile,
            size=len(parcel.data),
            idempotency_key=f"half/{parcel.name}",
        ),
        now=now,
    )


def push_running_cases(*, seed: int, now: datetime) -> int:
    """The progress of cases that are being handled now, as departments push it; returns how many nodes."""
    chance = random.Random(f"running/{seed}")
    nodes = ("收件", "受理", "审查", "决定")
    pushed = 0
    choice = [each for each in items().values() if each.days > 3]
    for number in range(RUNNING):
        item = chance.choice(choice)
        begun = now - timedelta(days=chance.randint(1, 9), minutes=chance.randrange(400))
        case_number = f"YL{begun:%Y%m%d}{900_000 + number:06}"
        names = _APPLICATION[: chance.randint(1, len(_APPLICATION))]
        for at, node in enumerate(nodes[: chance.randint(1, 4)]):
            push_progress(
                organisation_id=organisation_of(code=item.body.code).id,
                case_number=case_number,
                node=ProgressNode(
                    node=node,
                    at=begun + timedelta(hours=at * 7, minutes=chance.randrange(60)),
                    body=item.body.name,
                    state="已完成" if at < 3 else "办理中",
                    note=item.name,
                    item=item.code,
                    item_name=item.name,
                    materials=[("A1", each) for each in names] if at == 0 else [],
                ),
                now=now,
            )
            pushed += 1
    return pushed


def register_paper_volume(*, by: str, now: datetime) -> int:
    """A volume (案卷) of marriage registrations of 1998 on paper with the records inside, and two single paper
    records; returns how many records came. Nothing of them is digital: they have no files."""
    body = bodies()["MZJ"]
    organisation = organisation_of(code=body.code).id
    chance = random.Random("paper")
    codes = [new_record_code() for _each in range(9)]
    fixed = {"fonds": body.fonds, "category": "ZY", "class2": "HY", "year": "1998", "retention": "Y"}
    whole, inside = rule_from_data(_VOLUME_ITSELF), rule_from_data(_VOLUME)
    volume = reserve_codes(requests=[CodeRequest(codes[0], whole, fixed)], by=by, now=now).held[codes[0]]
    held = reserve_codes(
        requests=[CodeRequest(code, inside, fixed | {"volume": str(volume.number)}) for code in codes[1:]],
        by=by,
        now=now,
    ).held
    shared: dict[str, Any] = {
        "fonds_code": body.fonds,
        "category_code": "ZY",
        "class_code": "HY",
        "year": 1998,
        "retention": "Y",
        "creator": body.name,
        "organisation_id": organisation,
        "volume_number": volume.number,
        "open_state": OpenState.CONTROLLED,
        "retention_rule": "Y1",
        "retention_table": "YL@2016-1",
    }
    with transaction.atomic():
        (parent,) = register_records(
            records=[
                NewRecord(
                    record_code=codes[0],
                    archive_code=volume.code,
                    level=Level.VOLUME,
                    title="云岭县民政局一九九八年结婚登记案卷（第一卷）",
                    formed_on=date(1998, 1, 5),
                    formed_until=date(1998, 6, 30),
                    pages=163,
                    abstract="纸质案卷，未数字化，存放于二号库房三列五架。",
                    **shared,
                )
            ],
            by=by,
            now=now,
        )
        register_records(
            records=[
                NewRecord(
                    record_code=code,
                    archive_code=held[code].code,
                    item_number=held[code].number,
                    parent_id=parent,
                    title=f"{invent_name(chance)}、{invent_name(chance)}结婚登记",
                    formed_on=date(1998, 1 + at // 2, 5 + at),
                    item_code="0734000201",
                    item_name="结婚登记",
                    result="予以登记",
                    pages=chance.randint(9, 26),
                    **shared,
                )
                for at, code in enumerate(codes[1:])
            ],
            by=by,
            now=now,
        )
    return len(codes)
