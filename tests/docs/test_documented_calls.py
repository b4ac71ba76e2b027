"""The documented calls, run as they stand in the documents against a running server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer
from tests.ingest.county import found_county, key_of, package, settle

from lantai.archival.fixity import digest_bytes
from lantai.site.proofs import proof_of

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.xdist_group("index"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder as a running demo has it: key, sample and its words in var/demo, and the script that verifies."""
    found_county()
    name, data = package(1)
    demo = tmp_path / "var" / "demo"
    demo.mkdir(parents=True)
    (demo / "approval-bureau.key").write_text(key_of() + "\n", encoding="utf-8")
    (demo / "sample.zip").write_bytes(data)
    told = {"name": name, "profile": "fuzhou", "size": len(data)}
    told["digest"] = {"algorithm": "sm3", "value": digest_bytes(data, ("sm3",))["sm3"]}
    (demo / "sample.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    return tmp_path


def blocks(document: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def run(script: str, place: Path, server: str) -> str:
    """The output of a documented script, with the address of the server of this test in place of the usual one."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("http://127.0.0.1:8000", server)],
        cwd=place,
        env=os.environ | {"NO_PROXY": "*", "no_proxy": "*"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("document", ["README.md", "README.zh-CN.md"])
def test_the_sample_is_pushed_polled_and_proven(document: str, place: Path, live_server: LiveServer) -> None:
    (push,) = (block for block in blocks(document) if "curl -sS $API" in block)
    first = run(push, place, live_server.url)
    assert '"received"' in first
    settle()
    code = re.search(r'"record_code": ?"(E\w{26})"', first)
    assert code is not None
    again = run(push.replace("curl -sS -T", "true"), place, live_server.url)
    assert '"accessioned"' in again
    assert code[1] in again, "the same Idempotency-Key is the same submission"
    (place / "proof.json").write_text(json.dumps(proof_of(code=code[1])), encoding="utf-8")
    (prove,) = (block for block in blocks(document) if "verify_proof.py" in block)
    verify = next(line for line in prove.splitlines() if "verify_proof.py" in line)
    assert "PROVEN" in run(verify.replace("python3", f"{sys.executable} -I"), place, live_server.url)


def test_the_channels_document_resumes_and_shows_the_report(place: Path, live_server: LiveServer) -> None:
    whole, push, resume = (block for block in blocks("docs/api.md") if "curl" in block)
    given = "".join(f"{line}\n" for line in whole.splitlines() if line.startswith(("KEY=", "API=")))
    announce, report = given + push.split("curl -sS -T")[0], push.split("\n")[-2]
    half = "\n".join(
        [
            "SIZE=$(stat -c %s var/demo/sample.zip)",
            "head -c 100 var/demo/sample.zip | curl -sS -X PUT --data-binary @- -o part.json \\",
            '  -H "Authorization: Bearer $KEY" -H "Content-Range: bytes 0-99/$SIZE" $API/submissions/$CODE/content\n',
        ]
    )
    sent = json.loads(run(announce + half + resume, place, live_server.url))
    assert sent["received"] == sent["size"]
    assert [each["kind"] for each in sent["receipts"]] == ["received"]
    settle()
    assert json.loads(run(announce + report, place, live_server.url))["report"]["decision"] == "accepted"


def test_the_channels_document_pushes_in_one_request(place: Path, live_server: LiveServer) -> None:
    whole = next(block for block in blocks("docs/api.md") if "/packages?" in block)
    told = json.loads(run(whole, place, live_server.url))
    assert [each["kind"] for each in told["receipts"]] == ["received"]
    settle()
    again = json.loads(run(whole, place, live_server.url))
    assert (again["record_code"], again["state"]) == (told["record_code"], "accessioned")


def test_nothing_else_of_lantai_is_needed_to_verify(place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(place / "tools" / "verify_proof.py"), "--help"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
