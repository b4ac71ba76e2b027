"""Keys: wrapped apart, rotated without touching content, escrowed, recovered, destroyed; exact errors for each loss."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest

from lantai.archival.vault import (
    EscrowWrong,
    KeyDestroyed,
    KeyMissing,
    KeyStoreBroken,
    KeyStoreMissing,
    KeyWrong,
    PassphraseMissing,
    PassphraseWrong,
    TokenMissing,
    key_proof,
)
from lantai.archival.vault.keys import (
    KEYS_FILE,
    STORE_FILE,
    DataKey,
    KeyProvider,
    Keyring,
    KeyStore,
    KeyUnit,
    PassphraseKeys,
    Recipient,
    TokenKeys,
    make_identity,
    providers,
    read_identity,
    recipient_of,
)

NOW = "2026-11-22T08:00:00+00:00"
PASSPHRASE = "十二个汉字的口令足够长了吧"
PIN = "246813"
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
BOX = "urn:lantai:box:X043:Y:0:1"


@pytest.fixture(autouse=True)
def quick_passphrases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase costs half a second to try, in earnest; here it need not."""
    monkeypatch.setitem(providers._COST, "n", 1 << 12)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a token in SoftHSM2, made for these tests."""
    if not SOFTHSM.exists():
        pytest.skip("softhsm2 is not installed")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "lantai", "--pin", PIN, "--so-pin", "13572468"],
        check=True,
        capture_output=True,
    )
    yield "lantai"


@pytest.fixture(params=["passphrase", "token"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyProvider]:
    if request.param == "passphrase":
        yield PassphraseKeys.create(tmp_path / "keys", PASSPHRASE)
        return
    keys = TokenKeys(str(SOFTHSM), request.getfixturevalue("token"), PIN)
    yield keys
    for each in keys.identifiers():
        keys.destroy(each)
    keys.close()


@pytest.fixture
def ring(provider: KeyProvider, tmp_path: Path) -> Keyring:
    return Keyring(KeyStore.create(tmp_path / "keys"), provider)


def _make(ring: Keyring, count: int = 3, *, box: str = BOX, version: str = "v1") -> dict[KeyUnit, DataKey]:
    units = [KeyUnit(box, version, f"R{at}") for at in range(count)]
    return ring.make_keys(units, shelf="X043.Y", wrapping="AES-256-KW", now=NOW)


def test_providers_keep_one_contract(provider: KeyProvider) -> None:
    keys = [os.urandom(32) for _ in range(3)]
    provider.make("a.1", "AES-256-KW")
    provider.make("a.1", "AES-256-KW")
    provider.make("b.1", "AES-256-KW")
    assert provider.identifiers() == ["a.1", "b.1"]
    wrapped = provider.wrap("a.1", keys)
    assert provider.unwrap("a.1", wrapped) == keys
    assert [len(each) for each in wrapped] == [40, 40, 40]
    with pytest.raises(KeyWrong):
        provider.unwrap("b.1", wrapped)
    with pytest.raises(KeyWrong):
        provider.unwrap("a.1", [wrapped[0][:-1] + bytes([wrapped[0][-1] ^ 1])])
    with pytest.raises(KeyMissing, match="no key c"):
        provider.wrap("c.1", keys)
    with pytest.raises(ValueError, match="ROT13"):
        provider.make("d.1", "ROT13")
    assert provider.destroy("a.1")
    assert not provider.destroy("a.1")
    with pytest.raises(KeyMissing):
        provider.unwrap("a.1", wrapped)


def test_a_token_says_exactly_what_is_wrong(token: str) -> None:
    with pytest.raises(PassphraseWrong, match="PIN"):
        TokenKeys(str(SOFTHSM), token, "000000")
    with pytest.raises(PassphraseMissing):
        TokenKeys(str(SOFTHSM), token, "")
    with pytest.raises(TokenMissing, match="nowhere"):
        TokenKeys(str(SOFTHSM), "nowhere", PIN)
    with pytest.raises(TokenMissing, match="no-such-library"):
        TokenKeys("/no-such-library.so", token, PIN)


def test_the_tokens_key_never_leaves_it(token: str) -> None:
    keys = TokenKeys(str(SOFTHSM), token, PIN)
    keys.make("never.1", "AES-256-KW")
    with pytest.raises(pkcs11.exceptions.PKCS11Error):
        keys._wrapping_key("never.1")[pkcs11.Attribute.VALUE]
    with pytest.raises(ValueError, match="SM4"):
        keys.make("never.2", "SM4-KW")
    keys.destroy("never.1")
    keys.close()


def test_sm4_wraps_under_a_passphrase(tmp_path: Path) -> None:
    ring = Keyring(KeyStore.create(tmp_path), PassphraseKeys.create(tmp_path, PASSPHRASE))
    units = [KeyUnit(BOX, "v1", "R1")]
    made = ring.make_keys(units, shelf="X043.Y", wrapping="SM4-KW", now=NOW)
    assert ring.open_key(made[units[0]].key) == made[units[0]].secret


def test_the_passphrase_file_says_exactly_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(KeyStoreMissing, match=KEYS_FILE):
        PassphraseKeys(tmp_path, PASSPHRASE)
    with pytest.raises(ValueError, match="12 characters"):
        PassphraseKeys.create(tmp_path, "short")
    keys = PassphraseKeys.create(tmp_path, PASSPHRASE)
    keys.make("a.1", "AES-256-KW")
    wrapped = keys.wrap("a.1", [bytes(32)])
    with pytest.raises(FileExistsError):
        PassphraseKeys.create(tmp_path, PASSPHRASE)
    with pytest.raises(PassphraseWrong):
        PassphraseKeys(tmp_path, PASSPHRASE + " ")
    held = json.loads((tmp_path / KEYS_FILE).read_text())
    assert PASSPHRASE not in json.dumps(held, ensure_ascii=False)
    assert (tmp_path / KEYS_FILE).stat().st_mode & 0o077 == 0
    stale = PassphraseKeys(tmp_path, PASSPHRASE)
    keys.change_passphrase("another passphrase of the archive")
    assert keys.unwrap("a.1", wrapped) == [bytes(32)]
    with pytest.raises(PassphraseWrong, match="changed"):
        stale.unwrap("a.1", wrapped)
    with pytest.raises(PassphraseWrong):
        PassphraseKeys(tmp_path, PASSPHRASE)
    assert PassphraseKeys(tmp_path, "another passphrase of the archive").unwrap("a.1", wrapped) == [bytes(32)]
    assert sorted(each.name for each in tmp_path.iterdir()) == [".lock", KEYS_FILE]
    for broken in (b"", b"{}", b"[]", b'{"lantai-keys":9,"kdf":{},"check":"","keys":{}}'):
        (tmp_path / KEYS_FILE).write_bytes(broken)
        with pytest.raises(KeyStoreBroken):
            PassphraseKeys(tmp_path, PASSPHRASE)


def test_data_keys_open_by_name_and_are_nowhere_in_the_clear(ring: Keyring, tmp_path: Path) -> None:
    made = _make(ring)
    for unit, key in made.items():
        assert ring.open_key(key.key) == key.secret
        assert [each.key for each in ring.store.keys_of(unit.object_id, unit.unit)] == [key.key]
    everything = b"".join(each.read_bytes() for each in (tmp_path / "keys").iterdir() if each.is_file())
    for key in made.values():
        assert key.secret not in everything
        assert key.secret.hex().encode() not in everything
        assert repr(key.secret) not in repr(key)
    with pytest.raises(KeyMissing, match="no data key feed"):
        ring.open_key("feed")


def test_a_key_store_says_exactly_what_is_wrong(ring: Keyring, tmp_path: Path) -> None:
    made = next(iter(_make(ring).values()))
    path = tmp_path / "keys" / STORE_FILE
    assert ring.store.check() == []
    path.rename(path.with_suffix(".away"))
    with pytest.raises(KeyStoreMissing, match=STORE_FILE):
        ring.open_key(made.key)
    with pytest.raises(KeyStoreMissing):
        KeyStore(tmp_path / "keys")
    path.write_bytes(b"something else entirely, long enough to be looked at" * 50)
    with pytest.raises(KeyStoreBroken):
        ring.open_key(made.key)
    path.unlink()
    path.with_suffix(".away").rename(path)
    assert ring.open_key(made.key) == made.secret


def test_a_wrap_of_another_key_is_seen_by_its_proof(ring: Keyring) -> None:
    one, other = list(_make(ring).values())[:2]
    rows = {each.key: each for each in ring.store.keys_of(BOX)}
    ring.store.rewrap_keys(rows[one.key].kek, [(one.key, rows[other.key].wrapped)])
    with pytest.raises(KeyWrong, match="not the one that was made"):
        ring.open_key(one.key)
    assert rows[one.key].proof == key_proof(one.secret)


def test_rotation_moves_every_key_and_destroys_the_old(ring: Keyring) -> None:
    made = _make(ring, 5)
    old = ring.store.keks()[0]
    new = ring.begin_rotation(old, now=NOW)
    assert ring.rewrap_retired(now=NOW, limit=2) == 2
    assert {each.kek for each in ring.store.keys_of(BOX)} == {old.identifier, new.identifier}
    for key in made.values():  # readable at every moment
        assert ring.open_key(key.key) == key.secret
    more = _make(ring, 1, version="v2")
    assert ring.rewrap_retired(now=NOW) == 3
    assert ring.rewrap_retired(now=NOW) == 0
    assert {each.kek for each in ring.store.keys_of(BOX)} == {new.identifier}
    assert ring.provider.identifiers() == [new.identifier]
    assert [each.destroyed_at for each in ring.store.keks() if each.identifier == old.identifier] == [NOW]
    for key in [*made.values(), *more.values()]:
        assert ring.open_key(key.key) == key.secret


def test_no_key_is_kept_under_one_that_is_retired_meanwhile(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(ring, 1)
    wrap, rotated = ring.provider.wrap, []

    def slow(identifier: str, keys: list[bytes]) -> list[bytes]:
        wrapped = wrap(identifier, keys)
        if not rotated:
            rotated.append(identifier)
            ring.begin_rotation(ring.store.keks()[0], now=NOW)
            ring.rewrap_retired(now=NOW)
        return wrapped

    monkeypatch.setattr(ring.provider, "wrap", slow)
    key = next(iter(_make(ring, 1, version="v2").values()))
    monkeypatch.undo()
    assert ring.open_key(key.key) == key.secret
    assert rotated[0] not in ring.provider.identifiers()


def test_destruction_takes_every_wrap_and_leaves_a_tombstone(ring: Keyring, tmp_path: Path) -> None:
    _identity, recipient = make_identity()
    ring.store.add_recipient(Recipient(recipient, "省馆", NOW))
    made = _make(ring)
    first, *others = made.items()
    rows = ring.store.keys_of(BOX, "R0")
    wraps = [wrap for row, wrap in ring.store.escrow_of(recipient) if row.unit == "R0"]
    gone = ring.store.destroy_keys([(BOX, "R0")], NOW)
    assert [each.proof for each in gone] == [key_proof(first[1].secret)]
    assert ring.store.destroy_keys([(BOX, "R0")], "later") == gone
    with pytest.raises(KeyDestroyed, match="destroyed on 2026-11-22"):
        ring.open_key(first[1].key)
    for _unit, key in others:
        assert ring.open_key(key.key) == key.secret
    assert ring.store.count_escrow() == {recipient: 2}
    left = (tmp_path / "keys" / STORE_FILE).read_bytes()
    assert wraps[0] not in left
    assert rows[0].wrapped not in left  # overwritten, not only unlinked
    assert [each.name for each in (tmp_path / "keys").iterdir() if "journal" in each.name or "wal" in each.name] == []


def test_a_lost_passphrase_is_got_over_with_an_escrow_identity(tmp_path: Path) -> None:
    identity, recipient = make_identity()
    store = KeyStore.create(tmp_path)
    ring = Keyring(store, PassphraseKeys.create(tmp_path, PASSPHRASE))
    before = _make(ring, 3, box="urn:lantai:box:X043:Y:0:early")
    store.add_recipient(Recipient(recipient, "密钥托管人", NOW))
    after = _make(ring, 3)
    assert sorted(each.unit for each in store.without_escrow(recipient)) == ["R0", "R1", "R2"]
    some = store.without_escrow(recipient)[:2]
    store.forget_keys([store.without_escrow(recipient)[2].key])
    assert ring.escrow_missing(recipient) == 2
    assert ring.escrow_missing(recipient) == 0
    late = Keyring(store, ring.provider)
    (tmp_path / KEYS_FILE).rename(tmp_path / "lost")
    ring = Keyring(store, PassphraseKeys.create(tmp_path, "a passphrase nobody has lost yet"))
    for key in after.values():
        with pytest.raises(KeyMissing):
            ring.open_key(key.key)
    stranger, _public = make_identity()
    with pytest.raises(EscrowWrong, match="no wrap"):
        ring.recover_keys(stranger, now=NOW)
    recovery = ring.recover_keys(identity, now=NOW)
    assert (recovery.recovered, recovery.lost) == (5, 0)
    again = ring.recover_keys(identity, now=NOW)
    assert (again.recovered, again.lost) == (0, 0)
    for key in after.values():
        assert ring.open_key(key.key) == key.secret
    kept = {each.key for each in some}
    assert all(ring.open_key(each.key) == each.secret for each in before.values() if each.key in kept)
    assert late.store.count_escrow() == {recipient: 5}


def test_what_was_not_in_escrow_stays_lost_and_is_counted(tmp_path: Path) -> None:
    identity, recipient = make_identity()
    store = KeyStore.create(tmp_path)
    ring = Keyring(store, PassphraseKeys.create(tmp_path, PASSPHRASE))
    _make(ring, 2, box="urn:lantai:box:X043:Y:0:early")
    store.add_recipient(Recipient(recipient, "密钥托管人", NOW))
    _make(ring, 1)
    (tmp_path / KEYS_FILE).unlink()
    ring = Keyring(store, PassphraseKeys.create(tmp_path, PASSPHRASE))
    recovery = ring.recover_keys(identity, now=NOW)
    assert (recovery.recovered, recovery.lost) == (1, 2)


def test_escrow_recipients_are_checked_and_removed_with_their_wraps(ring: Keyring) -> None:
    identity, recipient = make_identity()
    assert recipient_of(identity) == recipient
    assert read_identity(f"# created: 2026\n# public key: {recipient}\n{identity}\n") == identity
    for wrong in ("", "# nothing\n", "AGE-SECRET-KEY-1NONSENSE\n", recipient):
        with pytest.raises(EscrowWrong):
            read_identity(wrong)
    ring.store.add_recipient(Recipient(recipient, "省馆", NOW))
    _make(ring, 2)
    assert ring.store.remove_recipient(recipient, NOW) == 2
    assert ring.store.recipients() == []
    assert [each.removed_at for each in ring.store.recipients(removed=True)] == [NOW]
    ring.store.add_recipient(Recipient(recipient, "省馆", NOW))
    assert ring.escrow_missing(recipient) == 2


_KILLED = """
import os, sys
from pathlib import Path
from lantai.archival.vault.keys import *
folder, step = Path(sys.argv[1]), int(sys.argv[2])
store = KeyStore(folder)
ring = Keyring(store, PassphraseKeys(folder, sys.argv[3]))
count = 0
def dying(name, owner):
    found = getattr(owner, name)
    def run(*a, **k):
        global count
        count += 1
        if count == step: os.kill(os.getpid(), 9)
        done = found(*a, **k)
        count += 1
        if count == step: os.kill(os.getpid(), 9)
        return done
    setattr(owner, name, run)
for name in ("make", "wrap", "unwrap", "destroy"): dying(name, ring.provider)
for name in ("replace_kek", "rewrap_keys", "mark_destroyed"): dying(name, ring.store)
ring.begin_rotation(store.keks("retired_at IS NULL")[0], now="then")
ring.rewrap_retired(now="then", limit=0)
"""


@pytest.mark.parametrize("step", range(1, 19, 2))
def test_a_rotation_killed_anywhere_loses_nothing_and_goes_on(step: int, tmp_path: Path) -> None:
    ring = Keyring(KeyStore.create(tmp_path), PassphraseKeys.create(tmp_path, PASSPHRASE))
    made = _make(ring, 4)
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), str(step), PASSPHRASE], check=False)
    assert done.returncode in (0, -9)
    ring = Keyring(KeyStore(tmp_path), PassphraseKeys(tmp_path, PASSPHRASE))
    assert ring.store.check() == []
    for key in made.values():
        assert ring.open_key(key.key) == key.secret
    ring.rewrap_retired(now=NOW)
    assert all(each.destroyed_at for each in ring.store.keks("retired_at IS NOT NULL"))
    for key in [*made.values(), *_make(ring, 1, version="v2").values()]:
        assert ring.open_key(key.key) == key.secret
