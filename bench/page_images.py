"""How long does a page's image take, of files of hundreds of pages, and how much memory?

A scanned PDF and a scanned TIFF of many sheets (A4 at 200 dpi, noise as paper has it) are looked at page by page in a
child as the record page does: 1,000 pixels wide, in random order. first_page_ms is the first page, of a document the
child has not seen; the others are of a child that has it open. Times are wall-clock of the whole call; memory is the
child's peak, parsers included.
"""

from __future__ import annotations

import io
import random
import sys
import time
from pathlib import Path

from report import ROOT, Bar, arguments, finish, say, workplace

sys.path.insert(0, str(ROOT / "src"))

import pikepdf
from PIL import Image, ImageDraw

from lantai.archival.checks import Sandbox
from lantai.archival.packages import Component

VIEWING = "lantai.archival.checks.viewing"
A4 = (1654, 2339)


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    sheets, looks = (100, 30) if chosen.quick else (400, 120)
    with workplace(chosen.folder) as folder:
        figures = measure(folder, sheets, looks)
    return finish(
        question="How long does a page's image take, of files of hundreds of pages, and how much memory?",
        figures=figures,
        bars=[Bar("pdf_p95_ms", 1000, at_least=False), Bar("tiff_p95_ms", 1000, at_least=False)],
    )


def measure(folder: Path, sheets: int, looks: int) -> dict[str, float]:
    """Each kind of file in a child of its own."""
    jpeg = paper()
    found: dict[str, float] = {}
    for kind, data in (("pdf", scanned_pdf(jpeg, sheets)), ("tiff", scanned_tiff(jpeg, sheets))):
        (folder / f"a.{kind}").write_bytes(data)
        component = Component(f"a.{kind}", f"a.{kind}".encode(), "utf-8", len(data))
        with Sandbox(workers=1, seconds=60, modules=(VIEWING, "page_images")) as box:
            order = [1, *random.Random(20261122).choices(range(1, sheets + 1), k=looks)]
            times = []
            for number in order:
                started = time.perf_counter()
                said = box.call(f"{VIEWING}:view_image", folder, component, number, 1000, "screen")
                times.append(1000 * (time.perf_counter() - started))
                assert said.get("width") == 1000, said
            later = sorted(times[1:])
            found |= {
                f"{kind}_first_page_ms": times[0],
                f"{kind}_p50_ms": later[len(later) // 2],
                f"{kind}_p95_ms": later[int(len(later) * 0.95)],
                f"{kind}_child_mib": box.call("page_images:peak_of_child"),
                f"{kind}_file_mb": len(data) / 1e6,
            }
        say(f"{kind}: {found}")
    return found


def peak_of_child() -> int:
    """The most memory this process held, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) // 1024


def paper() -> bytes:
    """A sheet of a scan: lines of writing on paper with noise."""
    image = Image.effect_noise(A4, 12).point(lambda value: min(255, value + 110)).convert("RGB")
    pen = ImageDraw.Draw(image)
    chance = random.Random(7)
    for row in range(180, 2150, 56):
        for at in range(180, 1480, 34):
            pen.rectangle((at, row, at + chance.randrange(8, 28), row + chance.randrange(18, 34)), outline=(40, 40, 60))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def scanned_pdf(jpeg: bytes, sheets: int) -> bytes:
    """A PDF of so many scans, each an image of its own."""
    document = pikepdf.new()
    for _ in range(sheets):
        picture = pikepdf.Stream(document, jpeg)
        picture["/Type"], picture["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
        picture["/Width"], picture["/Height"] = A4
        picture["/ColorSpace"], picture["/BitsPerComponent"] = pikepdf.Name.DeviceRGB, 8
        picture["/Filter"] = pikepdf.Name.DCTDecode
        document.add_blank_page(page_size=(595, 842))
        page = document.pages[-1]
        page["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=picture))
        page["/Contents"] = pikepdf.Stream(document, b"595 0 0 842 0 0 cm /I Do")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def scanned_tiff(jpeg: bytes, sheets: int) -> bytes:
    """A TIFF of so many scans with JPEG inside."""
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    buffer = io.BytesIO()
    image.save(
        buffer,
        "TIFF",
        compression="jpeg",
        quality=80,
        save_all=True,
        append_images=[image] * (sheets - 1),
        dpi=(200, 200),
    )
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
