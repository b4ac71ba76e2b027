"""`lantai seals`: one line a file, a verdict for each signature with why, and never a stop."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.archival.formats.format_samples import make_pdf
from tests.archival.sealing.issuing import county, sign
from tests.archival.sealing.sm2_signer import ofd_members, pack, sign_pdf_with_sm2, sm2_county
from tests.archival.sealing.test_ofd_verdicts import PAGE, sealed
from typer.testing import CliRunner, Result

from lantai.site.cli.seals import seals

app = typer.Typer()
app.command()(seals)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def lines(result: Result) -> dict[str, dict[str, Any]]:
    return {Path(each["file"]).name: each for each in map(json.loads, result.stdout.splitlines())}


def test_one_line_a_file_with_its_verdict_and_why(tmp_path: Path) -> None:
    inbox, anchors = tmp_path / "收件", tmp_path / "信任"
    inbox.mkdir()
    anchors.mkdir()
    (anchors / "root.cer").write_bytes(county()["root"].der)
    (anchors / "gm.cer").write_bytes(sm2_county()["root"].certificate)
    (anchors / "gm2.cer").write_bytes(sm2_county()["middle"].certificate)
    whole = sealed()
    signed = sign(county()["signer"])
    for name, data in {
        "a.pdf": signed,
        "b-changed.pdf": signed.replace(b"/Producer", b"/Producex"),
        "c.ofd": pack(whole),
        "d-changed.ofd": pack(whole | {PAGE: whole[PAGE].replace("准予".encode(), "不予".encode())}),
        "e-plain.pdf": make_pdf(),
        "f-plain.ofd": pack(ofd_members()),
        "g-sm2.pdf": sign_pdf_with_sm2(make_pdf(), sm2_county()["signer"]),
        "h-empty.ofd": b"",
        "i-cut.ofd": pack(whole)[:900],
        "j-note.txt": "请阅".encode(),
        "k-cut.pdf": signed[: len(signed) // 2],
    }.items():
        (inbox / name).write_bytes(data)
    result = run(inbox, "--json", "--trust", anchors)
    found = lines(result)
    assert result.exit_code == 1, result.output
    assert {name: each["verdict"] for name, each in found.items()} == {
        "a.pdf": "valid",
        "b-changed.pdf": "invalid",
        "c.ofd": "valid",
        "d-changed.ofd": "invalid",
        "e-plain.pdf": "unsigned",
        "f-plain.ofd": "unsigned",
        "g-sm2.pdf": "valid",
        "h-empty.ofd": "unjudged",
        "i-cut.ofd": "unjudged",
        "j-note.txt": "unjudged",
        "k-cut.pdf": "unjudged",
    }
    (changed,) = found["d-changed.ofd"]["signatures"]
    assert (changed["reasons"], changed["reason_zh"]) == (["digest-differs"], f"受保护文件的摘要不符：{PAGE}")
    assert changed["reason_en"] == f"the digest of a protected file differs: {PAGE}"
    assert all(found[name]["fault"] and found[name]["fault_en"] for name in ("h-empty.ofd", "i-cut.ofd", "j-note.txt"))
    (valid,) = found["c.ofd"]["signatures"]
    assert [each["subject"] for each in valid["certificates"]] == ["云岭县审批局", "国密电子认证"]


def test_without_a_list_nothing_is_trusted_and_the_screen_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.ofd"
    path.write_bytes(pack(sealed()))
    result = run(path)
    assert (result.exit_code, "有效，但签发者不受信任" in result.stdout) == (0, True)
    assert "valid, but not trusted" in run(path, "--language", "en").stdout


def test_wrong_use_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf())
    assert run(tmp_path / "nothing").exit_code == 2
    assert run(path, "--language", "fr").exit_code == 2
    refused = run(path, "--trust", path)
    assert (refused.exit_code, "没有可读的证书" in refused.output) == (2, True)


@pytest.mark.corpus
def test_the_corpus_through_the_door(corpus: Path) -> None:
    found = lines(run(corpus / "ofd", "--json"))
    signed = {name: each["verdict"] for name, each in found.items() if each["signatures"]}
    assert signed == {
        "1.ofd": "untrusted",
        "keyword2.ofd": "untrusted",
        "fptpl.ofd": "invalid",
        "发票示例.ofd": "invalid",
    }
    ofds = [path for path in (corpus / "ofd").glob("*.ofd") if zipfile.is_zipfile(path)]
    assert all(found[path.name]["format"] == "ofd" for path in ofds)
