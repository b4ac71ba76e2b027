"""Key-encryption keys in a hardware key store, spoken to over PKCS#11: they are made in it and never leave it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import (
    EncryptedDataInvalid,
    EncryptedDataLenRange,
    FunctionFailed,
    GeneralError,
    MultipleTokensReturned,
    NoSuchKey,
    NoSuchToken,
    PinIncorrect,
    PinLenRange,
    PKCS11Error,
    WrappedKeyInvalid,
    WrappedKeyLenRange,
)

from lantai.archival.vault.faults import KeyMissing, KeyWrong, PassphraseMissing, PassphraseWrong, TokenMissing

_SESSION_KEY = {Attribute.TOKEN: False, Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
_WRONG = (
    EncryptedDataInvalid,
    EncryptedDataLenRange,
    WrappedKeyInvalid,
    WrappedKeyLenRange,
    FunctionFailed,
    GeneralError,
)


class TokenKeys:
    """Keys in a token (AES-256, RFC 3394 in the token). One session, used by one thread at a time.

    Devices that speak SDF or SKF only (GM/T 0018, GM/T 0016) need a PKCS#11 bridge of their maker.
    """

    def __init__(self, library: str, token: str, pin: str) -> None:
        """Open the token called *token* behind the PKCS#11 *library*. Raises TokenMissing, PassphraseMissing,
        PassphraseWrong."""
        if not pin:
            raise PassphraseMissing(f"the token {token} asks for a PIN and none was given")
        self._token = token
        self._lock = RLock()
        try:
            self._session = pkcs11.lib(library).get_token(token_label=token).open(rw=True, user_pin=pin)
        except (PinIncorrect, PinLenRange) as reason:
            raise PassphraseWrong(f"the PIN does not open the token {token}") from reason
        except (NoSuchToken, MultipleTokensReturned) as reason:
            raise TokenMissing(f"{library} has not exactly one token called {token}") from reason
        except (PKCS11Error, RuntimeError) as reason:
            raise TokenMissing(f"the hardware key store {library} does not answer: {reason!r}") from reason

    def make(self, identifier: str, wrapping: str) -> None:
        if wrapping != "AES-256-KW":
            raise ValueError(f"the token knows no {wrapping}")
        with self._spoken_to():
            if self._find(identifier) is None:
                self._session.generate_key(
                    KeyType.AES,
                    256,
                    label=identifier,
                    id=identifier.encode(),
                    store=True,
                    template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
                )

    def wrap(self, identifier: str, keys: Sequence[bytes]) -> list[bytes]:
        with self._spoken_to():
            key = self._wrapping_key(identifier)
            return [self._wrapped(key, each) for each in keys]

    def unwrap(self, identifier: str, wrapped: Sequence[bytes]) -> list[bytes]:
        with self._spoken_to():
            key = self._wrapping_key(identifier)
            return [self._unwrapped(identifier, key, each) for each in wrapped]

    def destroy(self, identifier: str) -> bool:
        with self._spoken_to():
            key = self._find(identifier)
            if key is None:
                return False
            key.destroy()
            return True

    def identifiers(self) -> list[str]:
        with self._spoken_to():
            held = self._session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.TOKEN: True})
            return sorted(str(each[Attribute.LABEL]) for each in held)

    def close(self) -> None:
        """End the session."""
        with self._lock:
            self._session.close()

    @contextmanager
    def _spoken_to(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except PKCS11Error as reason:
                raise TokenMissing(f"the token {self._token} does not answer: {reason!r}") from reason

    def _find(self, identifier: str) -> Any:
        try:
            return self._session.get_key(ObjectClass.SECRET_KEY, KeyType.AES, label=identifier)
        except NoSuchKey:
            return None

    def _wrapping_key(self, identifier: str) -> Any:
        key = self._find(identifier)
        if key is None:
            raise KeyMissing(f"the token {self._token} holds no key {identifier}")
        return key

    def _wrapped(self, key: Any, data_key: bytes) -> bytes:
        template = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES}
        held = self._session.create_object({**template, **_SESSION_KEY, Attribute.VALUE: data_key})
        try:
            return bytes(key.wrap_key(held, mechanism=Mechanism.AES_KEY_WRAP))
        finally:
            held.destroy()

    def _unwrapped(self, identifier: str, key: Any, wrapped: bytes) -> bytes:
        try:
            held = key.unwrap_key(
                ObjectClass.SECRET_KEY, KeyType.AES, wrapped, mechanism=Mechanism.AES_KEY_WRAP, template=_SESSION_KEY
            )
        except _WRONG as reason:
            raise KeyWrong(f"a wrapped key does not open under {identifier}: another key, or altered") from reason
        try:
            return bytes(held[Attribute.VALUE])
        finally:
            held.destroy()
