"""Every kind of file is opened as far as it opens, and what it carries is said."""

from __future__ import annotations

import io
import struct
import tempfile
import zipfile
from pathlib import Path

import pikepdf
import pytest
from format_samples import (
    BIFF8,
    WORDS,
    docx_members,
    make_mail,
    make_mp3,
    make_mp4,
    make_ole2,
    make_pdf,
    make_pdfa,
    make_wav,
    make_zip,
    odf_members,
    pdf_with,
    picture,
    samples,
    save_image,
    word,
)

from lantai.archival.formats import characterise, extract_text, sentence

SAMPLES = samples()
UNOPENED = {"exe 32", "exe 64", "elf 11", "elf 12", "elf 21", "elf 22"} | {
    "gz", "bz2", "xz", "tar", "7z", "rar 5", "warc",
}  # fmt: skip


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_sample_opens(kind: str) -> None:
    name, data = SAMPLES[kind]
    facts = characterise(data, name)
    assert facts.format is not None
    if kind in UNOPENED:
        assert facts.readable is None
        assert facts.fault == "no-reader"
    elif facts.format.key not in ("rdf", "fmt/875"):
        assert facts.readable is True, facts.fault


def test_an_empty_file_is_not_readable() -> None:
    facts = characterise(b"", "a.pdf")
    assert facts.readable is False
    assert sentence(facts.fault, "zh") == "文件为空（0字节）"
    assert sentence(facts.fault, "en") == "the file is empty (0 bytes)"


def test_a_pdf_says_pages_maker_and_text() -> None:
    facts = characterise(make_pdf(3), "a.pdf", text=True)
    assert facts.pages == 3
    assert facts.attributes["producer"].startswith("ReportLab")
    assert facts.attributes["created"][:4].isdigit()
    assert facts.attributes["width_mm"] == "210.0"
    assert facts.text is not None
    assert facts.text.count(WORDS) == 3


def test_pdfa_is_a_claim() -> None:
    facts = characterise(make_pdfa("2", "B"), "a.pdf")
    assert facts.attributes["pdfa"] == "2b"
    assert facts.format is not None
    assert facts.format.key == "pdf"
    assert facts.format.version == "A-2b"


def _javascript(document: pikepdf.Pdf) -> None:
    document.Root["/OpenAction"] = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def _launch(document: pikepdf.Pdf) -> None:
    action = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe")))
    document.Root["/OpenAction"] = action


def _attach(document: pikepdf.Pdf) -> None:
    document.attachments["a.exe"] = b"MZ"


def _page_actions(document: pikepdf.Pdf) -> None:
    document.pages[0].obj["/AA"] = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.URI))


def _form(document: pikepdf.Pdf) -> None:
    document.Root["/AcroForm"] = pikepdf.Dictionary(Fields=[], XFA=pikepdf.Stream(document, b"<xdp/>"))


def _goto(document: pikepdf.Pdf) -> None:
    document.Root["/OpenAction"] = pikepdf.Array([document.pages[0].obj, pikepdf.Name.Fit])


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_javascript, {"javascript", "open-action"}),
        (_launch, {"launch", "open-action"}),
        (_attach, {"embedded-file"}),
        (_page_actions, {"additional-actions"}),
        (_form, {"xfa"}),
        (_goto, set()),
    ],
)
def test_active_content_of_a_pdf_is_found_wherever_it_hides(change, found, hidden) -> None:  # type: ignore[no-untyped-def]
    """Also inside compressed object streams."""
    mode = pikepdf.ObjectStreamMode.generate if hidden else pikepdf.ObjectStreamMode.disable
    facts = characterise(pdf_with(change, object_stream_mode=mode), "a.pdf")
    assert facts.readable is True
    assert set(facts.active_content) == found


def test_names_written_in_hexadecimal_do_not_hide_a_script() -> None:
    data = pdf_with(_javascript, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    disguised = (
        data.replace(b"/JavaScript", b"/J#61vaScrip#74")
        .replace(b"/JS", b"/J#53")
        .replace(b"/OpenAction", b"/OpenActio#6e")
    )
    assert "javascript" in characterise(disguised, "a.pdf").active_content


def test_an_encrypted_pdf_needs_a_password() -> None:
    locked = pdf_with(lambda _: None, encryption=pikepdf.Encryption(owner="o", user="u"))
    facts = characterise(locked, "a.pdf")
    assert (facts.readable, facts.encrypted, facts.fault) == (False, True, "encrypted")
    owner_only = pdf_with(lambda _: None, encryption=pikepdf.Encryption(owner="o", user=""))
    facts = characterise(owner_only, "a.pdf")
    assert (facts.readable, facts.encrypted) == (True, True)


def test_a_truncated_pdf_does_not_open() -> None:
    facts = characterise(make_pdf()[:200], "a.pdf")
    assert facts.readable is False
    assert facts.fault.startswith("damaged")


def test_word_says_macros_links_objects_and_text() -> None:
    members = docx_members()
    members["word/vbaProject.bin"] = b"\0"
    members["word/embeddings/oleObject1.bin"] = b"\0"
    members["word/_rels/document.xml.rels"] = (
        '<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'attachedTemplate" Target="http://example.cn/a.dotm" TargetMode="External"/></Relationships>'
    )
    facts = characterise(make_zip(members), "a.docx", text=True)
    assert set(facts.active_content) == {"macro", "embedded-object", "external-link"}
    assert facts.text == f"{WORDS}第二段"


def test_text_of_sheets_slides_and_odf() -> None:
    assert extract_text(SAMPLES["xlsx"][1], "a.xlsx") == "名称数量 42 备注"
    assert extract_text(SAMPLES["pptx"][1], "a.pptx") == "第1页\n第2页\n第10页"
    assert extract_text(SAMPLES["odt 1.2"][1], "a.odt") == WORDS


def test_a_word_file_without_its_document_is_told() -> None:
    members = docx_members()
    del members["word/document.xml"]
    facts = characterise(make_zip(members), "a.docx")
    assert (facts.readable, facts.fault) == (False, "part-missing: word/document.xml")


def test_encrypted_office_is_found() -> None:
    assert characterise(make_ole2({"EncryptedPackage": b"\1" * 90}), "a.docx").encrypted
    members = odf_members("text", "1.2")
    members["META-INF/manifest.xml"] = str(members["META-INF/manifest.xml"]).replace(
        "</manifest:manifest>", "<manifest:encryption-data/></manifest:manifest>"
    )
    assert characterise(make_zip(members), "a.odt").encrypted
    assert characterise(make_ole2({"Workbook": BIFF8[:20] + b"\x2f\0\x36\0" + b"\0" * 20}), "a.xls").encrypted
    locked = word() | {"WordDocument": b"\xec\xa5\xc1\0" + b"\0" * 7 + b"\1" + b"\0" * 60}
    assert characterise(make_ole2(locked), "a.doc").encrypted


def test_macros_of_old_word_are_found() -> None:
    assert characterise(make_ole2(word() | {"_VBA_PROJECT": b"\0"}), "a.doc").active_content == ("macro",)


def test_a_zip_with_a_password_is_found() -> None:
    data = bytearray(make_zip({"a.txt": b"abc"}))
    data[6] |= 1
    at = data.rfind(b"PK\1\2")
    data[at + 8] |= 1
    facts = characterise(bytes(data), "a.zip")
    assert facts.encrypted
    assert facts.readable is False


def test_images_say_size_resolution_colour_and_pages() -> None:
    facts = characterise(save_image(picture("L"), "JPEG", dpi=(300, 300)), "a.jpg")
    assert {name: facts.attributes[name] for name in ("width", "height", "dpi", "colour")} == {
        "width": "60",
        "height": "40",
        "dpi": "300x300",
        "colour": "grey",
    }
    several = save_image(picture(), "TIFF", save_all=True, append_images=[picture(), picture()])
    assert characterise(several, "a.tif").pages == 3


@pytest.mark.parametrize("kind", ["jpeg", "png ", "tiff", "gif", "bmp", "webp lossless", "jp2"])
def test_half_an_image_is_not_readable(kind: str) -> None:
    name, data = SAMPLES[kind]
    facts = characterise(data[: len(data) * 2 // 3], name)
    assert facts.readable is False
    assert facts.fault


def test_a_decompression_bomb_is_not_decoded() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + b"\0\0\0\0"
    facts = characterise(b"\x89PNG\r\n\x1a\n" + chunk, "a.png")
    assert facts.readable is False
    assert facts.fault.startswith("too-large") or facts.fault.startswith("damaged")


@pytest.mark.parametrize(
    "xml",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>',
        b'<?xml version="1.0"?><a><b></a>',
        b'<?xml version="1.0" encoding="UTF-8"?><a>\xd4\xc6</a>',
    ],
)
def test_bad_xml_is_told_and_nothing_is_fetched(xml: bytes) -> None:
    facts = characterise(xml, "a.xml", text=True)
    assert facts.readable is False
    assert facts.fault.startswith("not-well-formed: ")
    assert facts.text is None


def test_texts_say_their_encoding() -> None:
    for encoding, name in (
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ):
        facts = characterise(("云岭县\n" * 30).encode(encoding), "a.txt", text=True)
        assert facts.attributes["encoding"] == name
        assert facts.text is not None
        assert facts.text.startswith("云岭县\n云岭县")


def test_scripts_in_html_are_active_and_not_text() -> None:
    facts = characterise("<html><body>正文<script>偷</script></body></html>".encode(), "a.html", text=True)
    assert facts.active_content == ("script",)
    assert facts.text == "正文"


def test_text_of_rtf_and_mail() -> None:
    assert extract_text(SAMPLES["rtf"][1], "a.rtf") == "云岭"
    assert extract_text(make_mail(), "a.eml") == "回复\n请查收"


def test_broken_json_is_told() -> None:
    assert characterise(b'{"a": ', "a.json").readable is False


def test_sound_and_film_say_their_length() -> None:
    assert characterise(make_wav(0.5), "a.wav").attributes["seconds"] == "0.500"
    assert characterise(make_mp4(), "a.mp4").attributes["seconds"] == "2.500"
    assert characterise(make_mp3(), "a.mp3").attributes["kilobits"] == "128"
    assert characterise(SAMPLES["avi"][1], "a.avi").attributes["width"] == "640"
    assert characterise(SAMPLES["mpg 1"][1], "a.mpg").attributes["height"] == "288"


@pytest.mark.parametrize(("kind", "cut"), [("wav", 20), ("mp4", 10), ("avi", 6)])
def test_film_cut_short_is_told(kind: str, cut: int) -> None:
    name, data = SAMPLES[kind]
    assert characterise(data[:-cut], name).readable is False


def test_programs_are_named_as_such() -> None:
    assert characterise(SAMPLES["exe 64"][1], "发票.pdf").active_content == ("executable",)
    assert characterise(b"#!/bin/sh\necho\n", "a.txt").active_content == ("executable",)
    assert characterise(make_zip({"a": b"b"}), "a.zip").active_content == ("archive",)


def test_a_file_is_read_where_it_lies() -> None:
    """A file over the limit of memory is not held: 40 MiB of PDF with one page at its end."""
    with tempfile.TemporaryFile() as file:
        file.write(b"%PDF-1.4\n%" + b" " * (40 << 20) + b"\n")
        page = make_pdf()
        with pikepdf.open(io.BytesIO(page)) as document:
            document.Root["/Padding"] = pikepdf.Stream(document, b" " * (40 << 20))
            file.seek(0)
            file.truncate()
            document.save(file, compress_streams=False)
        facts = characterise(file, "a.pdf", text=True)
    assert facts.readable is True
    assert facts.pages == 1
    assert facts.text is not None
    assert WORDS in facts.text


@pytest.mark.corpus
def test_the_scans_of_the_corpus_all_open(corpus: Path) -> None:
    pictures = [path for path in (corpus / "scans").rglob("*") if path.suffix in (".jpg", ".jpeg", ".png", ".pdf")]
    assert len(pictures) > 50
    assert {path.name: facts.fault for path in pictures if (facts := _facts(path)).readable is not True} == {}


def _facts(path: Path):  # type: ignore[no-untyped-def]
    return characterise(path.read_bytes(), path.name)


MISSING_PARTS = {"Page5.ofd": "part-missing: Doc_0/PublicRes.xml", "VPage7.ofd": "part-missing: Doc_0/PublicRes.xml"}


@pytest.mark.corpus
def test_every_ofd_of_the_corpus_opens_or_says_what_is_missing(corpus: Path) -> None:
    for path in (corpus / "ofd").glob("*.ofd"):
        facts = characterise(path.read_bytes(), path.name, text=True)
        assert facts.fault == MISSING_PARTS.get(path.name, "")
        assert facts.pages
        if not facts.fault:
            assert facts.text


@pytest.mark.corpus
def test_text_of_ofd_is_in_reading_order(corpus: Path) -> None:
    text = extract_text((corpus / "ofd" / "1.ofd").read_bytes(), "1.ofd")
    assert "江苏京利华新材料有限公司" in text
    assert text.index("浙江增值税电子普通发票") < text.index("江苏京利华") < text.index("伍佰贰拾陆圆整")
    attributes = characterise((corpus / "ofd" / "1.ofd").read_bytes(), "1.ofd").attributes
    assert attributes["attachments"] == "original_invoice"
    assert (attributes["width_mm"], attributes["height_mm"]) == ("210.0", "140.0")


def test_an_ofd_with_a_path_outside_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("OFD.xml", '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>')
        archive.writestr("../../etc/cron.d/a", "x")
    facts = characterise(buffer.getvalue(), "a.ofd")
    assert (facts.readable, facts.fault) == (False, "part-unsafe: ../../etc/cron.d/a")
