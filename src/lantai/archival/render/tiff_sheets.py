"""One sheet of a TIFF without the others: JPEG inside decoded no larger than is wanted, the rest read strip by strip.

libtiff, as Pillow drives it, decodes JPEG only in full size, and reads the whole file for one sheet when the file is
not one of the disk's own.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from lantai.archival.formats.content import Content
from lantai.archival.formats.images import IMAGE_FAULTS

_COMPRESSION, _PHOTOMETRIC, _ORIENTATION, _SAMPLES, _PLANES = 259, 262, 274, 277, 284
_STRIPS, _ROWS, _STRIP_SIZES, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES, _TABLES = (
    *(273, 278, 279),
    *(322, 323, 324, 325),
    347,
)
_JPEG = 7
_MODES = {(1, 1): "L", (2, 3): "RGB", (6, 3): "RGB"}
"""Pixels of a JPEG inside, by photometric interpretation and samples."""
_WHOLE = 512 * 1024 * 1024
"""Bytes of one sheet that are read."""


def small_sheet(image: TiffImageFile, content: Content, factor: int) -> Image.Image | None:
    """The sheet the image stands at, with up to *factor* pixels made one while it is decoded; None where it holds no
    JPEG that can be taken apart, or is damaged.

    Args:
        image: a TIFF, not yet decoded.
        content: its bytes.
        factor: 1 or more; the result is reduced by 2, 4 or 8. In full size libtiff is as quick, so that gives None.
    """
    tags = image.tag_v2
    mode = _MODES.get((int(tags.get(_PHOTOMETRIC, 0)), int(tags.get(_SAMPLES, 1))))
    if tags.get(_COMPRESSION) != _JPEG or mode is None or tags.get(_PLANES, 1) != 1 or tags.get(_ORIENTATION, 1) != 1:
        return None
    across, down = (tags.get(_TILE_WIDTH), tags.get(_TILE_HEIGHT)) if _TILES in tags else (image.width, tags.get(_ROWS))
    if not across or not down:
        return None
    tables = bytes(tags.get(_TABLES, b""))
    head = b"\xff\xd8\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + (
        b"\x01" if tags.get(_PHOTOMETRIC) == 6 else b"\0"
    )
    scale = next(each for each in (8, 4, 2, 1) if each <= factor and not (across % each and across < image.width))
    while scale > 1 and down < image.height and down % scale:
        scale //= 2
    if scale == 1:
        return None
    sheet = Image.new(mode, (-(-image.width // scale), -(-image.height // scale)))
    corners = itertools.product(range(0, image.height, down), range(0, image.width, across))
    try:
        for (top, left), data in zip(corners, _pieces(image, content), strict=True):
            if data[:2] != b"\xff\xd8":
                return None
            with Image.open(io.BytesIO(head + tables[2:-2] + data[2:]), formats=("JPEG",)) as piece:
                piece.draft(mode, (max(1, piece.width // scale), max(1, piece.height // scale)))
                sheet.paste(piece, (left // scale, top // scale))
    except IMAGE_FAULTS:
        return None
    return sheet


def alone(image: TiffImageFile, content: Content) -> Image.Image:
    """The sheet the image stands at as a TIFF of its own, in memory; the image itself where it lies in tiles.

    Raises:
        one of ``IMAGE_FAULTS``.
    """
    if _TILES in image.tag_v2:
        return image
    order = image.tag_v2.prefix
    pieces = list(_pieces(image, content))
    directory = ImageFileDirectory_v2(ifh=order + (b"*\0\0\0\0\0" if order == b"II" else b"\0*\0\0\0\0"))
    for tag, value in image.tag_v2.items():
        directory.tagtype[tag] = 4 if tag in (_STRIPS, _STRIP_SIZES) else image.tag_v2.tagtype[tag]
        if tag != _STRIPS:
            directory[tag] = value
    directory[_STRIPS] = tuple(itertools.accumulate(map(len, pieces[:-1]), initial=0))  # Pillow adds where they begin
    header = order + (b"*\0\x08\0\0\0" if order == b"II" else b"\0*\0\0\0\x08")
    return Image.open(io.BytesIO(b"".join([header, directory.tobytes(8), *pieces])), formats=("TIFF",))


def _pieces(image: TiffImageFile, content: Content) -> Iterator[bytes]:
    """The bytes of every strip or tile. Raises one of IMAGE_FAULTS."""
    tags = image.tag_v2
    places, sizes = (tags[_TILES], tags[_TILE_SIZES]) if _TILES in tags else (tags[_STRIPS], tags[_STRIP_SIZES])
    if sum(sizes) > min(_WHOLE, content.size):
        raise ValueError("strips")
    for place, size in zip(places, sizes, strict=True):
        yield content.part(place, size)
