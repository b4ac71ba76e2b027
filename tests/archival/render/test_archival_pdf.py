"""An OFD kept a second time as PDF/A-2b: looks the same, says the same, character by character, and is valid."""

from __future__ import annotations

import datetime
import io
from collections import Counter
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from ofd_samples import NS, RED, content, ofd, path, square
from pikepdf import pdfa
from PIL import Image, ImageChops, ImageStat

from lantai.archival.render import FontMissing, PagedDocument, RenderRefused, font_path, open_pages
from lantai.archival.render.archival_pdf import TooManyPages, make_archival_pdf, ofd_archival_pdf

MADE = datetime.datetime(2026, 11, 22, 9, 30, tzinfo=datetime.UTC)
WORDS = "准予行政许可决定书\U00020000\U0002f800\ue001a&lt;b"


@pytest.fixture(autouse=True, scope="module")
def house_font() -> None:
    try:
        font_path()
    except FontMissing as missing:
        pytest.skip(str(missing))


def page(words: str = WORDS) -> str:
    return (
        f'<ofd:TextObject Boundary="10 10 80 8" Font="3" Size="5"><ofd:TextCode X="0" Y="6" DeltaX="g 99 5">{words}'
        '</ofd:TextCode></ofd:TextObject><ofd:TextObject Boundary="80 30 8 60" CTM="0 1 -1 0 8 0" Font="3" Size="6">'
        '<ofd:TextCode X="0" Y="5" DeltaX="6 6">竖排字</ofd:TextCode></ofd:TextObject>'
        '<ofd:TextObject Boundary="10 80 8 8" Font="3" Size="6"><ofd:TextCode X="0" Y="6">一</ofd:TextCode>'
        "</ofd:TextObject>" + path(square(20, 40, 30), "", RED)
    )


def copy(data: bytes) -> bytes:
    return ofd_archival_pdf(data, title="决定书", made=MADE, dpi=100).data


def said(data: bytes) -> list[Counter[str]]:
    """The characters of each page, as another reader takes them out."""
    pages = pypdfium2.PdfDocument(data)
    return [Counter("".join(each.get_textpage().get_text_range().split())) for each in pages]


def own(document: PagedDocument) -> list[Counter[str]]:
    lines = [document.lines(number) for number in range(1, document.count + 1)]
    return [Counter("".join("".join(each.text.split()) for each in page)) for page in lines]


def test_the_copy_says_what_the_document_says() -> None:
    data = ofd(page())
    assert said(copy(data)) == own(open_pages(data, "a.ofd")[1])
    text = pypdfium2.PdfDocument(copy(data))[0].get_textpage().get_text_range()
    assert "准予行政许可决定书\U00020000\U0002f800\ue001a<b" in text
    assert "竖排字" in text


def test_the_copy_looks_as_the_document_and_is_as_large() -> None:
    data = ofd(page(), box="0 0 100 140")
    made = copy(data)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        box = [float(each) for each in pdf.pages[0]["/MediaBox"]]
    assert box[2:] == pytest.approx([100 * 72 / 25.4, 140 * 72 / 25.4], abs=0.5)
    one = open_pages(made, "a.pdf")[1].draw(1, width=394, dpi=None).convert("RGB")
    other = open_pages(data, "a.ofd")[1].draw(1, width=394, dpi=None).convert("RGB")
    assert ImageStat.Stat(ImageChops.difference(one, other.resize(one.size)).convert("L")).mean[0] < 2


def test_the_same_document_and_moment_give_the_same_bytes() -> None:
    assert copy(ofd(page())) == copy(ofd(page()))


def test_the_copy_has_what_iso_19005_asks_for() -> None:
    made = copy(ofd(page()))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert not pdf.is_encrypted
        (intent,) = pdf.Root["/OutputIntents"]
        assert (intent["/S"], intent["/DestOutputProfile"]["/N"]) == ("/GTS_PDFA1", 3)
        assert len(pdf.trailer["/ID"]) == 2
        assert pdf.docinfo is None or not pdf.docinfo.keys()
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
            assert (metadata["dc:title"], metadata["xmp:CreateDate"]) == ("决定书", "2026-11-22T09:30:00+00:00")
        assert not {"/OpenAction", "/AA", "/Names", "/AcroForm"} & set(pdf.Root.keys())
        resources = pdf.pages[0]["/Resources"]
        image, font = resources["/XObject"]["/I"], resources["/Font"]["/T"]
        assert "/Interpolate" not in image
        assert image["/ColorSpace"] in ("/DeviceRGB", "/DeviceGray")
        descendant = font["/DescendantFonts"][0]
        assert descendant["/FontDescriptor"]["/FontFile2"].read_bytes()[:4] == b"\0\1\0\0"
        assert "/ToUnicode" in font
    assert made[:8] == b"%PDF-1.7"


def test_a_validator_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(copy(ofd(page())))
    assert pdfa.validate_written(tmp_path / "a.pdf", "2b").findings == []


def test_a_photograph_is_kept_as_jpeg_and_writing_without_loss() -> None:
    picture = io.BytesIO()
    Image.effect_noise((400, 400), 80).save(picture, "JPEG")
    media = '<ofd:MultiMedia ID="8"><ofd:MediaFile>a.jpg</ofd:MediaFile></ofd:MultiMedia>'
    scan = '<ofd:ImageObject Boundary="0 0 100 100" CTM="100 0 0 100 0 0" ResourceID="8"/>'
    for data, kind in (
        (ofd(scan, resources=media, more={"Doc_0/a.jpg": picture.getvalue()}), "/DCTDecode"),
        (ofd(page()), "/FlateDecode"),
    ):
        with pikepdf.open(io.BytesIO(copy(data))) as pdf:
            assert pdf.pages[0]["/Resources"]["/XObject"]["/I"]["/Filter"] == kind


def test_a_page_that_cannot_be_drawn_leaves_no_copy_and_what_is_not_shown_is_told() -> None:
    common = '<ofd:TemplatePage ID="20" BaseLoc="gone.xml"/>'
    with pytest.raises(RenderRefused, match=r"gone\.xml"):
        copy(ofd("", common=common, before='<ofd:Template TemplateID="20"/>'))
    made = ofd_archival_pdf(ofd(page("\u0f40")), title="x", made=MADE, dpi=50)
    assert [(number, "U+0F40" in note.en) for number, note in made.notes] == [(1, True)]


def test_a_document_of_too_many_pages_is_refused() -> None:
    pages = "".join(f'<ofd:Page ID="{number}" BaseLoc="P.xml"/>' for number in range(2001))
    document = f"<ofd:Document {NS}><ofd:CommonData/><ofd:Pages>{pages}</ofd:Pages></ofd:Document>"
    data = ofd("", more={"Doc_0/Document.xml": document.encode(), "Doc_0/P.xml": content("").encode()})
    with pytest.raises(TooManyPages):
        copy(data)


def test_any_document_that_has_pages_can_be_copied() -> None:
    _format, document = open_pages("第一行\n第二行".encode(), "a.txt")
    assert said(make_archival_pdf(document, title="说明", made=MADE, dpi=50).data) == own(document)


@pytest.mark.corpus
@pytest.mark.slow
def test_every_ofd_of_the_corpus_is_copied_exactly(corpus: Path) -> None:
    for each in sorted((corpus / "ofd").glob("*.ofd")):
        _format, document = open_pages(each.read_bytes(), each.name)
        made = ofd_archival_pdf(each.read_bytes(), title=each.name, made=MADE, dpi=40)
        assert said(made.data) == own(document), each.name
