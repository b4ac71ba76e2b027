"""Our signatures say what PRONOM says, and more of OFD."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from format_samples import make_ole2, make_pdf, samples, word

from lantai.archival.formats import agree, by_puid, formats, identify_by_pronom, identify_quickly, named, pronom_version
from lantai.archival.formats.registry import PRONOM_OF_TABLE

SAMPLES = samples()


@pytest.mark.parametrize("kind", SAMPLES)
def test_ours_is_pronoms(kind: str) -> None:
    name, data = SAMPLES[kind]
    ours = identify_quickly(data, name)
    theirs = identify_by_pronom([data], names=[name])[0]
    if ours is not None:
        assert agree(ours, theirs)
        assert theirs is not None
        assert ours.puid == theirs.puid or ours.puid in BEYOND_PRONOM


BEYOND_PRONOM = {"lantai/bigtiff"}
"""PRONOM takes every BigTIFF for a Zoomify image, which is one kind of it."""

UNSURE = {"rdf", "svg"}
"""Kinds our signatures leave to PRONOM."""


def test_common_formats_are_named_without_pronom() -> None:
    unnamed = {kind for kind, (name, data) in SAMPLES.items() if identify_quickly(data, name) is None}
    assert unnamed <= UNSURE


BY_NAME_ALONE = {"fmt/991", "fmt/993", "fmt/1797", "fmt/2067", "fmt/1730"}
"""Digest lists, chemical tables and 'data': PRONOM knows them by suffix only, their content is plain text."""


@pytest.mark.corpus
def test_ours_is_pronoms_over_the_corpus(corpus: Path) -> None:
    paths = [path for path in sorted(corpus.rglob("*")) if path.is_file() and path.stat().st_size]
    assert len(paths) > 800
    differing = {}
    unsaid = []
    for path, theirs in zip(paths, identify_by_pronom(paths), strict=True):
        ours = identify_quickly(path.read_bytes(), path.name)
        if ours is None:
            unsaid.append(path.suffix)
            continue
        if agree(ours, theirs) or (theirs is not None and theirs.puid in BY_NAME_ALONE and ours.key == "txt"):
            continue
        differing[path.name] = (ours, theirs)
    assert not differing
    assert len(unsaid) <= 2, "the RiC-O ontology (RDF) and one file without content to tell"


@pytest.mark.corpus
def test_every_ofd_of_the_corpus_is_ofd(corpus: Path) -> None:
    for path in (corpus / "ofd").glob("*.ofd"):
        ours = identify_quickly(path.read_bytes(), "renamed.bin")
        assert ours == named("ofd", "1.0")
        assert agree(ours, identify_by_pronom([path])[0])


def test_content_decides_not_the_name() -> None:
    pdf = identify_quickly(make_pdf(), "照片.jpg")
    assert pdf is not None
    assert pdf.key == "pdf"


def test_the_whole_file_is_asked_where_the_head_does_not_tell() -> None:
    data = SAMPLES["docx"][1]
    found = identify_quickly(data[:100], "a.docx", lambda: io.BytesIO(data))
    assert found is not None
    assert found.key == "docx"


@pytest.mark.parametrize(
    ("streams", "key"),
    [
        (word(b"KWPS.Document.9"), "wps"),
        ({"Workbook": b"\x09\x08\x10\0\0\6\5\0", "\x01CompObj": b"\0" * 28 + b"ET.WorkBook\0"}, "et"),
        ({"EncryptedPackage": b"\1" * 80, "EncryptionInfo": b"\4\0\4\0"}, "ooxml-encrypted"),
    ],
)
def test_ole2_beyond_pronom(streams: dict[str, bytes], key: str) -> None:
    found = identify_quickly(make_ole2(streams), "a.bin")
    assert found is not None
    assert found.key == key


def test_scripts_are_named() -> None:
    found = identify_quickly(b"#!/bin/sh\nrm -rf /\n", "说明.txt")
    assert found is not None
    assert found.key == "script"


def test_nothing_and_noise_have_no_format() -> None:
    assert identify_quickly(b"", "a.pdf") is None
    assert identify_quickly(b"\0\1\2\3" * 100, "a.pdf") is None
    assert identify_by_pronom([b"", b"\0\1\2\3" * 100]) == [None, None]


def test_a_damaged_file_still_has_its_name() -> None:
    data = SAMPLES["jpeg"][1]
    found = identify_quickly(data[: len(data) // 2], "a.jpg")
    assert found is not None
    assert found.key == "jpeg"


def test_pronom_says_which_signatures_it_used() -> None:
    assert PRONOM_OF_TABLE in pronom_version()
    assert "container-signature" in pronom_version()


def test_the_table_has_one_row_a_name_and_an_identifier() -> None:
    rows = formats()
    assert len({(row.key, row.version) for row in rows}) == len(rows)
    assert all(by_puid(row.puid) == row for row in rows)


FORKING = """
import os, sys
from lantai.archival.formats import identify_by_pronom
if sys.argv[1] == "asked":
    identify_by_pronom([b"%PDF-1.4\\n%%EOF"])
child = os.fork()
if not child:
    try:
        print(identify_by_pronom([b"%PDF-1.4\\n%%EOF"])[0].puid, flush=True)
    except RuntimeError as refused:
        print(type(refused).__name__, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.parametrize(("parent", "answer"), [("silent", "fmt/18"), ("asked", "ForkedAfterPronom")])
def test_a_forked_child_asks_pronom_or_is_told_it_cannot(parent: str, answer: str) -> None:
    """It never hangs in the threads it did not inherit."""
    run = subprocess.run(
        [sys.executable, "-c", FORKING, parent], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.strip() == answer
