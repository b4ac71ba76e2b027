"""The tiled tree against the reference values of Certificate Transparency and against RFC 6962 written down naively."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.archival.tlog import naive

from lantai.archival import tlog

CT_LEAVES = [bytes.fromhex(each) for each in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Tiles(dict[tuple[int, int], bytes]):
    """Tiles as a store keeps them: one row a tile, growing."""

    size = 0

    def read(self, level: int, index: int, width: int) -> bytes:
        if len(self.get((level, index), b"")) < width * 32:
            raise tlog.TileMissing(f"{level}/{index}")
        return self[level, index][: width * 32]

    def append(self, leaves: list[bytes]) -> None:
        changed = tlog.append_leaves(size=self.size, leaves=leaves, read=self.read)
        for tile in changed:
            before = self.get((tile.level, tile.index), b"")
            assert tile.hashes.startswith(before), "a tile's beginning never changes"
            self[tile.level, tile.index] = tile.hashes
        self.size += len(leaves)

    def root(self, size: int) -> bytes:
        return tlog.root_hash(size=size, read=self.read)


def leaves_of(data: list[bytes]) -> list[bytes]:
    return [tlog.leaf_hash(each) for each in data]


def grown(data: list[bytes], step: int = 7) -> Tiles:
    tiles = Tiles()
    for start in range(0, len(data), step):
        tiles.append(leaves_of(data[start : start + step]))
    return tiles


def test_reference_roots_of_certificate_transparency():
    tiles = grown(CT_LEAVES, step=1)
    assert [tiles.root(size).hex() for size in range(1, 9)] == CT_ROOTS
    assert tlog.root_hash(size=0, read=tiles.read) == tlog.EMPTY_ROOT == naive.tree_hash([])


def test_reference_proofs_of_certificate_transparency():
    tiles = grown(CT_LEAVES)
    inclusion = tlog.inclusion_proof(index=0, size=8, read=tiles.read)
    assert [each.hex() for each in inclusion] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    consistency = tlog.consistency_proof(old_size=6, size=8, read=tiles.read)
    assert [each.hex() for each in consistency] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_every_root_up_to_600_is_the_naive_one_and_the_frontiers():
    data = [number.to_bytes(2, "big") for number in range(600)]
    tiles, frontier = grown(data, step=37), tlog.Frontier(0, [])
    for size in range(1, 601):
        frontier.add([tlog.leaf_hash(data[size - 1])])
        assert tiles.root(size) == frontier.root()
        if size % 29 == 0 or size in (1, 2, 255, 256, 257, 511, 512, 513):
            assert tiles.root(size) == naive.tree_hash(data[:size])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=6), st.data())
def test_proofs_are_the_naive_ones_and_verify_however_the_leaves_arrive(steps, drawn):
    data = [number.to_bytes(3, "big") for number in range(sum(steps))]
    tiles, start = Tiles(), 0
    for step in steps:
        tiles.append(leaves_of(data[start : start + step]))
        start += step
    size = drawn.draw(st.integers(1, len(data)), label="size")
    index = drawn.draw(st.integers(0, size - 1), label="index")
    root = tiles.root(size)
    path = tlog.inclusion_proof(index=index, size=size, read=tiles.read)
    assert path == naive.path(index, data[:size])
    arguments = {"leaf": tlog.leaf_hash(data[index]), "index": index, "size": size, "proof": path, "root": root}
    assert tlog.verify_inclusion(**arguments)
    assert not tlog.verify_inclusion(**{**arguments, "leaf": tlog.leaf_hash(b"another")})
    assert not tlog.verify_inclusion(**{**arguments, "proof": [*path, root]})
    if path:
        assert not tlog.verify_inclusion(**{**arguments, "proof": path[:-1]})
    old = drawn.draw(st.integers(0, size), label="old size")
    proof = tlog.consistency_proof(old_size=old, size=size, read=tiles.read)
    if 0 < old < size:
        assert proof == naive.proof(old, data[:size])
    arguments = {"old_size": old, "size": size, "old_root": tiles.root(old), "root": root, "proof": proof}
    assert tlog.verify_consistency(**arguments)
    if old:  # the empty tree is the beginning of every tree
        assert not tlog.verify_consistency(**{**arguments, "root": tlog.leaf_hash(b"another")})
    assert not tlog.verify_consistency(**{**arguments, "old_root": tlog.leaf_hash(b"another")})
    assert not tlog.verify_consistency(**{**arguments, "proof": [*proof, root]})


def test_a_proof_over_three_levels_of_tiles():
    leaves = [tlog.leaf_hash(number.to_bytes(4, "big")) for number in range(66_000)]
    tiles = Tiles()
    tiles.append(leaves[:65_000])
    tiles.append(leaves[65_000:])
    frontier = tlog.Frontier(0, [])
    frontier.add(leaves)
    assert tiles.root(66_000) == frontier.root()
    assert {level for level, _ in tiles} == {0, 1, 2}
    for index in (0, 255, 256, 65_535, 65_536, 65_999):
        path = tlog.inclusion_proof(index=index, size=66_000, read=tiles.read)
        assert tlog.verify_inclusion(leaf=leaves[index], index=index, size=66_000, proof=path, root=frontier.root())


def test_only_full_tiles_are_hashed_into_the_level_above():
    tiles = Tiles()
    tiles.append([tlog.leaf_hash(b"")] * 255)
    assert set(tiles) == {(0, 0)}
    tiles.append([tlog.leaf_hash(b"")] * 2)
    assert set(tiles) == {(0, 0), (0, 1), (1, 0)}
    assert len(tiles[1, 0]) == 32


def test_a_missing_or_short_tile_is_named():
    tiles = grown([bytes([number]) for number in range(200)])
    tiles[0, 0] = tiles[0, 0][:-32]
    with pytest.raises(tlog.TileMissing, match="0/0"):
        tlog.append_leaves(size=200, leaves=[tlog.leaf_hash(b"")], read=tiles.read)
    with pytest.raises(tlog.TileMissing):
        tlog.inclusion_proof(index=3, size=200, read=lambda level, index, width: b"short")


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_no_proof_of_what_is_not_in_the_tree(index, size):
    with pytest.raises(ValueError, match="no leaf"):
        tlog.inclusion_proof(index=index, size=size, read=Tiles().read)
    leaf = tlog.leaf_hash(b"")
    assert not tlog.verify_inclusion(leaf=leaf, index=index, size=size, proof=[], root=leaf)


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (1, 5, 67, "tile/1/005.p/67"),
        (0, 1000, 1, "tile/0/x001/000.p/1"),
        (63, 999, 255, "tile/63/999.p/255"),
    ],
)
def test_tile_addresses(level, index, width, path):
    assert tlog.tile_path(level=level, index=index, width=width) == path
    assert tlog.parse_tile_path(path) == tlog.TileAddress(level, index, width)


@pytest.mark.parametrize(
    "path",
    ["tile/0/0", "tile/00/000", "tile/0/x000/001", "tile/0/001.p/256", "tile/0/001.p/0", "tile/0/001.p/07",
     "tile/64/000", "tile/0/001/002", "tile/0/x001", "tile/-1/000", "tile/0/٠٠٠", "tiles/0/000", "tile/0/000/", ""],
)  # fmt: skip
def test_one_tile_has_one_address(path):
    with pytest.raises(ValueError):
        tlog.parse_tile_path(path)
