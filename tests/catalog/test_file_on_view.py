"""A file of a record on view: long ones in portions, searched ones with lit words, images without text, Office."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from pytest_django import DjangoDbBlocker
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from lantai.administration.models import Person, Role
from lantai.archival.checks.faults import sound_case
from lantai.archival.render import office_program
from lantai.catalog.models import Record, Secrecy
from lantai.catalog.queries import record_by_code
from tests.catalog.records import ARCHIVIST
from tests.ingest.county import found_county, settle
from tests.make_people import make_person, signed_in
from tests.pages.archive import send

sys.path.insert(0, str(Path(__file__).parents[1] / "archival" / "render"))
from ofd_samples import ofd
from office_samples import make_docx

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]
PAGES = 64
TIBETAN = (
    '<ofd:TextObject Boundary="10 10 80 20" Font="3" Size="8"><ofd:TextCode X="0" Y="8" DeltaX="8 8">附图\u0f40'
    "</ofd:TextCode></ofd:TextObject>"
)


def long_pdf() -> bytes:
    """A register of many pages; the works are named on two of them, once over the end of a line."""
    buffer = io.BytesIO()
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(buffer, invariant=True)
    for number in range(1, PAGES + 1):
        canvas.setFont("STSong-Light", 16)
        canvas.drawString(80, 760, f"登记簿第{number}页")
        if number == 3:
            canvas.drawString(80, 700, "兴建青溪水")
            canvas.drawString(80, 670, "库灌区，青溪水库坝高四十米")
        if number == 50:
            canvas.drawString(80, 700, "青溪水库验收")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def scans() -> bytes:
    """Sheets of a scan: grey, one-bit and in printing colours."""
    buffer = io.BytesIO()
    sheets = [Image.new(mode, (300, 400), value) for mode, value in (("L", 200), ("1", 1), ("CMYK", (0, 90, 90, 0)))]
    sheets[0].save(buffer, "TIFF", save_all=True, append_images=sheets[1:], dpi=(150, 150))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Record]:
    """One record that holds a long PDF, a scan, an Office file and an OFD besides its own."""
    with django_db_blocker.unblock():
        body = found_county()
        case = sound_case(61)
        case.add("结果文件", "C2", "登记簿", "登记簿.pdf", long_pdf(), "PDF")
        case.add("过程文件", "B9", "扫描件", "扫描件.tif", scans(), "TIF")
        case.add("过程文件", "B10", "通知", "通知.docx", make_docx("青溪水库通知"), "DOCX")
        case.add("过程文件", "B11", "附图", "附图.ofd", ofd(TIBETAN), "OFD")
        case.metadata["total_number"] = str(len(case.materials))
        data, _handover = case.write()
        sent = send(body, f"{case.name}.zip", data)
        settle()
        sent.refresh_from_db()
        yield Record.objects.get(record_code=sent.record_code)
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def archivist() -> Client:
    return signed_in(make_person(Role.ARCHIVIST, username="guan", clearance=Secrecy.RESTRICTED))


def number_of(record: Record, ending: str) -> int:
    """The number in addresses of the file whose name ends so."""
    view = record_by_code(code=record.record_code, reader=ARCHIVIST)
    assert view.package is not None
    (found,) = (number for number, each in enumerate(view.package.components, 1) if each.path.endswith(ending))
    return found


def page_of(archivist: Client, record: Record, **asked: object) -> str:
    answer = archivist.get(f"/records/{record.record_code}/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_long_file_comes_in_portions(record: Record, archivist: Client) -> None:
    file = number_of(record, "登记簿.pdf")
    for number in (1, file):
        page_of(archivist, record, file=number, q="青溪水库")  # the look is told to the ledger now
    with CaptureQueriesContext(connection) as short:
        page_of(archivist, record, file=1)
    with CaptureQueriesContext(connection) as long:
        first = page_of(archivist, record, file=file, q="青溪水库")
    assert len(long) <= len(short) + 1, "where the package lies; pages and hits ask the database nothing"
    assert [f'id="lt-page-{number}"' in first for number in (1, 30, 31)] == [True, True, False]
    assert "第 1–30 页，共 64 页" in first
    assert f"?file={file}&amp;tab=description&amp;from=31" in first
    later = page_of(archivist, record, **{"file": file, "from": 61})
    assert [f'id="lt-page-{number}"' in later for number in (60, 61, 64)] == [False, True, True]
    assert 'data-pages="later"' not in later
    assert 'id="lt-page-1"' in page_of(archivist, record, **{"file": file, "from": 9999})
    assert 'id="lt-page-1"' in page_of(archivist, record, **{"file": file, "from": "x"})


def test_images_are_made_when_they_are_asked_for(record: Record, archivist: Client) -> None:
    file = number_of(record, "登记簿.pdf")
    page_of(archivist, record, file=file)
    kept = settings.LANTAI_HOME / "cache" / "pages"
    digest = record_by_code(code=record.record_code, reader=ARCHIVIST).package.components[file - 1].sha256  # type: ignore[union-attr]
    assert [each.name for each in (kept / digest[:2]).glob(f"{digest}-*.image")] == []
    answer = archivist.get(f"/records/{record.record_code}/files/{file}/7-1000.webp")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert [each.name for each in (kept / digest[:2]).glob(f"{digest}-*.image")] == [f"{digest}-7-1000.image"]
    for nonsense in ("0-1000", "65-1000", "7-999"):
        assert archivist.get(f"/records/{record.record_code}/files/{file}/{nonsense}.webp").status_code == 404


def test_looked_for_words_are_lit_in_image_and_text(record: Record, archivist: Client) -> None:
    file = number_of(record, "登记簿.pdf")
    said = page_of(archivist, record, file=file, q="青溪水库")
    assert "“青溪水库”在这个文件里有 3 处。" in said
    assert 'href="#lt-page-3"' in said
    assert f"?file={file}&amp;tab=description&amp;from=50&amp;q=" in said
    assert said.count('class="lt-page__hit"') == 3, "two on page 3, of which one lies on two lines"
    assert "兴建<mark>青溪水</mark>" in said
    assert "<mark>库</mark>灌区" in said
    assert "tab=history&amp;q=" in said, "the words stay when another tab is opened"


def test_words_that_are_nowhere_and_words_that_are_far(record: Record, archivist: Client) -> None:
    file = number_of(record, "登记簿.pdf")
    assert "不在这个文件的文字里" in page_of(archivist, record, file=file, q="没有这个词")
    far = page_of(archivist, record, file=file, q="验收")
    assert 'id="lt-page-50"' in far
    assert "<mark>验收</mark>" in far
    nasty = page_of(archivist, record, file=file, q='<script>alert(1)</script>".*')
    assert "<script>alert" not in nasty
    pieces = page_of(archivist, record, file=file, q="青溪水库的验收情况")
    assert "<mark>青溪水" in pieces or "<mark>青溪</mark>" in pieces


def test_a_page_says_what_no_font_shows(record: Record, archivist: Client) -> None:
    file = number_of(record, "附图.ofd")
    assert "第1页：这些字没有字形，页图上以方框显示：\u0f40 (U+0F40)。" in page_of(archivist, record, file=file)
    answer = archivist.get(f"/records/{record.record_code}/files/{file}/1-1000.webp")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")


def test_a_scan_says_that_it_holds_no_text(record: Record, archivist: Client) -> None:
    file = number_of(record, "扫描件.tif")
    said = page_of(archivist, record, file=file)
    assert "自身没有文字" in said
    assert 'class="lt-lines"' not in said
    assert 'id="lt-page-3"' in said
    for number in (1, 2, 3):
        answer = archivist.get(f"/records/{record.record_code}/files/{file}/{number}-1000.webp")
        with Image.open(io.BytesIO(answer.content)) as image:
            assert image.size == (1000, 1333)
    Person.objects.filter(username="guan").update(language="en")
    assert "holds no text" in page_of(archivist, record, file=file)


def test_an_office_file_is_shown_or_says_why_not(record: Record, archivist: Client) -> None:
    said = page_of(archivist, record, file=number_of(record, "通知.docx"), q="青溪水库")
    if office_program() is None:
        assert "没有安装 LibreOffice" in said
        assert "下载原件" in said
        return
    assert "青溪水库" in said
    assert "LibreOffice 转换得出" in said
    assert "<mark>青溪水库</mark>" in said
    answer = archivist.get(f"/records/{record.record_code}/files/{number_of(record, '通知.docx')}/1-1000.webp")
    assert answer["Content-Type"] == "image/webp"


def test_others_learn_nothing_of_it(record: Record) -> None:
    file = number_of(record, "登记簿.pdf")
    for role in (Role.SYSTEM, Role.AUDIT, Role.SECURITY):
        browser = signed_in(make_person(role))
        assert browser.get(f"/records/{record.record_code}/?file={file}&q=青溪").status_code in (403, 404)
        assert browser.get(f"/records/{record.record_code}/files/{file}/1-1000.webp").status_code in (403, 404)
