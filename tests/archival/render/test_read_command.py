"""`lantai read`: one line a file, its pages as images, and an exact reason for what is broken."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from office_samples import make_docx
from PIL import Image
from typer.testing import CliRunner, Result

from lantai.archival.render import office_program
from lantai.archival.render.office import OFFICE_SUFFIXES
from lantai.site.cli.read import read

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))
from format_samples import make_pdf, make_zip, samples

app = typer.Typer()
app.command()(read)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(each) for each in result.stdout.splitlines()]


def test_one_line_a_file_and_a_picture_a_page(tmp_path: Path) -> None:
    (tmp_path / "批复.pdf").write_bytes(make_pdf(2, "同意兴建青溪水库"))
    (tmp_path / "说明.txt").write_text("第一行\n第二行", "utf-8")
    result = run(tmp_path / "批复.pdf", tmp_path / "说明.txt", "--json", "--images", tmp_path / "out", "--width", 400)
    pdf, text = lines(result)
    assert result.exit_code == 0
    assert (pdf["format"], pdf["pages"], pdf["fault"]) == ("pdf", 2, None)
    assert pdf["text_length"] >= 16
    assert (text["format"], text["pages"], text["text_length"]) == ("txt", 1, 7)
    assert len(pdf["images"]) == 2
    with Image.open(pdf["images"][1]) as image:
        assert image.width == 400


def test_what_is_broken_is_said_and_ends_nothing(tmp_path: Path) -> None:
    whole = make_pdf(1)
    for name, data in {
        "a-cut.pdf": whole[: len(whole) // 3],
        "b-empty.pdf": b"",
        "c-noise.bin": b"\0\1\2" * 99,
        "d-cut.tif": b"II*\0\x08\0\0\0",
        "e-archive.7z": b"7z\xbc\xaf\x27\x1c" + b"\0" * 60,
        "f-broken.docx": make_zip({"[Content_Types].xml": b"<", "word/document.xml": b"<w"}),
        "z-whole.pdf": whole,
    }.items():
        (tmp_path / name).write_bytes(data)
    result = run(tmp_path, "--json")
    found = {Path(each["file"]).name: each for each in lines(result)}
    assert result.exit_code == 1
    assert len(found) == 7
    assert all(each["fault"] and each["fault_en"] for name, each in found.items() if name != "z-whole.pdf")
    assert found["z-whole.pdf"]["fault"] is None
    assert "损坏" in found["a-cut.pdf"]["fault"]
    assert "7-Zip" in found["e-archive.7z"]["fault"]
    assert not any("Traceback" in each["fault"] for each in found.values() if each["fault"])


def test_every_format_known_gets_a_line_and_no_traceback(tmp_path: Path) -> None:
    others = [each for each in samples().values() if Path(each[0]).suffix[1:] not in OFFICE_SUFFIXES]
    for number, (name, data) in enumerate(others):
        (tmp_path / f"{number:03}-{Path(name).name}").write_bytes(data)
    result = run(tmp_path, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    found = lines(result)
    assert len(found) == len(others)
    assert all(each["pages"] is not None or each["fault"] for each in found)


@pytest.mark.slow
@pytest.mark.skipif(office_program() is None, reason="no LibreOffice: apt-get install libreoffice-writer")
def test_an_office_file_has_pages_too(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(make_docx("准予许可"))
    (line,) = lines(run(tmp_path / "a.docx", "--json", "--images", tmp_path / "out"))
    assert (line["format"], line["pages"], line["fault"]) == ("docx", 1, None)
    assert line["text_length"] >= 4
    assert len(line["images"]) == 1


def test_a_path_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    assert run(tmp_path / "none.pdf").exit_code == 2
