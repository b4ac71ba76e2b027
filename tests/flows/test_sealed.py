"""Sealed from the receiving area to the reader, and destroyed: records, pages, proof, search and verification."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from typer.testing import CliRunner

from lantai.administration.models import Role
from lantai.archival.packages import open_component
from lantai.archival.vault import KeyDestroyed
from lantai.archival.vault.keys import providers
from lantai.catalog.components import as_component, unpack_components
from lantai.catalog.models import ComponentText, Record, Representation
from lantai.finding.services.indexing import release_writers
from lantai.ingest.services import take_folder
from lantai.ledger.queries import entries_about
from lantai.ledger.services import sequence_entries
from lantai.site.cli.keys import app
from lantai.site.cli.proof import proof as write_proof
from lantai.site.proofs import digest_keys_of
from lantai.site.verifying import verify_round
from lantai.storage.keyring import forget_keyring, key_store
from lantai.storage.queries import content_file, content_path, open_content
from lantai.storage.rounds import open_findings
from lantai.storage.services import begin_round
from tests.ingest.county import found_county, lay_down, settle
from tests.make_people import make_person, signed_in

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "verify_proof.py"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(providers._COST, "n", 1 << 12)
    settings.LANTAI_STORAGE_ROOT = tmp_path / "storage"
    settings.LANTAI_KEYS = tmp_path / "keys"
    settings.LANTAI_KEYS_PASSPHRASE = str(tmp_path / "passphrase")
    (tmp_path / "passphrase").write_text("correct horse battery staple")
    forget_keyring()
    yield
    release_writers()


def taken_in(tmp_path: Path, count: int = 2) -> list[Record]:
    body = found_county()
    lay_down(tmp_path / "批次", range(1, count + 1))
    take_folder(folder=tmp_path / "批次", organisation_id=body.pk, profile="fuzhou")
    settle()
    return list(Record.objects.order_by("pk"))


def test_a_sealed_case_is_read_verified_rotated_and_destroyed(tmp_path: Path):
    run("create")
    public = run("escrow", "identity", str(tmp_path / "identity.txt")).strip()
    run("escrow", "add", "省档案馆", public)
    run("rule", "--reason", "馆务会 2026-7")
    first, second = taken_in(tmp_path)
    kept = Representation.objects.get(record=first)
    assert content_path(object_id=kept.object_id, path=kept.path).name == "package.zip.vault"
    with open_content(object_id=kept.object_id, path=kept.path) as stream:
        package = stream.read()
    received = next(each for each in entries_about(subject=first.record_code) if each.kind == "submission.received")
    assert hashlib.sha512(package).hexdigest() == received.detail["sha512"]
    components = unpack_components(bytes(kept.components))
    assert components and all(not each.sha256 for each in components)
    with open_component(content_file(object_id=kept.object_id, path=kept.path), as_component(components[0])) as stream:
        assert stream.read() and stream.seekable()
    entry = next(each for each in entries_about(subject=first.record_code) if each.kind == "record.accessioned")
    assert entry.detail["sealed"]["algorithm"] == "AES-256-GCM"
    assert entry.detail["stored"]["sha512"] == kept.sha512 != received.detail["sha512"]
    assert ComponentText.objects.filter(record=first).exists()

    archivist = signed_in(make_person(Role.ARCHIVIST))
    assert archivist.get(reverse("record", args=[first.record_code])).status_code == 200
    whole = archivist.get(reverse("record-package", args=[first.record_code]))
    assert b"".join(whole.streaming_content) == package
    part = archivist.get(reverse("record-package", args=[first.record_code]), headers={"Range": "bytes=10-29"})
    assert part.status_code == 206 and b"".join(part.streaming_content) == package[10:30]
    cache = settings.LANTAI_HOME / "cache"
    before = set(cache.rglob("*"))
    pdf = next(at for at, each in enumerate(components, 1) if each.path.endswith(".pdf"))
    image = archivist.get(reverse("record-image", args=[first.record_code, pdf, 1, 1000]))
    assert image.status_code == 200 and image["Content-Type"] == "image/webp" and len(image.content) > 100
    assert set(cache.rglob("*")) == before  # no picture of it is kept in the clear

    round_id = begin_round(by="test", now=timezone.now())
    assert verify_round(round_id=round_id, position={})
    assert [each.found.what("zh") for each in open_findings()] == []
    assert "已换 moved: 2" in run("rotate")
    assert run("list").count("在用 current") == 1
    assert "问题 findings: 0" in run("check")

    code = first.record_code
    assert "未销毁" in run("destroy", code, "--reason", "销毁批 3", "--confirm", "typo", code=1)
    assert "没有档号" in run("destroy", "NONE", "--reason", "销毁批 3", "--confirm", "NONE", code=1)
    proof = key_store().keys_of(kept.object_id, code)[0].proof
    assert proof in run("destroy", code, "--reason", "销毁批 3", "--confirm", code)
    with pytest.raises(KeyDestroyed):
        open_content(object_id=kept.object_id, path=kept.path)
    first.refresh_from_db()
    assert first.state == "destroyed" and not ComponentText.objects.filter(record=first).exists()
    told = [each for each in entries_about(subject=code) if each.kind == "record.destroyed"]
    assert [each.detail["proofs"] for each in told] == [[proof]]
    gone = archivist.get(reverse("record-package", args=[code]))
    assert gone.status_code in (403, 404) and archivist.get(reverse("record", args=[code])).status_code == 200
    run("destroy", code, "--reason", "销毁批 3", "--confirm", code)
    assert len([each for each in entries_about(subject=code) if each.kind == "record.destroyed"]) == 1
    other = Representation.objects.get(record=second)
    with open_content(object_id=other.object_id, path=other.path) as stream:
        assert stream.read(2) == b"PK"
    assert verify_round(round_id=begin_round(by="test", now=timezone.now()), position={})
    assert [each.found.what("zh") for each in open_findings()] == []


def test_who_holds_content_and_digest_key_confirms_a_sealed_record_and_nobody_else(tmp_path: Path):
    run("create")
    run("rule", "--reason", "馆务会 2026-7", "--retention", "D30")
    run("rule", "--reason", "馆务会 2026-7", "--retention", "D10")
    (record,) = taken_in(tmp_path, 1)
    while sequence_entries():
        pass
    kept = Representation.objects.get(record=record)
    with open_content(object_id=kept.object_id, path=kept.path) as stream:
        content = stream.read()
    proof, keys = tmp_path / "proof.json", tmp_path / "digest-keys.json"
    done = CliRunner().invoke(_proof_app(), [record.record_code, "--to", str(proof), "--digest-key-to", str(keys)])
    assert done.exit_code == 0, done.output
    assert [each.actor for each in entries_about(subject=record.record_code) if each.kind == "keys.digest-key-given"]
    bundle = json.loads(proof.read_text())
    for entry in bundle["entries"]:  # as after the receipt was forgotten: nothing in the clear tells of the content
        assert "received" in entry["entry"] or hashlib.sha512(content).hexdigest() not in entry["entry"]
    bundle["entries"] = [each for each in bundle["entries"] if "accessioned" in each["entry"]]
    proof.write_text(json.dumps(bundle))
    (tmp_path / "content").write_bytes(content)
    (tmp_path / "other").write_bytes(content[:-1] + b"?")
    sealed = content_path(object_id=kept.object_id, path=kept.path)
    key = json.loads(keys.read_text())["keys"][0]["digest_key"]

    def verified(code: int, words: str, file: Path | str, *more: str) -> None:
        command = [sys.executable, "-I", "-S", str(SCRIPT), str(proof), "--file", str(file), *more]
        found = subprocess.run(command, env={}, capture_output=True, encoding="utf-8", check=False)
        assert found.returncode == code and words in found.stdout, found.stdout

    verified(0, "by its keyed digest", tmp_path / "content", "--key", str(keys))
    verified(0, "by its keyed digest", tmp_path / "content", "--key", key.upper())
    verified(0, "the file is that of entry", sealed)  # the sealed bytes are told plainly
    verified(1, "give the digest key with --key", tmp_path / "content")
    verified(1, "no entry has this file's digest", tmp_path / "other", "--key", key)
    verified(1, "no entry has this file's digest", tmp_path / "content", "--key", "0" * 64)
    verified(2, "the digest key cannot be read", tmp_path / "content", "--key", str(tmp_path / "nothing"))
    assert key.encode() not in sealed.read_bytes()
    run("destroy", record.record_code, "--reason", "销毁批 3", "--confirm", record.record_code)
    verified(0, "by its keyed digest", tmp_path / "content", "--key", key)  # he who kept both still proves it
    with pytest.raises(KeyDestroyed):
        digest_keys_of(code=record.record_code, now=timezone.now())


def _proof_app() -> typer.Typer:
    app = typer.Typer()
    app.command()(write_proof)
    return app


def test_text_of_sealed_records_stays_out_of_the_index_where_the_rule_says_so(tmp_path: Path):
    run("create")
    run("escrow", "add", "省档案馆", run("escrow", "identity", str(tmp_path / "identity.txt")).strip())
    run("rule", "--reason", "馆务会 2026-7", "--no-text", "--algorithm", "SM4-GCM")
    (record,) = taken_in(tmp_path, 1)
    text = ComponentText.objects.filter(record=record).first()
    assert text is None or text.characters == 0
    assert Representation.objects.get(record=record).confirmed_at is not None


def test_a_lost_passphrase_at_the_command_line(tmp_path: Path):
    assert "密钥库尚未建立" in run("rule", "--reason", "-", "--retention", "D30", code=1)
    assert "加密内容 sealed contents: 0" in run("check", "--mend")
    run("create")
    assert "已经建立" in run("create", code=1)
    public = run("escrow", "identity", str(tmp_path / "identity.txt")).strip()
    run("escrow", "add", "省档案馆", public)
    assert "托管人须有名称" in run("escrow", "add", " ", public, code=1)
    assert "escrow-wrong" in run("escrow", "add", "省馆", "age1nonsense", code=2)
    run("rule", "--reason", "馆务会")
    (record,) = taken_in(tmp_path, 1)
    (tmp_path / "passphrase").write_text("the old one is forgotten")
    assert "passphrase-wrong" in run("rotate", code=2)
    assert "✗ passphrase-wrong" in run("list")
    found = run("recover", str(tmp_path / "identity.txt"))
    kept = Representation.objects.get(record=record)
    assert "已恢复 recovered: 1" in found
    with open_content(object_id=kept.object_id, path=kept.path) as stream:
        assert stream.read(2) == b"PK"
    assert list((tmp_path / "keys").glob("key-encryption.json.lost-*"))
    assert json.loads((tmp_path / "keys" / "key-encryption.json").read_text())["lantai-keys"] == 1
