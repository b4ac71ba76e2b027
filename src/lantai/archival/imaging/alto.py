"""What was read as ALTO 4 of the Library of Congress: lines and words with their places, for other systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lxml import etree

from lantai.archival.imaging.model import Line
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.repair import Step

_SPACE = "http://www.loc.gov/standards/alto/ns-v4#"


class ToldReading(Protocol):
    """What a document tells of a page: a PageReading, or one that was kept and corrected since."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def lines(self) -> Sequence[Line]: ...
    @property
    def confidence(self) -> float: ...
    @property
    def turned(self) -> int: ...
    @property
    def mirrored(self) -> bool: ...
    @property
    def version(self) -> str: ...
    @property
    def steps(self) -> Sequence[Step]: ...


def alto_document(reading: ToldReading, *, file_name: str, number: int = 1, engine: str = "PP-OCRv6") -> bytes:
    """One page as an ALTO document.

    Args:
        reading: the page.
        file_name: of the picture that was read.
        number: of the page in it, from 1.
        engine: what read it, for the record.
    """
    root = etree.fromstring(f'<alto xmlns="{_SPACE}"/>')
    description = etree.SubElement(root, _name("Description"))
    etree.SubElement(description, _name("MeasurementUnit")).text = "pixel"
    source = etree.SubElement(description, _name("sourceImageInformation"))
    etree.SubElement(source, _name("fileName")).text = _allowed(file_name)
    processing = etree.SubElement(description, _name("Processing"), ID="READ")
    etree.SubElement(processing, _name("processingStepDescription")).text = _steps(reading)
    software = etree.SubElement(processing, _name("processingSoftware"))
    etree.SubElement(software, _name("softwareName")).text = engine
    layout = etree.SubElement(root, _name("Layout"))
    page = etree.SubElement(
        *(layout, _name("Page")),
        ID=f"P{number}",
        PHYSICAL_IMG_NR=str(number),
        WIDTH=str(reading.width),
        HEIGHT=str(reading.height),
        PC=f"{reading.confidence:.3f}",
        ROTATION=str(reading.turned),
    )
    space = etree.SubElement(page, _name("PrintSpace"), _place((0, 0, reading.width, reading.height)))
    if reading.lines:
        boxes = [each.box for each in reading.lines]
        around = min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
        block = etree.SubElement(space, _name("TextBlock"), _place(around), ID=f"P{number}B1")
        for place, line in enumerate(reading.lines, 1):
            _write_line(block, line, f"P{number}L{place}")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _write_line(block: etree._Element, line: Line, key: str) -> None:
    written = etree.SubElement(block, _name("TextLine"), _place(line.box), ID=key)
    rest = line.text
    for number, word in enumerate(line.words, 1):
        if rest.startswith(" ") and number > 1:
            etree.SubElement(written, _name("SP"))
        rest = rest.lstrip(" ").removeprefix(word.text)
        etree.SubElement(
            *(written, _name("String"), _place(word.box)),
            ID=f"{key}W{number}",
            CONTENT=_allowed(word.text),
            WC=f"{word.confidence:.3f}",
        )


def _place(box: Box) -> dict[str, str]:
    left, top, right, bottom = box
    return {"HPOS": str(left), "VPOS": str(top), "WIDTH": str(right - left), "HEIGHT": str(bottom - top)}


def _steps(reading: ToldReading) -> str:
    """What was done to the page before it was read."""
    said = [f"read as {reading.version}", *(f"mirrored {reading.mirrored}",)]
    for step in reading.steps:
        said.append(f"{step.name} " + " ".join(f"{name}={value}" for name, value in step.parameters.items()))
    return "; ".join(said)


def _name(tag: str) -> str:
    return f"{{{_SPACE}}}{tag}"


def _allowed(text: str) -> str:
    """Text without what XML cannot hold."""
    return "".join(
        each for each in text if each >= " " and not "\ud800" <= each <= "\udfff" and each not in "\ufffe\uffff"
    )
