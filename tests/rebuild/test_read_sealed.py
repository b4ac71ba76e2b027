"""The stand-alone reader before sealed content: what is needed, and opening it with key store and escrow identity."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction

from lantai.administration.services.people_access import CONSOLE
from lantai.archival.vault.keys import STORE_FILE, make_identity, providers
from lantai.archival.vault.keys.escrow import escrow_keys
from lantai.catalog.services import NewRepresentation, register_records
from lantai.site.rebuilding.keeping import keep_everything
from lantai.storage import services
from lantai.storage.keyring import forget_keyring, key_store
from tests.catalog.records import new_record
from tests.rebuild.lost import files_of, flip

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "read_archive.py"
TEXT = "准予行政许可决定书".encode() * 200
PACKAGE = io.BytesIO()
with zipfile.ZipFile(PACKAGE, "w", zipfile.ZIP_STORED) as made:
    made.writestr("材料/决定书.txt", TEXT)
DESCRIPTION = f"""<电子文件 xmlns="urn:lantai:description:1"><文件实体><题名>批复</题名></文件实体>
<组件 路径="材料/决定书.txt"><位置 起点="{PACKAGE.getvalue().index(TEXT)}" 字节数="{len(TEXT)}" 方法="stored"/></组件>
</电子文件>"""
pytestmark = [pytest.mark.django_db]


@dataclass
class Found:
    """What a stranger finds: a disk, a backup of the key store, and what the recipient kept in his safe."""

    root: Path
    keys: Path
    identity: Path
    codes: list[str]

    def read(self, *words: str, keys: bool = True) -> tuple[int, str, str]:
        """Run the reader with nothing of ours."""
        given = ["--keys", str(self.keys), "--identity", str(self.identity)] if keys else []
        done = subprocess.run(
            [sys.executable, "-I", "-S", SCRIPT, str(self.root), *given, *words],
            env={}, cwd=self.root.parent, capture_output=True, encoding="utf-8", timeout=100, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def found(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Found]:
    """Three sealed records, the first under AES, the others under SM4; the third one is destroyed."""
    monkeypatch.setitem(providers._COST, "n", 1 << 12)
    settings.LANTAI_STORAGE_ROOT = tmp_path / "storage"
    settings.LANTAI_KEYS = tmp_path / "keys"
    settings.LANTAI_KEYS_PASSPHRASE = str(tmp_path / "passphrase")
    (tmp_path / "passphrase").write_text("correct horse battery staple\n")
    forget_keyring()
    services.create_keys(by=CONSOLE, now=NOW)
    secret, recipient = make_identity()
    services.add_escrow(name="省档案馆", recipient=recipient, by=CONSOLE, now=NOW)
    codes = []
    for number in (1, 2, 3):
        algorithm = "AES-256-GCM" if number == 1 else "SM4-GCM"
        asked = services.RuleAsked("", "", sealed=True, algorithm=algorithm)
        services.decide_sealing(asked=asked, reason="馆务会", by=CONSOLE, now=NOW)
        record = new_record(number)
        box, code = f"urn:lantai:box:J019:D30:2026:{number:04d}", record.record_code
        contents = {f"{code}/package.zip": PACKAGE.getvalue(), f"{code}/description.xml": DESCRIPTION.encode()}
        parts = tuple(services.Content(path, data) for path, data in contents.items())
        services.deposit_objects(objects=[services.NewObject(box, parts, NOW, "归档", "档案员")])
        form = NewRepresentation(
            object_id=box, path=f"{code}/package.zip", container="zip", bytes=len(PACKAGE.getvalue()),
            sha512="0" * 128, components=(),
        )  # fmt: skip
        with transaction.atomic():
            register_records(records=[new_record(number, representation=form)], by="t", now=NOW)
        codes.append(code)
    keep_everything()
    services.destroy_keys(units=[(box, code)], subject=code, reason="销毁批 3", by=CONSOLE, now=NOW)
    key_store().copy_to(tmp_path / "backup.sqlite3")
    (tmp_path / "identity.txt").write_text(f"# public key: {recipient}\n{secret}\n")
    yield Found(tmp_path / "storage", tmp_path / "backup.sqlite3", tmp_path / "identity.txt", codes)
    forget_keyring()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("read_archive", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_keys_it_says_what_is_sealed_and_what_is_needed(found: Found, tmp_path: Path) -> None:
    code, said, wrong = found.read("list", keys=False)
    assert code == 0 and "批复" not in said and all(each in said for each in found.codes)
    assert "--keys" in wrong and "--identity" in wrong
    code, said, _wrong = found.read("sealed", keys=False)
    assert (code, said.count("key store and identity needed")) == (0, said.count("urn:lantai:"))
    assert said.count("SM4-GCM") >= 4 and said.count("AES-256-GCM") >= 2
    assert found.read("extract", str(tmp_path / "out"), keys=False)[0] == 0
    taken = {each.name for each in (tmp_path / "out").rglob("*") if each.is_file()}
    assert taken == {"package.zip.vault", "description.xml.vault"}
    assert found.read("verify", keys=False)[0] == 0  # digests are of what is stored: no key is needed for them


def test_with_key_store_and_identity_everything_but_the_destroyed_comes_out(found: Found, tmp_path: Path) -> None:
    code, said, wrong = found.read("list")
    assert code == 0 and said.count("关于小餐饮店登记的批复") == 3, wrong  # rows of the tables are sealed too
    code, said, _wrong = found.read("extract", str(tmp_path / "out"))
    assert code == 0
    for number, each in enumerate(found.codes, 1):
        folder = tmp_path / "out" / each
        if number == 3:
            assert {path.name for path in folder.iterdir()} == {"package.zip.vault", "description.xml.vault"}
            continue
        assert (folder / "package.zip").read_bytes() == PACKAGE.getvalue()
        assert (folder / "description.xml").read_text("utf-8") == DESCRIPTION
        assert (folder / "files" / "材料" / "决定书.txt").read_bytes() == TEXT
    states = [line.split("\t")[-1] for line in found.read("sealed")[1].splitlines() if "urn:lantai:box" in line]
    assert sorted(each.split(" / ")[1][:9] for each in states) == ["destroyed"] * 2 + ["opens"] * 4
    assert (
        "准予行政许可" not in found.read("show", found.codes[0])[1]
        and "题名: 批复" in found.read("show", found.codes[0])[1]
    )


def test_another_identity_store_or_file_opens_nothing_and_is_said(found: Found, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(make_identity()[0])
    stranger = Found(found.root, found.keys, other, found.codes)
    code, said, _wrong = stranger.read("sealed")
    assert code == 0 and "not wrapped for this identity" in said and "opens" not in said
    other.write_text("AGE-SECRET-KEY-1NONSENSE")
    code, _said, wrong = stranger.read("list")
    assert code == 2 and "keys cannot be read" in wrong
    code, _said, wrong = Found(found.root, tmp_path / "nothing", found.identity, []).read("list")
    assert code == 2 and "no such key store" in wrong
    (tmp_path / "text").write_text("no store")
    assert Found(found.root, tmp_path / "text", found.identity, []).read("list")[0] == 2
    assert found.read("--keys", str(found.keys), "list", keys=False)[0] == 2


def test_sealed_content_that_was_changed_or_exchanged_is_not_taken_for_the_record(found: Found, tmp_path: Path) -> None:
    one, two = (
        next(each for each in files_of(found.root, f"urn:lantai:box:J019:D30:2026:000{n}") if "package" in each.name)
        for n in (1, 2)
    )
    flip(one)
    code, _said, wrong = found.read("extract", str(tmp_path / "out"))
    assert code == 1 and "不符" in wrong and not (tmp_path / "out" / found.codes[0] / "package.zip").exists()
    flip(one)
    kept = two.read_bytes()
    shutil.copyfile(one, two)
    forge(two)  # inventory and sidecar made to fit: only the seal tells
    code, _said, wrong = found.read("extract", str(tmp_path / "out2"), found.codes[1])
    assert code == 1 and "sealed as" in wrong
    two.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    forge(two)
    code, _said, wrong = found.read("extract", str(tmp_path / "out3"), found.codes[1])
    assert code == 1 and "does not open" in wrong


def forge(path: Path) -> None:
    """Make inventory and sidecars say what the file holds now."""
    folder = path.parents[3]
    inventory = json.loads((folder / "inventory.json").read_text("utf-8"))
    content = path.relative_to(folder).as_posix()
    fresh = hashlib.sha512(path.read_bytes()).hexdigest()
    old = next(digest for digest, paths in inventory["manifest"].items() if content in paths)
    text = (folder / "inventory.json").read_text("utf-8").replace(old, fresh)
    for place in ("inventory.json", "v1/inventory.json"):
        (folder / place).write_text(text, "utf-8")
        digest = hashlib.sha512(text.encode()).hexdigest()
        (folder / f"{place}.sha512").write_text(f"{digest} inventory.json\n")


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 100, 4097])
def test_its_ciphers_open_what_the_libraries_sealed(script: ModuleType, size: int) -> None:
    key, nonce, data, bound = os.urandom(32), os.urandom(12), os.urandom(size), os.urandom(32)
    sealed = AESGCM(key).encrypt(nonce, data, bound)
    opener = script.Gcm(script.aes256(key))
    assert opener.open(nonce, sealed, bound) == data
    assert opener.open(nonce, sealed[:-1] + bytes([sealed[-1] ^ 1]), bound) is None
    assert opener.open(nonce, sealed, bound[1:]) is None
    made = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    made.authenticate_additional_data(bound)
    sealed = made.update(data) + made.finalize() + made.tag
    assert script.Gcm(script.sm4(key[:16])).open(nonce, sealed, bound) == data


def test_published_vectors_of_its_ciphers_and_curve(script: ModuleType) -> None:
    plain, key = bytes.fromhex("00112233445566778899aabbccddeeff"), bytes(range(32))
    assert script.aes256(key)(plain).hex() == "8ea2b7ca516745bfeafc49904b496089"  # FIPS 197, C.3
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    assert script.sm4(key)(key).hex() == "681edf34d206965e86b3e94f536e4246"  # GB/T 32907, A.1
    secret = bytes.fromhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
    point = bytes.fromhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
    shared = "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"  # RFC 7748, 5.2
    assert script.x25519(secret, point).hex() == shared


def test_age_files_of_the_library_open_for_their_identity_alone(script: ModuleType) -> None:
    secret, recipient = make_identity()
    key = os.urandom(32)
    (wrapped,) = escrow_keys(recipient, [key])
    mine, other = script.age_identity(secret), script.age_identity(make_identity()[0])
    assert script.open_age(wrapped, mine) == key
    assert script.open_age(wrapped, other) is None
    for at in (30, 60, len(wrapped) // 2, len(wrapped) - 1):
        changed = bytearray(wrapped)
        changed[at] ^= 4
        assert script.open_age(bytes(changed), mine) != key
    with pytest.raises(ValueError, match="age"):
        script.age_identity(secret[:-1] + ("Q" if secret[-1] != "Q" else "P"))
    assert STORE_FILE == "wrapped-keys.sqlite3"  # the name its usage tells
