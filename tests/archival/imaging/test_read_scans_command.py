"""`lantai read` on scans: the text of pages that are only pictures, an exact reason for what cannot be read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from lantai.archival.checks import recognising
from lantai.archival.imaging.models import ModelMissing
from lantai.archival.imaging.specimens import make_specimen, worn
from lantai.site.cli.read import read

app = typer.Typer()
app.command()(read)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(each) for each in result.stdout.splitlines()]


def test_pictures_and_scanned_pages_are_read_and_broken_ones_say_why(tmp_path: Path) -> None:
    page = worn(make_specimen(323, "permit"), "turned180", seed=1, dpi=200)
    scan = Image.fromarray(page.picture)
    packed = io.BytesIO()
    scan.save(packed, "JPEG", quality=85, dpi=(200, 200))
    (tmp_path / "a-scan.jpg").write_bytes(packed.getvalue())
    (tmp_path / "b-cut.jpg").write_bytes(packed.getvalue()[:9000])
    Image.new("RGB", (1, 1), "red").save(tmp_path / "c-dot.png")
    scan.save(
        tmp_path / "d-sheets.tif", save_all=True, append_images=[Image.new("L", (800, 1100), 240)], dpi=(200, 200)
    )
    (tmp_path / "e-scan.pdf").write_bytes(scanned_pdf(packed.getvalue(), *scan.size))
    whole = io.BytesIO()
    Image.new("1", (60_000, 60_000)).save(whole, "PNG")
    (tmp_path / "f-bomb.png").write_bytes(whole.getvalue())
    result = run(tmp_path, "--json", "--recognise", "fast")
    assert result.exit_code == 1, result.output
    jpeg, cut, dot, sheets, pdf, bomb = lines(result)
    (read_page,) = jpeg["scanned"]
    first = page.lines[0].text
    assert read_page["text"].startswith(first) and read_page["turned"] == 180 and not read_page["mirrored"]
    assert (read_page["width"], read_page["height"]) == scan.size and read_page["confidence"] > 0.9
    line = read_page["lines"][0]
    assert line["text"] == first and all(
        abs(one - other) < 20 for one, other in zip(line["box"], page.lines[0].box, strict=True)
    )
    assert jpeg["text_length"] == len(read_page["text"]) and jpeg["fault"] is None
    assert cut["fault"] and cut["fault_en"] and not cut["text_length"]
    assert dot["scanned"][0]["lines"] == [] and dot["fault"] is None
    assert [each["page"] for each in sheets["scanned"]] == [1, 2]
    assert first in sheets["scanned"][0]["text"] and sheets["scanned"][1]["text"] == ""
    assert first in pdf["scanned"][0]["text"]
    assert "3600000000" in bomb["fault"] or "60000" in bomb["fault"], bomb["fault"]


def test_what_a_page_is_and_says_is_told_with_its_place(tmp_path: Path) -> None:
    page = worn(make_specimen(324, "form"), "turned180", seed=1, dpi=200)
    Image.fromarray(page.picture).save(tmp_path / "form.png", dpi=(200, 200))
    (answer,) = lines(run(tmp_path / "form.png", "--json", "--recognise", "fast"))
    (told,) = answer["scanned"]
    assert told["kind"] == {"code": "form", "zh": "申请表", "en": "Application form", "by": "title"}
    assert told["kind_confidence"] > 0.9 and len(told["tables"]) == 1 and len(told["seals"]) == len(page.seals)
    by_code = {each["code"]: each for each in told["fields"]}
    value = by_code["credit_code"]["value"]
    (cell,) = [each for each in page.tables[0].cells if each.text == value]
    left, top, right, bottom = by_code["credit_code"]["box"]
    assert cell.box[0] - 9 <= left < right <= cell.box[2] + 9 and cell.box[1] - 9 <= top < bottom <= cell.box[3] + 9
    assert {"person", "body", "address", "date", "identity_number"} <= set(by_code)


def test_reading_of_scans_can_be_left_out(tmp_path: Path) -> None:
    Image.new("RGB", (900, 1200), "white").save(tmp_path / "white.png")
    (answer,) = lines(run(tmp_path / "white.png", "--json", "--recognise", "no"))
    assert answer["scanned"] == [] and answer["pages"] == 1


def test_a_missing_model_is_said_for_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (900, 1200), "white").save(tmp_path / "white.png")

    def gone(_mode: object) -> object:
        raise ModelMissing("缺少识别模型 det.onnx", "the model det.onnx is missing")

    monkeypatch.setattr(recognising, "_reader", gone)
    said = recognising.recognise_page(tmp_path / "white.png", None, 1, "exact")
    assert said == {"refused_zh": "缺少识别模型 det.onnx", "refused_en": "the model det.onnx is missing"}


def scanned_pdf(jpeg: bytes, width: int, height: int) -> bytes:
    document = pikepdf.new()
    picture = pikepdf.Stream(document, jpeg)
    picture["/Type"], picture["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
    picture["/Width"], picture["/Height"] = width, height
    picture["/ColorSpace"], picture["/BitsPerComponent"] = pikepdf.Name.DeviceRGB, 8
    picture["/Filter"] = pikepdf.Name.DCTDecode
    document.add_blank_page(page_size=(595, 842))
    page = document.pages[-1]
    page["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=picture))
    page["/Contents"] = pikepdf.Stream(document, b"595 0 0 842 0 0 cm /I Do")
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()
