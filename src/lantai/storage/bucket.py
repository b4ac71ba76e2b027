"""A bucket of an S3 service (对象存储), through obstore; and what the service keeps of its promises, measured.

Nothing a service promises is relied upon: every copy is read back and digested here. What is measured is shown.
"""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import md5
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

if TYPE_CHECKING:
    from obstore import GetOptions

_SINGLE = 8 << 20
"""Bytes up to which a file is put in one request."""
_PARTS = 9_000
_PROBE = ".lantai-probe"
TIMEOUT = timedelta(seconds=60)


class BucketFailed(OSError):
    """The service refused, could not be reached, or broke off."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a bucket is, and who we are there. *endpoint* is "https://host:port", *prefix* a folder in the bucket."""

    endpoint: str
    bucket: str
    prefix: str
    key_id: str
    secret: str
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class Promises:
    """What a service does: "honoured", "ignored" or "refused" for each.

    *conditional* is If-None-Match on a key that exists; *digests* a put whose Content-MD5 is wrong ("honoured" when it
    is turned away); *ranges* a read of a part; *listing* a key listed right after its put.
    """

    conditional: str
    digests: str
    ranges: str
    listing: str


class ServiceBucket:
    """One bucket of a service. See ``ocfl.Bucket`` for what the methods promise."""

    def __init__(self, address: Address) -> None:
        self._store = S3Store(
            address.bucket,
            endpoint=address.endpoint,
            access_key_id=address.key_id,
            secret_access_key=address.secret,
            region=address.region,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": urlsplit(address.endpoint).scheme == "http",
                "timeout": TIMEOUT,
                "connect_timeout": timedelta(seconds=5),
            },
            retry_config={"max_retries": 10, "retry_timeout": timedelta(seconds=60)},
        )

    def list_keys(self, prefix: str, after: str = "") -> Iterator[tuple[str, int]]:
        """Keys below the folder *prefix* behind *after*, with their sizes."""
        try:
            for part in obstore.list(self._store, prefix or None, offset=after or None):
                yield from ((each["path"], each["size"]) for each in part)
        except (BaseError, FileNotFoundError) as error:
            raise BucketFailed(_said(error)) from error

    def size(self, key: str) -> int:
        """The size of *key*, by the key itself. Raises FileNotFoundError, BucketFailed."""
        try:
            return obstore.head(self._store, key)["size"]
        except BaseError as error:
            raise BucketFailed(_said(error)) from error

    def get(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of *key*. Raises FileNotFoundError, BucketFailed."""
        try:
            if not offset and length is None:
                yield from self._stream(key, {})
                return
            size = obstore.head(self._store, key)["size"]
            end = size if length is None else min(size, offset + length)
            if offset >= end:
                return
            try:
                yield from self._stream(key, {"range": (offset, end)})
            except BaseError:  # not every service knows ranges: then all of it is fetched
                yield from _cut(self._stream(key, {}), offset, end)
        except BaseError as error:
            raise BucketFailed(_said(error)) from error

    def put(self, key: str, parts: Iterator[bytes], size: int) -> None:
        """Put *parts* under *key*; in one request where they are small. Raises BucketFailed, and what *parts* does."""
        told = _Told(parts)
        try:
            if size <= _SINGLE:
                obstore.put(self._store, key, b"".join(told), use_multipart=False)
            else:
                obstore.put(self._store, key, told, chunk_size=max(_SINGLE, size // _PARTS), max_concurrency=2)
        except (BaseError, FileNotFoundError) as error:  # the bucket itself may be missing
            if told.error is not None:
                raise told.error from None
            raise BucketFailed(_said(error)) from error

    def delete(self, keys: Sequence[str]) -> None:
        """Remove *keys*, one request each: not every service knows the request for many."""
        for key in keys:
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError:
                continue
            except BaseError as error:
                raise BucketFailed(_said(error)) from error

    def probe(self, prefix: str) -> Promises:
        """Try what the service does, with a key of our own below *prefix*, removed again. Raises BucketFailed."""
        key = f"{prefix}/{_PROBE}-{secrets.token_hex(6)}".removeprefix("/")
        self.put(key, iter((b"lantai",)), 6)
        try:
            return Promises(
                conditional=self._conditional(key),
                digests=self._digests(key),
                ranges=self._ranges(key),
                listing="honoured" if key in dict(self.list_keys(prefix)) else "ignored",
            )
        finally:
            self.delete([key])

    def _stream(self, key: str, options: GetOptions) -> Iterator[bytes]:
        for part in obstore.get(self._store, key, options=options).stream(1 << 20):
            yield bytes(part)

    def _ranges(self, key: str) -> str:
        try:
            part = b"".join(self._stream(key, {"range": (2, 5)}))
        except BaseError:
            return "refused"
        return "honoured" if part == b"nta" else "ignored"

    def _conditional(self, key: str) -> str:
        try:
            obstore.put(self._store, key, b"lantai", mode="create", use_multipart=False)
        except AlreadyExistsError:
            return "honoured"
        except BaseError:
            return "refused"
        return "ignored"

    def _digests(self, key: str) -> str:
        """Put other bytes under the digest of "lantai", by a signed address: the client only sends right ones."""
        address = obstore.sign(self._store, "PUT", key, timedelta(minutes=5))
        wrong = b64encode(md5(b"lantai", usedforsecurity=False).digest()).decode()
        request = urllib.request.Request(address, data=b"LANTAI", method="PUT", headers={"Content-MD5": wrong})
        try:
            with urllib.request.urlopen(request, timeout=30):
                return "ignored"
        except urllib.error.HTTPError as refused:
            return "honoured" if refused.code == 400 else "refused"
        except OSError as error:
            raise BucketFailed(str(error)) from error


class _Told:
    """Parts handed to the client, and what went wrong while they were made: the client has its own errors."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._parts)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = error
            raise


def _cut(parts: Iterator[bytes], begin: int, end: int) -> Iterator[bytes]:
    """The bytes from *begin* to *end* of a stream."""
    at = 0
    for part in parts:
        if piece := part[max(0, begin - at) : max(0, end - at)]:
            yield piece
        at += len(part)
        if at >= end:
            return


def _said(error: Exception) -> str:
    """The first line of what the client says; the rest is its inner life."""
    return str(error).strip().partition("\n")[0][:400]
