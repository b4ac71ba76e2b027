"""How long does a page's image take, of files of hundreds of pages of every format, and how much memory?

Scans of A4 at 200 dpi with noise as paper has it: a PDF and a TIFF with JPEG inside of many sheets, a fax of the same
(one bit, CCITT group 4), a single JPEG at 300 dpi; and an OFD of dense text in the house font. They are looked at page
by page in a child as the record page does, but 1,600 pixels wide, in random order. first_page_ms is the first page,
of a document the child has not seen; the others are of a child that has it open. Times are wall-clock of the whole
call, cpu_p95_ms is the child's processor time in it; memory is the child's peak, parsers included. Where LibreOffice
is installed, office_s is one text document of three pages made into a PDF.
"""

from __future__ import annotations

import io
import random
import sys
import time
import zipfile
from pathlib import Path

from report import ROOT, Bar, arguments, finish, say, workplace

sys.path.insert(0, str(ROOT / "src"))

import pikepdf
from PIL import Image, ImageDraw

from lantai.archival.checks import Sandbox
from lantai.archival.packages import Component
from lantai.archival.render import convert_office, office_program

VIEWING = "lantai.archival.checks.viewing"
A4 = (1654, 2339)
WIDTH = 1_600
LONGEST = 300
"""Milliseconds a page's image may take, of a document that is open."""


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    sheets, looks = (40, 15) if chosen.quick else (400, 120)
    with workplace(chosen.folder) as folder:
        figures = measure(folder, sheets, looks)
    return finish(
        question="How long does a page's image take, of files of hundreds of pages, and how much memory?",
        figures=figures,
        bars=[Bar(f"{kind}_p95_ms", LONGEST, at_least=False) for kind in ("pdf", "tiff", "fax", "jpeg", "ofd")],
    )


def measure(folder: Path, sheets: int, looks: int) -> dict[str, float]:
    """Each kind of file in a child of its own."""
    jpeg = paper()
    files = {
        "pdf": scanned_pdf(jpeg, sheets),
        "tiff": scanned_tiff(jpeg, sheets),
        "fax": faxed(jpeg, sheets),
        "jpeg": photographed(jpeg),
        "ofd": written_ofd(sheets),
    }
    found: dict[str, float] = {}
    for kind, data in files.items():
        (folder / f"a.{kind}").write_bytes(data)
        component = Component(f"a.{kind}", f"a.{kind}".encode(), "utf-8", len(data), method="file")
        with Sandbox(workers=1, seconds=60, modules=(VIEWING, "page_images")) as box:
            pages = 1 if kind == "jpeg" else sheets
            order = [1, *random.Random(20261122).choices(range(1, pages + 1), k=looks)]
            times, spent = [], []
            for number in order:
                used, started = box.call("page_images:time_of_child"), time.perf_counter()
                said = box.call(f"{VIEWING}:view_image", folder, component, number, WIDTH, "screen")
                times.append(1000 * (time.perf_counter() - started))
                spent.append(1000 * (box.call("page_images:time_of_child") - used))
                assert said.get("width") == WIDTH, said.get("refused_en")
            later, busy = sorted(times[1:]), sorted(spent[1:])
            found |= {
                f"{kind}_first_page_ms": times[0],
                f"{kind}_p50_ms": later[len(later) // 2],
                f"{kind}_p95_ms": later[int(len(later) * 0.95)],
                f"{kind}_cpu_p95_ms": busy[int(len(busy) * 0.95)],
                f"{kind}_child_mib": box.call("page_images:peak_of_child"),
                f"{kind}_file_mb": len(data) / 1e6,
            }
        say(f"{kind}: {found}")
    return found | converted(folder)


def converted(folder: Path) -> dict[str, float]:
    """How long LibreOffice takes over a text document; nothing where it is not installed."""
    if office_program() is None:
        return {}
    text = "".join(rf"\u{ord(each)}?" for each in "云岭县人民政府准予行政许可决定书") + r"\par "
    data = (r"{\rtf1\ansi " + text * 120 + "}").encode()
    place = folder / "office"
    place.mkdir()
    started = time.perf_counter()
    convert_office(data, "rtf", place, seconds=120, memory_bytes=2560 << 20)
    return {"office_s": time.perf_counter() - started}


def time_of_child() -> float:
    """Seconds of processor time this process has used."""
    return time.process_time()


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


def faxed(jpeg: bytes, sheets: int) -> bytes:
    """A TIFF of so many scans in one bit."""
    image = Image.open(io.BytesIO(jpeg)).convert("L").point(lambda value: 255 if value > 150 else 0).convert("1")
    buffer = io.BytesIO()
    image.save(
        buffer, "TIFF", compression="group4", save_all=True, append_images=[image] * (sheets - 1), dpi=(200, 200)
    )
    return buffer.getvalue()


def photographed(jpeg: bytes) -> bytes:
    """One sheet at 300 dpi."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).resize((A4[0] * 3 // 2, A4[1] * 3 // 2)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def written_ofd(sheets: int) -> bytes:
    """An OFD of so many pages of forty lines of forty characters."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    chance = random.Random(11)
    letters = [chr(chance.randrange(0x4E00, 0x9000)) for _ in range(3000)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        body = "<ofd:DocBody><ofd:DocRoot>D/D.xml</ofd:DocRoot></ofd:DocBody>"
        archive.writestr("OFD.xml", f"<ofd:OFD {space}>{body}</ofd:OFD>")
        listed = "".join(f'<ofd:Page ID="{number}" BaseLoc="P{number}.xml"/>' for number in range(1, sheets + 1))
        area = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
        archive.writestr(
            "D/D.xml",
            f"<ofd:Document {space}><ofd:CommonData>{area}<ofd:PublicRes>R.xml</ofd:PublicRes></ofd:CommonData>"
            f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        )
        fonts = '<ofd:Fonts><ofd:Font ID="9" FontName="宋体"/></ofd:Fonts>'
        archive.writestr("D/R.xml", f"<ofd:Res {space}>{fonts}</ofd:Res>")
        for number in range(1, sheets + 1):
            lines = "".join(
                f'<ofd:TextObject Boundary="25 {20 + 6 * row} 160 6" Font="9" Size="4"><ofd:TextCode X="0" Y="4" '
                f'DeltaX="g 39 4">{"".join(chance.choices(letters, k=40))}</ofd:TextCode></ofd:TextObject>'
                for row in range(40)
            )
            page = f"<ofd:Page {space}><ofd:Content><ofd:Layer>{lines}</ofd:Layer></ofd:Content></ofd:Page>"
            archive.writestr(f"D/P{number}.xml", page)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
