"""Official vectors: SM4 (GB/T 32907), SM4-GCM (RFC 8998), AES-GCM (NIST), key wrap (RFC 3394); both SM4 libraries."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.archival.vault import KeyWrong, chunk_cipher, unwrap_key, wrap_key, wrapping
from lantai.archival.vault.ciphers import ChunkCipher, PlainSm4
from lantai.archival.vault.gcrypt import GcryptSm4, TagDiffers, load_gcrypt

_RFC_8998 = {
    "key": "0123456789ABCDEFFEDCBA9876543210",
    "nonce": "00001234567800000000ABCD",
    "bound": "FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2",
    "clear": "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
    "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA",
    "sealed": "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    "83DE3541E4C2B58177E065A9BF7B62EC",
}
_NIST_16 = {
    "key": "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
    "nonce": "cafebabefacedbaddecaf888",
    "bound": "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    "clear": "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    "sealed": "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b",
}


def _cipher(library: str, key: bytes) -> ChunkCipher:
    if library == "cryptography":
        return PlainSm4(key)
    found = load_gcrypt()
    if found is None:
        pytest.skip("no libgcrypt with SM4 here")
    return GcryptSm4(found, key)


def test_sm4_gb_t_32907() -> None:
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    encrypt = Cipher(algorithms.SM4(key), modes.ECB()).encryptor().update
    assert encrypt(key).hex() == "681edf34d206965e86b3e94f536e4246"
    chain = Cipher(algorithms.SM4(key), modes.CBC(key)).encryptor()
    assert (
        chain.update(bytes(16 * 1_000_000))[-16:].hex() == "595298c7c6fd271f0402f804c33d3f66"
    )  # encrypted over and over


@pytest.mark.parametrize("library", ["gcrypt", "cryptography"])
def test_sm4_gcm_rfc_8998(library: str) -> None:
    given_ = {name: bytes.fromhex(text) for name, text in _RFC_8998.items()}
    cipher = _cipher(library, given_["key"])
    assert cipher.seal(given_["nonce"], given_["clear"], given_["bound"]) == given_["sealed"]
    assert cipher.open(given_["nonce"], given_["sealed"], given_["bound"]) == given_["clear"]


def test_aes_256_gcm_nist_case_16() -> None:
    given_ = {name: bytes.fromhex(text) for name, text in _NIST_16.items()}
    cipher = chunk_cipher("AES-256-GCM", given_["key"])
    assert cipher.seal(given_["nonce"], given_["clear"], given_["bound"]) == given_["sealed"]
    assert cipher.open(given_["nonce"], given_["sealed"], given_["bound"]) == given_["clear"]


@given(data=st.binary(max_size=3000), bound=st.binary(max_size=40))
@settings(max_examples=60, deadline=None)
def test_both_sm4_libraries_say_the_same(data: bytes, bound: bytes) -> None:
    key, nonce = os.urandom(16), os.urandom(12)
    sealed = PlainSm4(key).seal(nonce, data, bound)
    assert _cipher("gcrypt", key).seal(nonce, data, bound) == sealed
    assert _cipher("gcrypt", key).open(nonce, sealed, bound) == data
    assert PlainSm4(key).open(nonce, sealed, bound) == data


@pytest.mark.parametrize("library", ["gcrypt", "cryptography", "AES-256-GCM"])
def test_nothing_altered_opens(library: str) -> None:
    size = 32 if library == "AES-256-GCM" else 16
    key, nonce = bytes(range(size)), bytes(12)
    cipher = chunk_cipher(library, key) if library == "AES-256-GCM" else _cipher(library, key)
    sealed = cipher.seal(nonce, b"content of a record", b"bound")
    for at in range(len(sealed)):
        altered = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(TagDiffers):
            cipher.open(nonce, altered, b"bound")
    for nonce_, sealed_, bound in (
        (bytes(11) + b"\x01", sealed, b"bound"),
        (nonce, sealed, b"other"),
        (nonce, sealed[:-1], b"bound"),
        (nonce, b"", b"bound"),
    ):
        with pytest.raises(TagDiffers):
            cipher.open(nonce_, sealed_, bound)


def test_aes_key_wrap_rfc_3394_4_6() -> None:
    kek = bytes.fromhex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    wrapped = "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"
    assert wrap_key("AES-256-KW", kek, key).hex().upper() == wrapped
    assert unwrap_key("AES-256-KW", kek, bytes.fromhex(wrapped)) == key


def test_sm4_wrap_is_rfc_3394s_construction() -> None:
    """The same steps over AES give RFC 3394's own vector, 4.1: so what differs for SM4 is the block cipher alone."""
    kek = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    aes = Cipher(algorithms.AES(kek), modes.ECB())
    wrapped = wrapping._wrap(aes.encryptor().update, key)
    assert wrapped.hex().upper() == "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"
    assert wrapping._unwrap(aes.decryptor().update, wrapped) == (b"\xa6" * 8, key)


@pytest.mark.parametrize(("wrapping", "size"), [("AES-256-KW", 32), ("SM4-KW", 16)])
def test_a_wrap_opens_under_its_key_alone(wrapping: str, size: int) -> None:
    kek, key = os.urandom(size), os.urandom(32)
    wrapped = wrap_key(wrapping, kek, key)
    assert len(wrapped) == 40
    assert unwrap_key(wrapping, kek, wrapped) == key
    with pytest.raises(KeyWrong):
        unwrap_key(wrapping, os.urandom(size), wrapped)
    for at in range(len(wrapped)):
        with pytest.raises(KeyWrong):
            unwrap_key(wrapping, kek, wrapped[:at] + bytes([wrapped[at] ^ 128]) + wrapped[at + 1 :])
    with pytest.raises(KeyWrong):
        unwrap_key(wrapping, kek, wrapped[:-8])
    with pytest.raises(ValueError, match="no wrapping"):
        wrap_key(wrapping, kek[1:], key)
