"""Files nobody here made, in packages through the HTTP channel: described, viewable, found by their text, proven."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantai.archival.checks.faults import Case, sound_case
from lantai.archival.description import read_description
from lantai.archival.formats import extract_text
from tests.flows.house import ROOT, House

pytestmark = [pytest.mark.database, pytest.mark.corpus, pytest.mark.xdist_group("house")]
LAWS = ("档案法(2020-06-20).md", "档案法实施条例(2024-01-12).md", "上海市档案条例(2017-11-23).md")
PNG = "89504e47"
SCANS = "scans/cnocr/docs/examples/*.jp*g"
# What the examination rightly says of these documents first; all others are taken in.
REFUSED = {
    "1.ofd": "GD-3-8:active-content",  # actions
    "AddAttachment_relativepathversion.ofd": "GD-3-8:active-content",
    "Page5.ofd": "GD-3-4:does-not-open",  # pages that are named and not there
    "VPage7.ofd": "GD-3-4:does-not-open",
    "fptpl.ofd": "GD-1-1:signature-broken",  # changed after it was signed
    "keyword2.ofd": "GD-3-8:active-content",
    "发票示例.ofd": "GD-1-1:signature-broken",
}
LOOK = """
from lantai.archival.packages import open_component
from lantai.archival.render import RenderRefused, page_count, render_page
from lantai.catalog.queries import record_by_code
from lantai.catalog.services import as_component
from lantai.finding.queries import search_records
from lantai.site.cli.search import CONSOLE_READER
from lantai.storage.queries import content_path, open_content
from pathlib import Path
def hits_of(phrase):
    return search_records(question=phrase, reader=CONSOLE_READER, limit=100).hits
answer = {}
for code, phrases in json.loads(sys.argv[1]).items():
    record = record_by_code(code=code, reader=CONSOLE_READER)
    stored = record.package
    place = content_path(object_id=stored.object_id, path=stored.path)
    viewed = {}
    for each in stored.components:
        with open_component(place, as_component(each)) as stream:
            data = stream.read()
        try:
            image = render_page(data, each.path, 1, width=300)
            viewed[each.path] = [page_count(data, each.path), image.data[:4].hex()]
        except RenderRefused as refused:
            viewed[each.path] = str(refused)
    with open_content(object_id=stored.object_id, path=code + "/description.xml") as stream:
        document = stream.read().decode()
    answer[code] = {
        "title": record.summary.title, "archive_code": record.summary.archive_code, "package": str(place),
        "puids": {each.path: each.puid for each in stored.components}, "viewed": viewed, "document": document,
        "found": {
            phrase: code in {hit.record.record_code for hit in hits_of(phrase)} for phrase in phrases
        },
    }
"""


def items(corpus: Path) -> Iterator[dict[str, str]]:
    """Service items of a real county."""
    with (corpus / "service-items" / "guangan.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def laws(corpus: Path) -> dict[str, str]:
    """Some statutes as text."""
    found: dict[str, str] = {}
    with tarfile.open(corpus / "laws" / "law-texts.tar.xz") as archive:
        for member in archive:
            name = member.name.rpartition("/")[2]
            if name in LAWS:
                stream = archive.extractfile(member)
                assert stream is not None
                found[name] = stream.read().decode()
                if len(found) == len(LAWS):
                    break
    return found


def phrase_of(text: str) -> str:
    """The longest run of Chinese in the text, up to a line's length; empty when there is none to speak of."""
    runs = "".join(each if "\u4e00" <= each <= "\u9fff" else " " for each in text).split()
    return max((each for each in runs if 4 <= len(each) <= 24), key=len, default="")


def real_case(number: int, item: dict[str, str], document: Path, scan: Path, law: tuple[str, str]) -> Case:
    """A case of a real item with a real document as its result, a scan and a statute as attachments."""
    case = sound_case(number)
    case.metadata["task_name"] = item["name"]
    case.metadata["project_name"] = f"{case.metadata['apply_name']}{item['name']}（{document.stem}）"
    case.add("申报文件", "A3", "身份证明扫描件", scan.name, scan.read_bytes(), scan.suffix[1:].upper())
    case.add("过程文件", "B9", "适用法规", law[0].replace(".md", ".txt"), law[1].encode(), "TXT")
    case.add("结果文件", "C2", "电子证照", document.name, document.read_bytes(), "OFD")
    case.metadata["total_number"] = str(len(case.materials))
    return case


def test_real_files_come_out_described_viewable_found_and_proven(house: House, corpus: Path, tmp_path: Path) -> None:
    documents = sorted((corpus / "ofd").glob("*.ofd"))
    scans = sorted(corpus.glob(SCANS))
    statutes = sorted(laws(corpus).items())
    assert len(documents) >= 25
    assert len(scans) >= 5
    assert len(statutes) == len(LAWS)
    codes: dict[str, tuple[Path, dict[str, str]]] = {}
    phrases: dict[str, list[str]] = {}
    for number, (document, item) in enumerate(zip(documents, items(corpus), strict=False), start=200):
        law = statutes[number % len(statutes)]
        case = real_case(number, item, document, scans[number % len(scans)], law)
        code = house.push(f"{case.name}.zip", case.write()[0])
        codes[code] = (document, item)
        texts = [extract_text(document.read_bytes(), document.name), law[1]]
        phrases[code] = [phrase for phrase in map(phrase_of, texts) if phrase]
    refused = {}
    for code, (document, _item) in codes.items():
        state = house.wait_for_state(code, "accessioned", "rejected", "examined", seconds=180)
        if state["state"] != "accessioned":
            first = json.loads(state["receipts"][1]["body"])["content"]["faults"][0]
            assert first["path"].endswith(document.name)
            assert first["advice"]
            refused[document.name] = f"{first['check']}:{first['reason']}"
            del phrases[code]
    assert refused == REFUSED
    house.wait_for(lambda: settled(house), "texts are read and indexed", 180)
    seen = house.ask(LOOK, json.dumps(phrases))
    assert set(seen) == set(phrases)
    assert sum(len(each) for each in phrases.values()) >= len(phrases) * 3 // 2
    for code, found in seen.items():
        document, item = codes[code]
        assert item["name"] in found["title"]
        assert read_description(found["document"].encode()).elements["M8"] == (found["archive_code"],)
        assert all(found["puids"].values()), found["puids"]
        for path, viewed in found["viewed"].items():
            assert isinstance(viewed, list), f"{path}: {viewed}"
            assert viewed[0] >= 1
            assert viewed[1] == PNG
        assert [phrase for phrase, there in found["found"].items() if not there] == [], document.name
    for code in list(seen)[::9]:
        assert proven(house, code, Path(seen[code]["package"]), tmp_path / code)


def proven(house: House, code: str, package: Path, folder: Path) -> bool:
    """Whether the stand-alone script, with nothing of Lantai at hand, proves the stored package from its bundle."""
    folder.mkdir()
    house.command("proof", code, "--to", folder / "proof.json")
    verified = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "tools" / "verify_proof.py", "proof.json", "--file", package],
        cwd=folder,
        env={},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    (folder / "changed.zip").write_bytes(package.read_bytes() + b" ")
    changed = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "tools" / "verify_proof.py", "proof.json", "--file", "changed.zip"],
        cwd=folder,
        env={},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return changed.returncode == 1


def settled(house: House) -> bool:
    """Whether every record is confirmed and nothing waits for the ledger or the index."""
    return bool(
        house.ask(
            "from lantai.catalog.queries import unconfirmed_records\n"
            "from lantai.ledger.models import Entry\n"
            "from lantai.finding.models import IndexBuild\n"
            "last = Entry.objects.exclude(index=None).order_by('-index').first()\n"
            "build = IndexBuild.objects.filter(current=True).first()\n"
            "answer = not unconfirmed_records(limit=1) and not Entry.objects.filter(index=None).exists() "
            "and build is not None and last is not None and build.position > last.index"
        )
    )
