"""Sealed content: any range of it reads as a slow reference says; every change of it is seen."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.archival.packages import Component, open_component
from lantai.archival.vault import (
    CHUNK,
    ChunkAltered,
    ContentSwapped,
    ContentTruncated,
    Fingerprint,
    Header,
    HeaderBroken,
    OpenedReader,
    SealBroken,
    SealingReader,
    StoredFile,
    digest_key,
    draw_file_key,
    key_of_sealed,
    keyed_content_digest,
    parse_header,
    seal_file,
)

DATA_KEY = bytes(range(32))
SMALL_CHUNK = 64


def _header(
    size: int, *, algorithm: str = "AES-256-GCM", chunk: int = SMALL_CHUNK, path: str = "R1/package.zip"
) -> Header:
    return Header(algorithm, chunk, "ab" * 16, "urn:lantai:box:X043:Y:0:1", "v1", path, b"prefix7", size)


def _sealed(data: bytes, header: Header, key: bytes = DATA_KEY) -> bytes:
    with SealingReader(io.BytesIO(data), header, draw_file_key(key, header)) as reader:
        return reader.read()


def _reference(data: bytes, header: Header) -> bytes:
    """The same, written out in the plainest way (AES only)."""
    line = header.line()
    gcm = AESGCM(draw_file_key(DATA_KEY, header))
    out = line
    pieces = [data[at : at + header.chunk] for at in range(0, len(data), header.chunk)] or [b""]
    for number, piece in enumerate(pieces):
        last = b"\x01" if number == len(pieces) - 1 else b"\x00"
        out += gcm.encrypt(header.prefix + number.to_bytes(4, "big") + last, piece, hashlib.sha256(line).digest())
    return out


def _open(path: Path, key: bytes = DATA_KEY) -> OpenedReader:
    return OpenedReader(os.open(path, os.O_RDONLY), lambda header: draw_file_key(key, header))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "content.vault"


@pytest.mark.parametrize("size", [0, 1, SMALL_CHUNK - 1, SMALL_CHUNK, SMALL_CHUNK + 1, 3 * SMALL_CHUNK, 1000])
def test_as_the_reference_seals(size: int) -> None:
    data = os.urandom(size)
    header = _header(size)
    sealed = _sealed(data, header)
    assert sealed == _reference(data, header)
    assert len(sealed) == header.sealed_size()
    assert parse_header(sealed) == header


@given(
    data=st.binary(max_size=700),
    chunk=st.integers(1, 130),
    reads=st.lists(st.tuples(st.integers(0, 800), st.integers(0, 300)), max_size=12),
    algorithm=st.sampled_from(["AES-256-GCM", "SM4-GCM"]),
)
@settings(max_examples=80, deadline=None)
def test_every_range_is_what_it_is_in_the_clear(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, chunk: int, reads: list[tuple[int, int]], algorithm: str
) -> None:
    place = tmp_path_factory.mktemp("ranges") / "content"
    place.write_bytes(_sealed(data, _header(len(data), chunk=chunk, algorithm=algorithm)))
    with io.BufferedReader(_open(place), 97) as stream:
        for offset, length in reads:
            stream.seek(offset)
            assert stream.read(length) == data[offset : offset + length]
        stream.seek(0)
        assert stream.read() == data
        assert stream.seek(-1, os.SEEK_END) == len(data) - 1 if data else True


@given(sizes=st.lists(st.integers(1, 200), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_sealing_may_be_read_in_pieces_of_any_size(sizes: list[int]) -> None:
    data = bytes(range(256)) * 3
    header = _header(len(data))
    reader = SealingReader(io.BytesIO(data), header, draw_file_key(DATA_KEY, header))
    out = b""
    while True:
        for size in sizes:
            piece = reader.read(size)
            out += piece
            if not piece:
                assert out == _reference(data, header)
                return


@pytest.mark.parametrize("algorithm", ["AES-256-GCM", "SM4-GCM"])
def test_a_bit_flipped_in_any_byte_of_any_chunk_is_seen(place: Path, algorithm: str) -> None:
    data = os.urandom(5 * SMALL_CHUNK + 7)
    sealed = _sealed(data, _header(len(data), algorithm=algorithm))
    for at in range(len(sealed)):
        place.write_bytes(sealed[:at] + bytes([sealed[at] ^ 0x10]) + sealed[at + 1 :])
        with pytest.raises(SealBroken), _open(place) as reader:
            io.BufferedReader(reader).read()


def test_the_chunk_that_is_altered_is_told_and_the_others_still_read(place: Path) -> None:
    data = os.urandom(4 * SMALL_CHUNK)
    header = _header(len(data))
    sealed = bytearray(_sealed(data, header))
    sealed[len(header.line()) + 2 * (SMALL_CHUNK + 16) + 5] ^= 1
    place.write_bytes(sealed)
    with _open(place) as reader:
        assert reader.read_at(0, 64) == data[:64]
        assert reader.read_at(3 * SMALL_CHUNK, 64) == data[3 * SMALL_CHUNK :]
        with pytest.raises(ChunkAltered, match="chunk 2 of 4"):
            reader.read_at(2 * SMALL_CHUNK + 1, 1)


def test_what_was_cut_lengthened_or_reordered_is_seen(place: Path) -> None:
    data = os.urandom(4 * SMALL_CHUNK)
    header = _header(len(data))
    sealed = _sealed(data, header)
    head, step = len(header.line()), SMALL_CHUNK + 16
    chunks = [sealed[head + at * step : head + (at + 1) * step] for at in range(4)]
    for cut in (1, 16, step, 2 * step, len(sealed) - head, len(sealed) - head + 5):
        place.write_bytes(sealed[:-cut])
        with pytest.raises((ContentTruncated, HeaderBroken)):
            _open(place)
    place.write_bytes(sealed + b"x")
    with pytest.raises(ContentTruncated):
        _open(place)
    shorter = _header(3 * SMALL_CHUNK)
    for order in ([1, 0, 2, 3], [0, 1, 3, 2], [0, 0, 2, 3], [3, 1, 2, 0]):
        place.write_bytes(sealed[:head] + b"".join(chunks[each] for each in order))
        with pytest.raises(ChunkAltered), _open(place) as reader:
            io.BufferedReader(reader).read()
    place.write_bytes(shorter.line() + b"".join(chunks[:3]))  # a header of the attacker's own, fit for what is left
    with pytest.raises(ChunkAltered), _open(place) as reader:
        reader.read_at(0, 1)


def test_the_last_flag_alone_tells_a_cut_at_a_chunk(place: Path) -> None:
    """Under the very same header a chunk that is not the last does not open as the last one."""
    data = os.urandom(2 * SMALL_CHUNK)
    header = _header(len(data))
    gcm = AESGCM(draw_file_key(DATA_KEY, header))
    bound = hashlib.sha256(header.line()).digest()
    wrong = [gcm.encrypt(header.prefix + bytes([0, 0, 0, n, 0]), data[n * 64 : n * 64 + 64], bound) for n in range(2)]
    place.write_bytes(header.line() + b"".join(wrong))
    with _open(place) as reader:
        reader.read_at(0, 64)
        with pytest.raises(ChunkAltered):
            reader.read_at(64, 64)


def test_another_key_and_another_place_do_not_open(place: Path) -> None:
    data = b"one record" * 20
    header = _header(len(data))
    place.write_bytes(_sealed(data, header))
    with pytest.raises(ChunkAltered), _open(place, bytes(32)) as reader:
        reader.read_at(0, 1)
    with pytest.raises(ContentSwapped, match="R2/package"):
        header.check_identity(object_id=header.object_id, path="R2/package.zip")
    other = _header(len(data), path="R2/package.zip")
    place.write_bytes(other.line() + _sealed(data, header)[len(header.line()) :])
    with pytest.raises(ChunkAltered), _open(place) as reader:
        reader.read_at(0, 1)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"PK\x03\x04",
        b"{}\n",
        b'{"lantai-vault":1}\n',
        b"[1]\n",
        b'{"lantai-vault":2,"algorithm":"AES-256-GCM","chunk":64,"key":"a","object":"o","version":"v1","path":"p",'
        b'"prefix":"00000000000000","size":0}\n',
        b'{"lantai-vault":1,"algorithm":"ROT13","chunk":64,"key":"a","object":"o","version":"v1","path":"p",'
        b'"prefix":"00000000000000","size":0}\n',
        b'{"lantai-vault":1,"algorithm":"AES-256-GCM","chunk":0,"key":"a","object":"o","version":"v1","path":"p",'
        b'"prefix":"00000000000000","size":0}\n',
        b'{"lantai-vault":1,"algorithm":"AES-256-GCM","chunk":99999999999,"key":"a","object":"o","version":"v1",'
        b'"path":"p","prefix":"00000000000000","size":0}\n',
        b'{"lantai-vault":1,"algorithm":"AES-256-GCM","chunk":64,"key":"a","object":"o","version":"v1","path":"p",'
        b'"prefix":"00","size":0}\n',
    ],
)
def test_what_is_no_header_is_refused(line: bytes) -> None:
    with pytest.raises(HeaderBroken):
        parse_header(line)


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_are_a_header_or_refused(data: bytes) -> None:
    with pytest.raises(HeaderBroken):
        parse_header(data)


def test_a_source_that_changes_while_it_is_sealed_is_refused() -> None:
    for data in (b"x" * 99, b"x" * 101):
        header = _header(100)
        with pytest.raises(ContentTruncated, match="100 bytes announced"):
            SealingReader(io.BytesIO(data), header, draw_file_key(DATA_KEY, header)).read()


def test_a_component_is_read_out_of_a_sealed_package_in_place(place: Path) -> None:
    data = os.urandom(3 * CHUNK + 5)
    header = _header(len(data), chunk=CHUNK)
    place.write_bytes(_sealed(data, header))
    file = StoredFile(place, draw_file_key(DATA_KEY, header))
    assert file.size() == len(data)
    for offset, length in ((0, 10), (CHUNK - 3, 6), (2 * CHUNK + 1, CHUNK + 4), (len(data) - 1, 1)):
        component = Component("a", b"a", "utf-8", length, offset=offset, stored_size=length, method="stored")
        with open_component(file, component) as stream:
            assert stream.read() == data[offset : offset + length]
            stream.seek(1)
            assert stream.read(2) == data[offset + 1 : offset + min(3, length)]
    beyond = Component("a", b"a", "utf-8", 9, offset=len(data) - 4, stored_size=9, method="stored")
    with open_component(file, beyond) as stream, pytest.raises(OSError, match="ends before"):
        stream.read()


def test_keyed_digests_differ_by_data_key_and_content() -> None:
    content = hashlib.sha512(b"decision").hexdigest()
    mine, other = digest_key(DATA_KEY), digest_key(bytes(32))
    assert keyed_content_digest(mine, content) == keyed_content_digest(mine, content)
    assert keyed_content_digest(mine, content) != keyed_content_digest(other, content)
    assert keyed_content_digest(mine, content) != keyed_content_digest(mine, hashlib.sha512(b"other").hexdigest())


@pytest.mark.parametrize("key", [bytes(range(32)), bytes(range(16))])
def test_what_is_made_of_sealed_content_is_sealed_under_a_key_of_its_own(tmp_path: Path, key: bytes) -> None:
    made = tmp_path / "document.pdf"
    made.write_bytes(os.urandom(CHUNK + 9))
    sealed = seal_file(made, tmp_path / "sealed", key, "document.pdf")
    with StoredFile(sealed, key_of_sealed(sealed, key)).open() as stream:
        assert stream.read() == made.read_bytes()
    with pytest.raises(ChunkAltered), StoredFile(sealed, key).open() as stream:
        stream.read()


@given(data=st.binary(max_size=50), repeat=st.integers(0, 90_000), cuts=st.lists(st.integers(1, 1 << 21), max_size=6))
@settings(max_examples=25)
def test_a_fingerprint_depends_on_the_bytes_alone_and_on_the_key(data: bytes, repeat: int, cuts: list[int]) -> None:
    content = data * (repeat % 60_000)
    whole, pieces, other = Fingerprint(DATA_KEY), Fingerprint(DATA_KEY), Fingerprint(bytes(32))
    whole.update(content)
    other.update(content)
    at = 0
    for cut in [*cuts, len(content)]:
        pieces.update(content[at : at + cut])
        at += cut
    pieces.update(content[at:])
    found = whole.hexdigest()
    assert pieces.hexdigest() == found != other.hexdigest()
    for changed in (content + b"\x00", content[:-1], bytes([content[0] ^ 1]) + content[1:] if content else b"x"):
        again = Fingerprint(DATA_KEY)
        again.update(changed)
        assert changed == content or again.hexdigest() != found
