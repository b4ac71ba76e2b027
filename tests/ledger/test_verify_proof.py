"""The stand-alone script: run as a stranger would, with nothing but Python's standard library."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from lantai.archival import tlog
from lantai.ledger import queries, services

pytestmark = pytest.mark.database
SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "verify_proof.py"
NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
RECORD = "结婚登记审查处理表".encode()

# RFC 8032, 7.1: secret key, public key, message, signature (tests 1, 2 and 3)
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("verify_proof", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bundle(db) -> dict:
    entries = [
        services.NewEntry(
            "record.accessioned",
            f"record:{number}",
            "person:1",
            NOW,
            {"files": [{"path": "package.zip", "sha512": hashlib.sha512(RECORD + bytes([number])).hexdigest()}]},
        )
        for number in range(5)
    ]
    with transaction.atomic():
        ids = services.append_entries(entries=entries)
    services.sequence_entries()
    return queries.proof_bundle(entry_ids=ids[1:3])


def run(folder: Path, bundle: object, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As a stranger: an empty directory, no site packages, no environment."""
    text = bundle if isinstance(bundle, str) else json.dumps(bundle, ensure_ascii=False)
    (folder / "proof.json").write_text(text, encoding="utf-8")
    command = [sys.executable, "-I", "-S", str(SCRIPT), "proof.json", *arguments]
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, encoding="utf-8", timeout=60, check=False)


def test_a_true_proof_passes_and_says_so_in_both_languages(tmp_path, bundle):
    (tmp_path / "package.zip").write_bytes(RECORD + b"\x01")
    done = run(tmp_path, bundle, "--file", "package.zip", "--vkey", queries.ledger_vkey())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "核验通过 | PROVEN" in done.stdout
    assert "$.detail.files[0].sha512" in done.stdout
    assert "[note]" not in done.stdout


def test_a_key_that_was_not_given_is_shown(tmp_path, bundle):
    done = run(tmp_path, bundle, "--language", "en")
    assert done.returncode == 0
    assert queries.ledger_vkey() in done.stdout and "核验" not in done.stdout


def forge_entry(bundle):
    bundle["entries"][0]["entry"] = bundle["entries"][0]["entry"].replace("record:1", "record:7")


def forge_salt(bundle):
    bundle["entries"][0]["salt"] = "00" * 32


def forge_index(bundle):
    bundle["entries"][0]["index"] += 1


def forge_path(bundle):
    bundle["entries"][0]["proof"] = bundle["entries"][0]["proof"][::-1]


def forge_size(bundle):
    bundle["checkpoint"] = bundle["checkpoint"].replace("\n5\n", "\n6\n")


def forge_form(bundle):
    bundle["entries"][0]["entry"] = bundle["entries"][0]["entry"].replace(",", ", ", 1)


def forge_key(bundle):
    other = tlog.new_signer(bundle["vkey"].partition("+")[0])
    text = tlog.parse_note(bundle["checkpoint"]).text
    bundle["checkpoint"] = tlog.sign_note(text, other)
    bundle["vkey"] = other.verifier().vkey()


@pytest.mark.parametrize("forge", [forge_entry, forge_salt, forge_index, forge_path, forge_size, forge_form, forge_key])
def test_what_was_changed_is_not_proven(tmp_path, bundle, forge):
    forge(bundle)
    done = run(tmp_path, bundle, "--vkey", queries.ledger_vkey())
    assert done.returncode == 1, done.stdout + done.stderr
    assert "核验不通过 | NOT PROVEN" in done.stdout


def test_another_file_is_not_proven(tmp_path, bundle):
    (tmp_path / "package.zip").write_bytes(RECORD)
    done = run(tmp_path, bundle, "--file", "package.zip")
    assert done.returncode == 1 and "package.zip" in done.stdout


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "lantai-proof/1", "entries": [1]}', "[" * 100_000, '{"format": "lantai-proof/2"}'],
    ids=["empty", "list", "object", "no entry", "deep", "other format"],
)
def test_what_is_no_bundle_cannot_be_verified(tmp_path, text):
    done = run(tmp_path, text)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "无法核验" in done.stdout and not done.stderr


def test_a_missing_file_cannot_be_verified(tmp_path, bundle):
    assert run(tmp_path, bundle, "--file", "nowhere.zip").returncode == 2


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_ed25519_follows_rfc_8032(script, public, message, signature):
    key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert script.verify_ed25519(key, text, signed)
    assert not script.verify_ed25519(key, text + b"x", signed)
    for at in (0, 31, 32, 63):
        changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
        assert not script.verify_ed25519(key, text, changed)
    beyond = (int.from_bytes(signed[32:], "little") + script.L).to_bytes(32, "little")
    assert not script.verify_ed25519(key, text, signed[:32] + beyond)


def test_ed25519_agrees_with_the_library(script):
    for number in range(8):
        key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(bytes([number])).digest())
        message = bytes(range(number * 7))
        public = key.public_key().public_bytes_raw()
        assert script.verify_ed25519(public, message, key.sign(message))
        assert not script.verify_ed25519(public, message + b"\x00", key.sign(message))
