"""SM4-GCM (GB/T 32907, RFC 8998) by the system's libgcrypt through ctypes: about five times `cryptography`'s pace."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache
from threading import Lock

_SM4 = 318
_GCM = 9
_DISABLE_SECURE_MEMORY = 37
_INITIALISATION_FINISHED = 38
_INITIALISED = 40
_OLDEST = b"1.9.0"
"""The first release that has SM4."""
_TAG = 16


@cache
def load_gcrypt() -> ctypes.CDLL | None:
    """The library, ready for use; None where it is missing or too old for SM4."""
    name = ctypes.util.find_library("gcrypt") or "libgcrypt.so.20"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return None
    library.gcry_check_version.restype = ctypes.c_char_p
    library.gcry_check_version.argtypes = [ctypes.c_char_p]
    if library.gcry_check_version(_OLDEST) is None:
        return None
    if not library.gcry_control(_INITIALISED, 0):
        library.gcry_control(_DISABLE_SECURE_MEMORY, 0)
        library.gcry_control(_INITIALISATION_FINISHED, 0)
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    library.gcry_cipher_open.argtypes = [ctypes.POINTER(pointer), ctypes.c_int, ctypes.c_int, ctypes.c_uint]
    library.gcry_cipher_close.argtypes = [pointer]
    for function in ("setkey", "setiv", "authenticate", "gettag", "checktag"):
        getattr(library, f"gcry_cipher_{function}").argtypes = [pointer, ctypes.c_char_p, size]
    for function in ("encrypt", "decrypt"):
        getattr(library, f"gcry_cipher_{function}").argtypes = [pointer, pointer, size, ctypes.c_char_p, size]
    return library


class GcryptRefused(Exception):
    """libgcrypt answered with an error code."""


class TagDiffers(Exception):
    """The data is not what was sealed with this key, nonce and context."""


class GcryptSm4:
    """SM4-GCM under one key of 16 bytes. Safe to share between threads."""

    def __init__(self, library: ctypes.CDLL, key: bytes) -> None:
        self._library = library
        self._handle = ctypes.c_void_p()
        self._lock = Lock()
        self._do("open", ctypes.byref(self._handle), _SM4, _GCM, 0, bare=True)
        self._do("setkey", key, len(key))

    def __del__(self) -> None:
        if self._handle:
            self._library.gcry_cipher_close(self._handle)
            self._handle = ctypes.c_void_p()

    def seal(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        """The ciphertext of *data* and its tag of 16 bytes, bound to *bound*."""
        sealed = ctypes.create_string_buffer(len(data) + _TAG)
        with self._lock:
            self._begin(nonce, bound)
            if data:
                self._do("encrypt", sealed, len(data), data, len(data))
            tag = ctypes.create_string_buffer(_TAG)
            self._do("gettag", tag, _TAG)
        ctypes.memmove(ctypes.addressof(sealed) + len(data), tag, _TAG)
        return sealed.raw

    def open(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """What was sealed. Raises TagDiffers."""
        body, tag = sealed[:-_TAG], sealed[-_TAG:]
        if len(tag) != _TAG:
            raise TagDiffers
        clear = ctypes.create_string_buffer(max(1, len(body)))
        with self._lock:
            self._begin(nonce, bound)
            if body:
                self._do("decrypt", clear, len(body), body, len(body))
            if self._library.gcry_cipher_checktag(self._handle, tag, _TAG):
                raise TagDiffers
        return clear.raw[: len(body)]

    def _begin(self, nonce: bytes, bound: bytes) -> None:
        self._do("setiv", nonce, len(nonce))
        self._do("authenticate", bound, len(bound))

    def _do(self, function: str, *arguments: object, bare: bool = False) -> None:
        call = getattr(self._library, f"gcry_cipher_{function}")
        code = call(*arguments) if bare else call(self._handle, *arguments)
        if code:
            raise GcryptRefused(f"libgcrypt: gcry_cipher_{function} answered {code & 0xFFFF}")
