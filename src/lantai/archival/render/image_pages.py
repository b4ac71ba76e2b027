"""Pages of raster images: one-bit faxes to sheets of hundreds of megapixels, always in a bounded number of pixels."""

from __future__ import annotations

import io
import warnings

from PIL import ExifTags, Image, ImageCms, ImageOps
from PIL.TiffImagePlugin import TiffImageFile

from lantai.archival.formats.content import Content
from lantai.archival.formats.images import IMAGE_FAULTS, PIXEL_LIMIT, open_image
from lantai.archival.render.model import NoSuchPage, Note, PlacedLine, RenderRefused
from lantai.archival.render.pdf_pages import SCREEN_DPI
from lantai.archival.render.tiff_sheets import alone, small_sheet

WIDTH_LIMIT = 8_000
"""Pixels a page is wide at most."""

_LYING = frozenset({5, 6, 7, 8})
"""Exif orientations that exchange width and height."""


class ImagePages:
    """An open image file. Only the page that is asked for is decoded.

    Raises:
        RenderRefused: it does not open.
    """

    def __init__(self, content: Content) -> None:
        try:
            self._image = open_image(content)
            self.count = int(getattr(self._image, "n_frames", 1))
        except IMAGE_FAULTS as failure:
            raise _damaged(failure) from None
        self._content = content

    def shape(self, number: int) -> float:
        with _quietly():
            try:
                image = self._at(number)
                shape = image.height * _stretch(image) / image.width
                return 1 / shape if _orientation(image) in _LYING else shape
            except IMAGE_FAULTS as failure:
                raise _damaged(failure) from None

    def lines(self, number: int) -> tuple[PlacedLine, ...]:
        """None: what is written in an image is known only when it has been recognised (识别)."""
        return ()

    def notes(self, number: int) -> tuple[Note, ...]:
        """None."""
        return ()

    def draw(self, number: int, *, width: int | None, dpi: float | None) -> Image.Image:
        """Without width and dpi: its own pixels."""
        with _quietly():
            try:
                return self._drawn(number, width, dpi)
            except IMAGE_FAULTS as failure:
                raise _damaged(failure) from None

    def _at(self, number: int) -> Image.Image:
        """The image turned to a page, not decoded. What a look before this one decoded is let go."""
        if not 1 <= number <= self.count:
            raise NoSuchPage(number, self.count)
        if self.count == 1:
            self._image = open_image(self._content)
        else:
            self._image.seek(number - 1)
        if self._image.width * self._image.height > PIXEL_LIMIT:
            raise ValueError(f"{self._image.width}x{self._image.height} > {PIXEL_LIMIT}")
        return self._image

    def _drawn(self, number: int, width: int | None, dpi: float | None) -> Image.Image:
        image = self._at(number)
        lying, stretch = _orientation(image) in _LYING, _stretch(image)
        across = image.height if lying else image.width
        own = float(image.info.get("dpi", (SCREEN_DPI, SCREEN_DPI))[0] or SCREEN_DPI)
        wanted = max(1, min(width or (round(across * dpi / own) if dpi else across), WIDTH_LIMIT))
        factor = max(1, across // wanted)
        if image.format == "JPEG":
            image.draft("RGB", (max(1, image.width // factor), max(1, image.height // factor)))
        elif image.format == "JPEG2000" and factor > 1:
            image.reduce = min(5, factor.bit_length() - 1)  # type: ignore[method-assign,assignment] # Pillow's own way
        elif isinstance(image, TiffImageFile):
            image = self._sheet(image, factor)
        image.load()
        now = image.height if lying else image.width
        upright = ImageOps.exif_transpose(plain_pixels(_smaller(image, now // (2 * wanted))))
        size = (wanted, max(1, round(upright.height * stretch * wanted / upright.width)))
        return upright if size == upright.size else upright.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)

    def _sheet(self, image: TiffImageFile, factor: int) -> Image.Image:
        """A sheet of a TIFF, decoded small where it can be; of a file that is read where it lies, taken out first."""
        small = small_sheet(image, self._content, factor)
        if small is not None:
            return small
        if self._content.whole is None and image.info.get("compression", "raw") != "raw":
            return alone(image, self._content)
        return image


def _smaller(image: Image.Image, factor: int) -> Image.Image:
    """A large image with every *factor* pixels made one, before its colours are worked on: memory stays bounded."""
    if factor < 2 or image.mode not in ("L", "LA", "RGB", "RGBA", "CMYK", "1"):
        return image
    return Image.Image.reduce(image.convert("L") if image.mode == "1" else image, factor)


def _orientation(image: Image.Image) -> int:
    """How the camera was held. Pages of a TIFF are turned by Pillow itself."""
    if image.format == "TIFF":
        return 1
    return int(image.getexif().get(ExifTags.Base.Orientation, 1) or 1)


def _stretch(image: Image.Image) -> float:
    """How much taller than its rows a page is shown whose pixels are no squares, as a fax at 204 x 98 dots."""
    dpi = image.info.get("dpi") if image.format == "TIFF" else None
    if not isinstance(dpi, tuple) or len(dpi) != 2 or not dpi[0] or not dpi[1]:
        return 1.0
    ratio = float(dpi[0]) / float(dpi[1])
    return ratio if 0.25 <= ratio <= 4 and abs(ratio - 1) > 0.02 else 1.0


def plain_pixels(image: Image.Image) -> Image.Image:
    """RGB or grey on white, whatever the mode was."""
    if image.mode in ("RGB", "L"):
        return image.copy()
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith(("I", "F")):
        low, high = image.getextrema()
        scale = 255 / (high - low) if high > low else 1.0  # type: ignore[operator]
        return image.convert("F").point(lambda value: (value - low) * scale).convert("L")
    if image.mode == "CMYK":
        return _screen_colours(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        shown = image.convert("RGBA")
        ground = Image.new("RGBA", shown.size, "white")
        ground.alpha_composite(shown)
        return ground.convert("RGB")
    return image.convert("RGB")


def _screen_colours(image: Image.Image) -> Image.Image:
    """Printing colours by the profile the file brings, else by the plain rule."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            made = ImageCms.profileToProfile(
                image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, *IMAGE_FAULTS):
            return image.convert("RGB")
        if made is not None:
            return made
    return image.convert("RGB")


def _quietly() -> warnings.catch_warnings[None]:
    return warnings.catch_warnings(action="ignore")


def _damaged(failure: Exception) -> RenderRefused:
    return RenderRefused(
        f"图像损坏，无法打开：{failure}，可下载原文件", f"the image does not open: {failure}; download the original"
    )
