"""Digests against the published vectors and against each other's slow way."""

from __future__ import annotations

import hashlib
import io
import re
import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.fixity import ALGORITHMS, algorithm_name, digest_bytes, digest_stream, digester, is_digest


@pytest.mark.corpus
def test_sm3_gives_the_published_vectors(corpus: Path) -> None:
    text = (corpus / "crypto/SM3/oscca.txt").read_text()
    vectors = re.findall(r"Len = (\d+)\s+Msg = (\w+)\s+MD = (\w+)", text)
    assert len(vectors) >= 4
    for bits, message, expected in vectors:
        data = bytes.fromhex(message)[: int(bits) // 8]
        assert digest_bytes(data, ["sm3"]) == {"sm3": expected.lower()}


def test_sm3_of_abc_is_that_of_the_standard() -> None:
    assert digest_bytes(b"abc")["sm3"] == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@given(st.binary(max_size=5000), st.integers(1, 700))
def test_a_stream_and_its_bytes_have_one_digest(data: bytes, chunk: int) -> None:
    sink = io.BytesIO()
    length, found = digest_stream(io.BytesIO(data), chunk=chunk, sink=sink.write)
    assert (length, sink.getvalue()) == (len(data), data)
    assert found == digest_bytes(data)
    assert found["sha512"] == hashlib.sha512(data).hexdigest()
    assert found["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("size", [4 * 1024 * 1024 - 1, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1, 9_000_001])
def test_threads_see_every_byte_in_order(size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    sink = io.BytesIO()
    length, found = digest_stream(io.BytesIO(data[:size]), [*ALGORITHMS, "md5"], chunk=100_003, sink=sink.write)
    assert length == size
    assert sink.getvalue() == data[:size]
    assert found == digest_bytes(data[:size], [*ALGORITHMS, "md5"])


class _Endless(io.RawIOBase):
    """Zeros, *size* of them, made as they are read; may fail on the way."""

    def __init__(self, size: int, fail_at: int = -1) -> None:
        self.left = size
        self.fail_at = fail_at

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        count = min(size, self.left)
        self.left -= count
        if 0 <= self.left <= self.fail_at:
            raise OSError("the medium fails")
        return bytes(count)


def test_memory_does_not_grow_with_the_stream() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    length, _ = digest_stream(_Endless(256 * 1024 * 1024), ["sha256"])
    assert length == 256 * 1024 * 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 * 1024


def test_a_failing_stream_or_sink_is_told_and_leaves_no_thread_behind() -> None:
    with pytest.raises(OSError, match="the medium fails"):
        digest_stream(_Endless(20_000_000, fail_at=5_000_000))

    def full(chunk: memoryview) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        digest_stream(_Endless(20_000_000), sink=full)


def test_names_of_algorithms_as_people_write_them() -> None:
    told = {"SHA-256": "sha256", "sha_512": "sha512", "SM3": "sm3", "国密SM3": "sm3", "MD5": "md5", "crc": "", "": ""}
    assert {each: algorithm_name(each) for each in told} == told
    assert is_digest("sm3", "A" * 64)
    assert not is_digest("sm3", "g" * 64)
    assert not is_digest("sha512", "a" * 64)
    with pytest.raises(ValueError, match="crc"):
        digester("crc")
