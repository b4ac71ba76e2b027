"""Lay packages and their hand-over lists into folders, batch by batch, as departments drop them."""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from lantai.archival.fixity import digest_bytes
from lantai.archival.packages import HandoverLine
from lantai.archival.packages.handover import write_handover_list
from lantai.site.demo.cases import LAST_DAY
from lantai.site.demo.faulty import stands_alone
from lantai.site.demo.files.typeface import Typeface
from lantai.site.demo.packing import Parcel, make_parcel, sequence_of

BATCH = 50
"""Packages a batch: as many as the archive receives in one transaction, so that no examination sees half a batch."""
ALONE = 60
"""Fewer packages than this are made sooner than other processes are started."""
AHEAD = 200
LIST = "移交清单.xml"
MADE = 1_735_660_800
"""The time every laid file is told to have (1 January 2025)."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A batch that lies ready: its folder, who hands it over and how, and the file names of the faulty packages
    in it by their numbers."""

    folder: Path
    body: str
    profile: str
    packages: int
    bytes: int
    faulty: Mapping[int, str]


def write_cases(
    *,
    face: Typeface,
    target: Path,
    numbers: Iterable[int],
    seed: int,
    until: date = LAST_DAY,
    serials: dict[str, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Laid]:
    """Make the packages *numbers* of *seed* and give each batch as soon as it lies whole under
    ``target/<body>/<profile>/<batch>/``; what a planted fault says of a hand-over list stands in a batch of its own.
    *serials* holds the last running number of each sequence and is brought up to date: packages of one sequence follow
    one another without gap in a batch. *progress* is told how many are made. The caller may remove a batch before
    asking for the next.
    """
    waiting: dict[tuple[str, str], list[Parcel]] = defaultdict(list)
    counted = serials if serials is not None else {}
    orders: list[tuple[int, int]] = []
    for number in numbers:
        serial = 0
        if not stands_alone(number):
            sequence = sequence_of(seed, number, until=until)
            serial = counted[sequence] = counted.get(sequence, 0) + 1
        orders.append((number, serial))
    for done, (serial, parcel) in enumerate(_made(face, seed, until, orders), start=1):
        if progress is not None:
            progress(done)
        if not serial:
            yield _lay(target, [parcel])
            continue
        place = waiting[(parcel.body.code, parcel.profile)]
        place.append(parcel)
        if len(place) == BATCH:
            yield _lay(target, place)
            place.clear()
    for place in waiting.values():
        if place:
            yield _lay(target, place)


def _made(face: Typeface, seed: int, until: date, orders: Sequence[tuple[int, int]]) -> Iterator[tuple[int, Parcel]]:
    """The parcels of *orders* (number and running number) in order, made on all cores; at most AHEAD lie ready."""
    if len(orders) < ALONE:
        for number, serial in orders:
            yield serial, make_parcel(face, seed, number, serial=serial, until=until)
        return
    with ProcessPoolExecutor(
        os.cpu_count(), mp_context=get_context("spawn"), initializer=_keep, initargs=(face, seed, until)
    ) as makers:
        asked: deque[tuple[int, Future[Parcel]]] = deque()
        for number, serial in orders:
            asked.append((serial, makers.submit(_make, number, serial)))
            if len(asked) == AHEAD:
                first, made = asked.popleft()
                yield first, made.result()
        for first, made in asked:
            yield first, made.result()


_kept: list[tuple[Typeface, int, date]] = []


def _keep(face: Typeface, seed: int, until: date) -> None:
    """What a maker process needs for every parcel, sent to it once."""
    _kept[:] = [(face, seed, until)]


def _make(number: int, serial: int) -> Parcel:
    ((face, seed, until),) = _kept
    return make_parcel(face, seed, number, serial=serial, until=until)


def _lay(target: Path, parcels: list[Parcel]) -> Laid:
    first = parcels[0]
    batch = f"{max(each.day for each in parcels):%Y%m%d}-{first.number:06}"
    folder = target / first.body.code / first.profile / batch
    folder.mkdir(parents=True)
    lines = []
    for each in parcels:
        path = folder / f"{each.name}{each.suffix}"
        path.write_bytes(each.data)
        # The archive tells a package it has received by batch, name, size and time: laid again, it is the same one.
        os.utime(path, (MADE, MADE))
        lines.append(handover_line(each, batch))
    head = {
        "system_code": "YLSP" if first.profile != "wenshu" else "YLGW",
        "batch_name": batch,
        "send_time": f"{max(each.day for each in parcels)} 17:00:00",
        "send_number": str(len(parcels)),
        "send_size": str(sum(len(each.data) for each in parcels)),
        "transactor": first.body.name,
    }
    for each in parcels:
        head |= each.head
    if int(head["send_number"]) > len(lines):  # the list names one more package, which did not come
        lines.append(replace(lines[0], name=f"{first.name[:-6]}{int(first.name[-6:]) + 1:06}"))
    (folder / LIST).write_bytes(write_handover_list(lines, head=head))
    return Laid(
        folder,
        first.body.code,
        first.profile,
        len(parcels),
        sum(len(each.data) for each in parcels),
        {each.number: f"{each.name}{each.suffix}" for each in parcels if each.fault},
    )


def handover_line(parcel: Parcel, batch: str) -> HandoverLine:
    """What the hand-over list says of *parcel*."""
    line = HandoverLine(
        name=parcel.name,
        size=len(parcel.data),
        digest_algorithm="SM3",
        digest=digest_bytes(parcel.data, ("sm3",))["sm3"],
        batch=batch,
        values={
            "fonds_identifier": parcel.body.fonds,
            "fonds_constituting_unit_name": parcel.body.name,
            "social_code": parcel.body.credit_code,
            "year": str(parcel.day.year),
            "project_name": parcel.title,
        },
    )
    changes: dict[str, Any] = dict(parcel.line)
    return replace(line, **changes)
