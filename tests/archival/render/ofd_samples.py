"""Small OFD files for tests: a page of 100 x 100 millimetres with whatever stands on it."""

from __future__ import annotations

import io

from PIL import Image
from tests.archival.sealing.sm2_signer import pack

from lantai.archival.render import open_pages, render_page

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
PAGE = "Doc_0/Pages/Page_0/Content.xml"


def ofd(
    page: str,
    *,
    resources: str = "",
    common: str = "",
    document: str = "",
    before: str = "",
    more: dict[str, bytes] | None = None,
    box: str = "0 0 100 100",
) -> bytes:
    """An OFD of one page.

    Args:
        page: what stands in its layer.
        resources: what stands in the document's resource file, beside font 3 (not carried).
        common, document: what else stands in CommonData and Document.
        before: what stands before Content in the page.
        more: other members.
        box: the page's box.
    """
    members = {
        "OFD.xml": f'<ofd:OFD {NS} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID>'
        "</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NS}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>{box}"
        f"</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>Res.xml</ofd:PublicRes>{common}</ofd:CommonData><ofd:Pages>"
        f'<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>{document}</ofd:Document>',
        "Doc_0/Res.xml": f'<ofd:Res {NS}><ofd:Fonts><ofd:Font ID="3" FontName="宋体"/></ofd:Fonts>'
        f"{resources}</ofd:Res>",
        PAGE: content(page, before),
    }
    encoded = {name: data.encode() for name, data in members.items()}
    return pack(encoded | (more or {}))


def content(page: str, before: str = "") -> str:
    """The member of a page or of a template."""
    return f'<ofd:Page {NS}>{before}<ofd:Content><ofd:Layer ID="2">{page}</ofd:Layer></ofd:Content></ofd:Page>'


def path(data: str, attributes: str = "", inside: str = "", box: str = "0 0 100 100") -> str:
    """A path object, filled and without stroke unless it says otherwise."""
    return (
        f'<ofd:PathObject Boundary="{box}" {completed(attributes, Fill="true", Stroke="false")}>{inside}'
        f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def completed(attributes: str, **defaults: str) -> str:
    """Attributes with those of the defaults they leave out."""
    return " ".join(
        [attributes, *(f'{name}="{value}"' for name, value in defaults.items() if f"{name}=" not in attributes)]
    )


def square(left: float, top: float, side: float) -> str:
    """Path data of a square."""
    right, bottom = left + side, top + side
    return f"M {left} {top} L {right} {top} L {right} {bottom} L {left} {bottom} C"


def colour(value: str, attributes: str = "") -> str:
    """A fill colour."""
    return f'<ofd:FillColor Value="{value}" {attributes}/>'


RED = colour("255 0 0")


def shown(data: bytes, number: int = 1, width: int = 400) -> Image.Image:
    """The page's image: four pixels a millimetre of a page 100 millimetres wide."""
    return Image.open(io.BytesIO(render_page(data, "a.ofd", number, width=width).data)).convert("RGB")


def at(image: Image.Image, x: float, y: float) -> tuple[int, int, int]:
    """The pixel at a place in millimetres."""
    found = image.getpixel((round(x * image.width / 100), round(y * image.width / 100)))
    assert isinstance(found, tuple)
    return found[0], found[1], found[2]


def notes(data: bytes, number: int = 1) -> list[str]:
    """What the page's notes say in English."""
    return [each.en for each in open_pages(data, "a.ofd")[1].notes(number)]
