"""Office files become pages by LibreOffice, kept from network, macros and time without end; or say why they do not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from office_samples import FAMILY, WORDS, make_docx, make_office, make_zip

from lantai.archival.checks import Sandbox
from lantai.archival.packages import Component
from lantai.archival.render import (
    ConverterMissing,
    OfficeDocument,
    RenderRefused,
    convert_office,
    office,
    office_program,
    open_pages,
)
from lantai.archival.render.confinement import confine, network_ban

VIEWING = "lantai.archival.checks.viewing"
MEMORY = 2560 << 20
needs_libreoffice = pytest.mark.skipif(
    office_program() is None,
    reason="no LibreOffice: apt-get install --no-install-recommends libreoffice-writer libreoffice-calc "
    "libreoffice-impress",
)


def converted(data: bytes, key: str, folder: Path) -> list[str]:
    """The words of all pages LibreOffice made."""
    folder.mkdir()
    made = convert_office(data, key, folder, seconds=60, memory_bytes=MEMORY)
    format, document = open_pages(made.read_bytes(), made.name)
    assert format == "pdf"
    return [each.text for number in range(1, document.count + 1) for each in document.lines(number)]


@needs_libreoffice
@pytest.mark.slow
@pytest.mark.parametrize("key", FAMILY)
def test_office_files_become_pages_with_words(key: str, tmp_path: Path) -> None:
    """Known by their content, whatever they are called; of the OLE2 age also as WPS names them."""
    data = make_office(key, tmp_path)
    with pytest.raises(OfficeDocument) as office_file:
        open_pages(data, "名字.bin")
    assert office_file.value.key == key
    assert WORDS in "".join(converted(data, key, tmp_path / "work"))
    wps = {"doc": "wps", "xls": "et", "ppt": "dps"}.get(key)
    if wps:
        assert WORDS in "".join(converted(data, wps, tmp_path / "again"))


@needs_libreoffice
@pytest.mark.slow
def test_a_broken_office_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(RenderRefused, match="LibreOffice 打不开"):
        convert_office(make_zip({"word/document.xml": b"<w"}), "docx", tmp_path, seconds=60, memory_bytes=MEMORY)


@needs_libreoffice
@pytest.mark.slow
def test_a_conversion_ends_in_its_time_with_all_it_started(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(RenderRefused, match="已停止"):
        convert_office(make_docx(), "docx", tmp_path, seconds=0.05, memory_bytes=MEMORY)
    assert time.monotonic() - started < 5
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in running


@needs_libreoffice
@pytest.mark.slow
def test_a_child_converts_and_ends_with_its_program(tmp_path: Path) -> None:
    (tmp_path / "通知.docx").write_bytes(make_docx())
    component = Component("通知.docx", "通知.docx".encode(), "utf-8", (tmp_path / "通知.docx").stat().st_size)
    folder = tmp_path / "work"
    folder.mkdir()
    with Sandbox(workers=1, seconds=90, memory_bytes=MEMORY, modules=(VIEWING,)) as box:
        said = box.call(f"{VIEWING}:view_pages", tmp_path, component, 1, 30)
        assert said["convert"] == "docx"
        assert box.call(f"{VIEWING}:convert_file", tmp_path, component, folder, 60.0, MEMORY) == {
            "made": "out/document.pdf"
        }
        seen = box.call(f"{VIEWING}:view_pages", folder / "out" / "document.pdf", None, 1, 30)
        assert (seen["format"], seen["pages"]) == ("pdf", 1)
        assert WORDS in "".join(line[0] for line in seen["lines"][0])


def test_without_libreoffice_the_page_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ConverterMissing) as missing:
        convert_office(make_docx(), "docx", tmp_path, seconds=1, memory_bytes=MEMORY)
    assert "没有安装 LibreOffice" in missing.value.reason_zh
    assert "LibreOffice is not installed" in missing.value.reason_en


def test_every_office_format_has_a_suffix_libreoffice_knows() -> None:
    assert {"docx", "xlsx", "pptx", "doc", "xls", "ppt", "wps", "et", "dps"} <= set(office.OFFICE_SUFFIXES)


def test_a_confined_program_has_no_network_and_little_memory() -> None:
    """What LibreOffice is refused, tried by a program that wants it."""
    tries = (
        "import socket\n"
        "socket.socket(socket.AF_UNIX).close()\n"
        "for family in (socket.AF_INET, socket.AF_INET6):\n"
        "    try: socket.socket(family)\n"
        "    except PermissionError: print('refused')\n"
        "try: bytearray(1 << 30)\n"
        "except MemoryError: print('no memory')\n"
    )
    ban = network_ban()
    said = subprocess.run(
        [sys.executable, "-c", tries],
        preexec_fn=lambda: confine(ban, seconds=20, memory_bytes=512 << 20, file_bytes=1 << 20),
        capture_output=True,
        text=True,
        env={"PATH": os.defpath},
        check=False,
    )
    assert said.stdout.split("\n")[:3] == ["refused", "refused", "no memory"], said.stderr
