"""Sealing: only the right key, record and bytes open; digests find a number however it was typed."""

from __future__ import annotations

import base64
from datetime import date

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.archival.codes.check_digits import identity_digit
from lantai.archival.vault import (
    ALGORITHMS,
    Algorithm,
    SealError,
    VaultKey,
    key_of,
    keyed_digest,
    normalise_phone,
    normalise_value,
    open_fields,
    seal_fields,
)

KEY = VaultKey("2024-a", bytes(range(32)))
OTHER = VaultKey("2025-a", bytes(range(1, 33)))
_fields = st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=5)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(fields=_fields, context=st.binary(max_size=20))
@settings(max_examples=40)
def test_what_is_sealed_opens(algorithm: Algorithm, fields: dict[str, str], context: bytes) -> None:
    sealed = seal_fields(KEY, fields, context, algorithm=algorithm)
    assert open_fields(KEY, sealed, context) == fields
    assert open_fields({"2025-a": OTHER, "2024-a": KEY}, sealed, context) == fields
    assert key_of(sealed) == "2024-a"
    assert sealed.startswith(f"lantai-vault:1:{algorithm}:2024-a:".encode())
    assert seal_fields(KEY, fields, context, algorithm=algorithm) != sealed


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(data=st.data())
@settings(max_examples=60)
def test_any_changed_byte_keeps_it_shut(algorithm: Algorithm, data: st.DataObject) -> None:
    sealed = seal_fields(KEY, {"证件号码": "11010519491231002X"}, b"record-1", algorithm=algorithm)
    place = data.draw(st.integers(0, len(sealed) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != sealed[place]))
    changed = sealed[:place] + bytes([byte]) + sealed[place + 1 :]
    try:
        opened = open_fields(KEY, changed, b"record-1")
    except SealError:
        return
    # Base64 leaves unused bits in its last letter: the same bytes may be written another way, but never other bytes.
    assert base64.urlsafe_b64decode(changed.split(b":")[-1]) == base64.urlsafe_b64decode(sealed.split(b":")[-1])
    assert opened == {"证件号码": "11010519491231002X"}


def test_wrong_key_context_or_form_is_said() -> None:
    sealed = seal_fields(KEY, {"a": "b"}, b"record-1")
    with pytest.raises(SealError, match="another record"):
        open_fields(KEY, sealed, b"record-2")
    with pytest.raises(SealError, match="2024-a, which is not at hand"):
        open_fields(OTHER, sealed, b"record-1")
    with pytest.raises(SealError, match="2024-a, which is not at hand"):
        open_fields({}, sealed, b"record-1")
    with pytest.raises(SealError, match="another record or key"):
        open_fields(VaultKey("2024-a", bytes(32)), sealed, b"record-1")
    with pytest.raises(SealError, match="unknown algorithm"):
        open_fields(KEY, sealed.replace(b"AES-256-GCM", b"ROT-13"), b"record-1")
    for data in (b"", b"lantai-vault:1:AES-256-GCM:2024-a:::", b"\xff", b"a:b:c:d:e:f", sealed[:-30]):
        with pytest.raises(SealError):
            open_fields(KEY, data, b"record-1")


def test_the_form_is_the_documented_one() -> None:
    """Opened by hand, from the description of the form alone."""
    for algorithm, info, size in (("AES-256-GCM", b"seal AES-256", 32), ("SM4-GCM", b"seal SM4", 16)):
        sealed = seal_fields(KEY, {"a": "甲"}, b"record-1", algorithm=algorithm)  # type: ignore[arg-type]
        *header, nonce, body = sealed.split(b":")
        key = HKDF(SHA256(), size, salt=None, info=b"lantai vault 1 " + info).derive(KEY.secret)
        raw, bound = base64.urlsafe_b64decode(body), b":".join(header) + b"\x00record-1"
        if algorithm == "AES-256-GCM":
            text = AESGCM(key).decrypt(base64.urlsafe_b64decode(nonce), raw, bound)
        else:
            opener = Cipher(algorithms.SM4(key), modes.GCM(base64.urlsafe_b64decode(nonce), raw[-16:])).decryptor()
            opener.authenticate_additional_data(bound)
            text = opener.update(raw[:-16]) + opener.finalize()
        assert text == b'{"a":"\\u7532"}'


def test_keys_are_checked_and_never_shown() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        VaultKey("a", b"short")
    with pytest.raises(ValueError, match="identifier"):
        VaultKey("a:b", bytes(32))
    assert str(KEY.secret) not in repr(KEY)
    assert repr(KEY) == "VaultKey(identifier='2024-a')"


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002X",
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
        "110105491231002",
    ],
)
def test_an_identity_number_is_found_however_it_was_typed(typed: str) -> None:
    expected = keyed_digest(KEY, "11010519491231002X", purpose="certificate")
    assert keyed_digest(KEY, typed, purpose="certificate") == expected


def test_digests_of_other_keys_purposes_and_numbers_differ() -> None:
    number = "11010519491231002X"
    digests = {
        keyed_digest(KEY, number, purpose="certificate"),
        keyed_digest(OTHER, number, purpose="certificate"),
        keyed_digest(KEY, number, purpose="identity"),
        keyed_digest(KEY, "110105194912310021", purpose="certificate"),
        keyed_digest(KEY, "G12345678", purpose="certificate"),
    }
    assert len(digests) == 5
    assert all(len(each) == 64 for each in digests)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(1999, 12, 31)), st.integers(0, 999))
def test_old_identity_numbers_find_the_new(born: date, serial: int) -> None:
    old = f"350102{born:%y%m%d}{serial:03}"
    body = f"350102{born:%Y%m%d}{serial:03}"
    assert normalise_value(old, purpose="identity") == body + identity_digit(body)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("(0591) 8765-4321", "059187654321"),
        ("+86 0591 87654321", "059187654321"),
        ("+852 2345 6789", "+85223456789"),
        ("00852 2345 6789", "+85223456789"),
        ("8612345", "8612345"),
    ],
)
def test_phones(typed: str, normal: str) -> None:
    assert normalise_phone(typed) == normal


_typed = st.text(
    st.sampled_from("0189Xx-() ")
    | st.characters(max_codepoint=0xFF)
    | st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
    | st.characters(min_codepoint=0xFF01, max_codepoint=0xFF5E)
)


@given(_typed, st.sampled_from(["identity", "certificate", "name"]))
def test_normal_forms_stay(text: str, purpose: str) -> None:
    once = normalise_value(text, purpose=purpose)
    assert normalise_value(once, purpose=purpose) == once
