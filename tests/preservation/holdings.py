"""A small archive whose records hold a PDF that can be kept, pictures, an OFD and a Word file."""

from __future__ import annotations

import io
import sys
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pikepdf
from django.utils import timezone

from lantai.administration.models import Organisation
from lantai.archival.checks.faults import sound_case
from lantai.archival.packages import open_component
from lantai.catalog.components import as_component
from lantai.catalog.models import Record, Representation
from lantai.catalog.queries.composition import package_from
from lantai.ingest.models import ReportedFault
from lantai.ledger.services import sequence_entries
from lantai.preservation.services import follow_formats
from lantai.storage.queries import content_file
from tests.ingest.county import settle
from tests.pages.archive import send

sys.path.insert(0, str(Path(__file__).parents[1] / "archival" / "render"))
from ofd_samples import ofd
from office_samples import make_docx


def broken_ofd() -> bytes:
    """An OFD that shows what no font here has: its copy would not be complete."""
    return ofd(
        '<ofd:TextObject Boundary="10 10 80 8" Font="3" Size="5"><ofd:TextCode X="0" Y="6">\u0f40</ofd:TextCode>'
        "</ofd:TextObject>"
    )


def plain_pdf() -> bytes:
    """A PDF without fonts that PDF/A can hold, which says where it opens, what PDF/A's checker knows nothing of."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(200, 300))
        page.Contents = pdf.make_stream(b"0.2 0.4 0.6 rg 20 20 100 100 re f")
        pdf.Root.OpenAction = pikepdf.Array([page.obj, pikepdf.Name.Fit])
        buffer = io.BytesIO()
        pdf.save(buffer)
    return buffer.getvalue()


def take_in(body: Organisation, number: int, *, office: bool = False, broken: bool = False) -> Record:
    """One record, taken in and counted: five files as every case has, of which one is ``plain_pdf``; and an OFD."""
    case = sound_case(number)
    case.put(0, plain_pdf())
    words = '<ofd:TextObject Boundary="10 10 80 8" Font="3" Size="5"><ofd:TextCode X="0" Y="6">准予许可</ofd:TextCode></ofd:TextObject>'  # noqa: E501
    case.add("结果文件", "C2", "许可证副本", "许可证副本.ofd", broken_ofd() if broken else ofd(words), "OFD")
    if office:
        case.add("过程文件", "B18", "情况说明", "情况说明.docx", make_docx(), "DOCX")
    case.metadata["total_number"] = str(len(case.materials))
    data, _handover = case.write()
    submission = send(body, f"{case.name}.zip", data)
    settle()
    count()
    submission.refresh_from_db()
    assert submission.state == "accessioned", list(ReportedFault.objects.values_list("code", "reason"))
    return Record.objects.get(record_code=submission.record_code)


def count(now: datetime | None = None) -> None:
    """Let the follower see everything the ledger tells."""
    while sequence_entries() or follow_formats(now=now or timezone.now()):
        pass


def originals(record: Record) -> dict[str, str]:
    """The digest of every file of a record's package, read from storage now, and of the package itself."""
    form = Representation.objects.get(record=record, kind=Representation.Kind.RECEIVED)
    package = package_from(form)
    stored = content_file(object_id=form.object_id, path=form.path)
    found = {"": sha256(stored.path.read_bytes()).hexdigest()}
    for each in package.components:
        with open_component(stored, as_component(each)) as stream:
            found[each.path] = sha256(stream.read()).hexdigest()
    return found


def copies(record: Record) -> dict[str, Representation]:
    """The copies of a record by the name of the file they are of."""
    rows = Representation.objects.filter(record=record, kind=Representation.Kind.NORMALISED)
    return {each.source.rpartition("/")[2]: each for each in rows}
