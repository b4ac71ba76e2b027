"""SM2 signatures with SM3 (GB/T 32918.2) by the system's OpenSSL 3, because ``cryptography`` has no SM2.

Only through the stable EVP interface; the library is loaded when first asked for. A public key is a
SubjectPublicKeyInfo (DER), or its point of 64 bytes (``public_key_info`` makes the former of the latter); a signature
is SEQUENCE of r and s (DER), or both as 32 bytes each (``raw_signature`` and ``der_signature``).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

DEFAULT_USER_ID = b"1234567812345678"
"""The signer's identity where none was agreed (GB/T 35276)."""
POINT_BYTES = 64
SECRET_BYTES = 32
_INFO_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_KEY_HEAD = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420")
_KEY_MIDDLE = bytes.fromhex("a144034200")
# The recommended curve sm2p256v1 (GB/T 32918.5).
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_BASE = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)


class Sm2Unavailable(RuntimeError):
    """The system has no OpenSSL 3 with SM2."""


@functools.cache
def _library() -> ctypes.CDLL:
    for name in ("libcrypto.so.3", ctypes.util.find_library("crypto")):
        if name is None:
            continue
        try:
            library = ctypes.CDLL(name)
            library.EVP_PKEY_CTX_new_from_pkey  # noqa: B018 - present since OpenSSL 3.0
        except (OSError, AttributeError):
            continue
        pointer, size, number, octets = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_char_p
        for function, result, arguments in (
            ("d2i_PUBKEY", pointer, (pointer, ctypes.POINTER(octets), ctypes.c_long)),
            ("d2i_AutoPrivateKey", pointer, (pointer, ctypes.POINTER(octets), ctypes.c_long)),
            ("EVP_MD_CTX_new", pointer, ()),
            ("EVP_MD_CTX_free", None, (pointer,)),
            ("EVP_PKEY_CTX_new_from_pkey", pointer, (pointer, pointer, octets)),
            ("EVP_PKEY_CTX_free", None, (pointer,)),
            ("EVP_PKEY_free", None, (pointer,)),
            ("EVP_MD_CTX_set_pkey_ctx", None, (pointer, pointer)),
            ("EVP_PKEY_CTX_set1_id", number, (pointer, octets, number)),
            ("EVP_DigestVerifyInit", number, (pointer, pointer, pointer, pointer, pointer)),
            ("EVP_DigestVerify", number, (pointer, octets, size, octets, size)),
            ("EVP_DigestSignInit", number, (pointer, pointer, pointer, pointer, pointer)),
            ("EVP_DigestSign", number, (pointer, octets, ctypes.POINTER(size), octets, size)),
            ("EVP_sm3", pointer, ()),
            ("ERR_clear_error", None, ()),
        ):
            declared = getattr(library, function)
            declared.restype, declared.argtypes = result, arguments
        return library
    raise Sm2Unavailable("no libcrypto of OpenSSL 3 on this system")


def sm2_available() -> bool:
    """Whether this system can compute SM2."""
    try:
        _library()
    except Sm2Unavailable:
        return False
    return True


def verify_sm2(public_key_info: bytes, signature: bytes, message: bytes, user_id: bytes = DEFAULT_USER_ID) -> bool:
    """Whether an SM2-with-SM3 signature holds.

    Args:
        public_key_info: the signer's SubjectPublicKeyInfo, DER.
        signature: SEQUENCE of r and s, DER.
        message: the signed bytes; Z and SM3 are computed here.
        user_id: the signer's identity that goes into Z.

    Raises:
        Sm2Unavailable: this system cannot compute SM2.
    """
    library = _library()
    start = ctypes.c_char_p(public_key_info)
    key = library.d2i_PUBKEY(None, ctypes.byref(start), len(public_key_info))
    if not key:
        library.ERR_clear_error()
        return False
    with _contexts(library, key) as (context, key_context):
        ready = library.EVP_PKEY_CTX_set1_id(key_context, user_id, len(user_id)) > 0
        ready = ready and library.EVP_DigestVerifyInit(context, None, library.EVP_sm3(), None, key) > 0
        return bool(ready and library.EVP_DigestVerify(context, signature, len(signature), message, len(message)) == 1)


def sign_sm2(secret: bytes, message: bytes, user_id: bytes = DEFAULT_USER_ID) -> bytes:
    """The SM2-with-SM3 signature (DER) of *message* by the secret number *secret* (32 bytes, big-endian).

    Raises Sm2Unavailable where this system cannot compute SM2, ValueError for a number that is no key.
    """
    library = _library()
    encoded = _KEY_HEAD + secret + _KEY_MIDDLE + b"\x04" + public_point(secret)
    start = ctypes.c_char_p(encoded)
    key = library.d2i_AutoPrivateKey(None, ctypes.byref(start), len(encoded))
    if not key:
        library.ERR_clear_error()
        raise Sm2Unavailable("libcrypto does not know SM2 keys")
    with _contexts(library, key) as (context, key_context):
        out, length = ctypes.create_string_buffer(128), ctypes.c_size_t(128)
        ready = library.EVP_PKEY_CTX_set1_id(key_context, user_id, len(user_id)) > 0
        ready = ready and library.EVP_DigestSignInit(context, None, library.EVP_sm3(), None, key) > 0
        if not ready or library.EVP_DigestSign(context, out, ctypes.byref(length), message, len(message)) <= 0:
            raise Sm2Unavailable("libcrypto refused to sign with SM2")
        return out.raw[: length.value]


def new_secret() -> bytes:
    """A fresh secret number of 32 bytes, from 1 to n - 2 (GB/T 32918.1, 6.1)."""
    return (secrets.randbelow(_N - 2) + 1).to_bytes(SECRET_BYTES, "big")


@functools.lru_cache(maxsize=16)
def public_point(secret: bytes) -> bytes:
    """The public point (x and y, 64 bytes) of the secret number *secret*. Raises ValueError when it is no key."""
    number = int.from_bytes(secret, "big")
    if len(secret) != SECRET_BYTES or not 1 <= number <= _N - 2:
        raise ValueError("an SM2 secret is a number of 32 bytes from 1 to n - 2")
    point: tuple[int, int] | None = None
    for bit in bin(number)[2:]:
        point = _sum(point, point)
        if bit == "1":
            point = _sum(point, _BASE)
    x, y = point or (0, 0)
    return x.to_bytes(32, "big") + y.to_bytes(32, "big")


def public_key_info(point: bytes) -> bytes:
    """The SubjectPublicKeyInfo (DER) of a public point of 64 bytes."""
    return _INFO_HEAD + b"\x04" + point


def raw_signature(der: bytes) -> bytes:
    """r and s, 32 bytes each, of a DER signature. Raises ValueError when it is none."""
    numbers, rest = [], der[2:]
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(rest):
        raise ValueError("not a signature of r and s")
    while rest:
        if rest[0] != 2 or len(rest) < 2 + rest[1]:
            raise ValueError("not a signature of r and s")
        numbers.append(int.from_bytes(rest[2 : 2 + rest[1]], "big"))
        rest = rest[2 + rest[1] :]
    if len(numbers) != 2 or max(numbers) >> 256:
        raise ValueError("not a signature of r and s")
    return b"".join(each.to_bytes(32, "big") for each in numbers)


def der_signature(raw: bytes) -> bytes:
    """The DER signature of r and s as 32 bytes each. Raises ValueError for another length."""
    if len(raw) != 64:
        raise ValueError("r and s have 32 bytes each")
    parts = b""
    for half in (raw[:32], raw[32:]):
        number = half.lstrip(b"\0") or b"\0"
        number = b"\0" + number if number[0] & 0x80 else number
        parts += bytes([2, len(number)]) + number
    return bytes([0x30, len(parts)]) + parts


@contextmanager
def _contexts(library: ctypes.CDLL, key: int) -> Iterator[tuple[int, int]]:
    """A digest context with its key context; freed with the key afterwards."""
    context = library.EVP_MD_CTX_new()
    key_context = library.EVP_PKEY_CTX_new_from_pkey(None, key, None)
    try:
        library.EVP_MD_CTX_set_pkey_ctx(context, key_context)
        yield context, key_context
    finally:
        library.ERR_clear_error()
        library.EVP_MD_CTX_free(context)
        library.EVP_PKEY_CTX_free(key_context)
        library.EVP_PKEY_free(key)


def _sum(one: tuple[int, int] | None, other: tuple[int, int] | None) -> tuple[int, int] | None:
    """Sum of two points of the curve y² = x³ - 3x + b; None is the point at infinity."""
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % _P == 0:
            return None
        slope = 3 * (one[0] * one[0] - 1) * pow(2 * one[1], -1, _P) % _P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P) % _P
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P
