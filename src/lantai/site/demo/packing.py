"""Number and seed give the package: a case of a service item, an official document, or a planted fault."""

from __future__ import annotations

import io
from datetime import date

from lantai.archival.packages import load_profile, write_package
from lantai.site.demo.casedata import case_sequence, describe_case
from lantai.site.demo.casefiles import case_files
from lantai.site.demo.cases import LAST_DAY, SERIAL_FROM, make_case
from lantai.site.demo.documents import document_parcel, document_sequence
from lantai.site.demo.faulty import faulty_parcel, food_case, is_faulty
from lantai.site.demo.files.typeface import Typeface
from lantai.site.demo.parcels import Parcel


def is_document(number: int) -> bool:
    """Whether *number* stands for an official document (文书) and not for a case."""
    return number % 9 == 4 and not is_faulty(number)


def sequence_of(seed: int, number: int, *, until: date = LAST_DAY) -> str:
    """The sequence in which package *number* gets its serial: what its name begins with."""
    if is_document(number):
        return document_sequence(seed, number, until)
    return case_sequence(food_case(seed, number) if is_faulty(number) else make_case(seed, number, until=until))


def make_parcel(
    face: Typeface, seed: int, number: int, *, serial: int = 0, until: date = LAST_DAY, mended: bool = False
) -> Parcel:
    """Package *number* of *seed*, as its department sends it, under the running number *serial* (above SERIAL_FROM
    when none is given). *mended* gives a faulty one without its fault, as it is sent again (补正)."""
    serial = serial or SERIAL_FROM + number
    if is_document(number):
        return document_parcel(face, seed, number, serial, until=until)
    if is_faulty(number):
        return faulty_parcel(face, seed, number, serial, mended=mended)
    case = make_case(seed, number, until=until)
    body = case.item.body
    profile = body.profile
    files = case_files(face, case, generic=profile == "generic")
    name, metadata, acts = describe_case(case, files, serial)
    sink = io.BytesIO()
    container = body.container
    write_package(
        target=sink,
        profile=load_profile(profile),
        metadata=metadata,
        materials=files.materials,
        process=acts,
        files=files.files,
        container=container,  # type: ignore[arg-type]
        modified=case.archived.astimezone(),
    )
    suffix = ".tar" if container == "tar" else ".zip"
    return Parcel(number, name, suffix, body, profile, case.archived.date(), case.title, sink.getvalue())


__all__ = ["Parcel", "is_document", "is_faulty", "make_parcel", "sequence_of"]
