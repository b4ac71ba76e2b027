"""SM2 signatures (GB/T 32918.2) checked by the system's OpenSSL 3, because ``cryptography`` has no SM2.

Only verification, and only through the stable EVP interface; the library is loaded when first asked for.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools

DEFAULT_USER_ID = b"1234567812345678"
"""The signer's identity where none was agreed (GB/T 35276)."""


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
            ("EVP_MD_CTX_new", pointer, ()),
            ("EVP_MD_CTX_free", None, (pointer,)),
            ("EVP_PKEY_CTX_new_from_pkey", pointer, (pointer, pointer, octets)),
            ("EVP_PKEY_CTX_free", None, (pointer,)),
            ("EVP_PKEY_free", None, (pointer,)),
            ("EVP_MD_CTX_set_pkey_ctx", None, (pointer, pointer)),
            ("EVP_PKEY_CTX_set1_id", number, (pointer, octets, number)),
            ("EVP_DigestVerifyInit", number, (pointer, pointer, pointer, pointer, pointer)),
            ("EVP_DigestVerify", number, (pointer, octets, size, octets, size)),
            ("EVP_sm3", pointer, ()),
            ("ERR_clear_error", None, ()),
        ):
            declared = getattr(library, function)
            declared.restype, declared.argtypes = result, arguments
        return library
    raise Sm2Unavailable("no libcrypto of OpenSSL 3 on this system")


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
    context = library.EVP_MD_CTX_new()
    key_context = library.EVP_PKEY_CTX_new_from_pkey(None, key, None)
    try:
        library.EVP_MD_CTX_set_pkey_ctx(context, key_context)
        ready = library.EVP_PKEY_CTX_set1_id(key_context, user_id, len(user_id)) > 0
        ready = ready and library.EVP_DigestVerifyInit(context, None, library.EVP_sm3(), None, key) > 0
        holds = ready and library.EVP_DigestVerify(context, signature, len(signature), message, len(message)) == 1
        library.ERR_clear_error()
        return bool(holds)
    finally:
        library.EVP_MD_CTX_free(context)
        library.EVP_PKEY_CTX_free(key_context)
        library.EVP_PKEY_free(key)
