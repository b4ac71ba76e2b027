"""What does a normalised copy cost, and keeping the counts of formats?

Files are made into PDF/A-2b and checked as a child does it: scanned pages in a PDF, a scanned page as JPEG, an OFD of
dense text, a text document by LibreOffice; milliseconds are of processor time a page, LibreOffice included, and
check_share is the part of it that the copy's own check takes (of PDF, JPEG and OFD together). Counting is of records
with five files each, processor time; count_growth is the rate at the greater number over that at a tenth of it; and
what the archivist's page takes with all of them.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from report import ROOT, arguments, clock, finish, lantai_home, say, workplace

sys.path.insert(0, str(ROOT / "src"))

from lantai.archival.normalising import comparing, converting
from lantai.archival.packages import Component
from lantai.archival.render import office_program
from page_images import paper, scanned_pdf, written_ofd

MADE = "2026-11-22T09:30:00+00:00"


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    sheets, records = (6, 2_000) if chosen.quick else (40, 20_000)
    with workplace(chosen.folder) as folder:
        figures = measure_copies(folder, sheets)
    with lantai_home(chosen.folder):
        figures |= measure_counts(records)
    return finish(
        question="What does a normalised copy cost, and keeping the counts of formats?", figures=figures, bars=[]
    )


def measure_copies(folder: Path, sheets: int) -> dict[str, float]:
    """Each kind of file made into a copy, and how much of it is the check."""
    jpeg = paper()
    files = {"pdf": scanned_pdf(jpeg, sheets), "image": jpeg, "ofd": written_ofd(sheets)}
    if office_program() is not None:
        files["office"] = written_rtf()
    figures, checking, whole = {}, 0.0, 0.0
    for kind, data in files.items():
        spent: list[float] = []
        _timed(comparing, spent)
        cpu, pages = _normalised(data, f"a.{kind}", folder / kind)
        figures[f"{kind}_ms"] = round(1000 * cpu / pages, 1)
        if kind != "office":
            checking, whole = checking + spent[0], whole + cpu
        say(f"{kind}: {pages} pages, {figures[f'{kind}_ms']} ms of processor time a page")
    figures["check_share"] = round(checking / whole, 2)
    return figures


def written_rtf() -> bytes:
    """A text document of some pages."""
    text = "".join(rf"\u{ord(each)}?" for each in "云岭县人民政府准予行政许可决定书") + r"\par "
    return (r"{\rtf1\ansi " + text * 120 + "}").encode()


def _timed(module: Any, spent: list[float]) -> None:
    """Have the processor time of the next check noted in *spent*."""
    inner: Callable[..., Any] = getattr(module.check_copy, "plain", module.check_copy)

    def checked(*given: Any) -> Any:
        begun = time.process_time()
        try:
            return inner(*given)
        finally:
            spent.append(time.process_time() - begun)

    checked.plain = inner  # type: ignore[attr-defined]
    converting.check_copy = module.check_copy = checked  # type: ignore[attr-defined]


def _normalised(data: bytes, name: str, folder: Path) -> tuple[float, int]:
    """Processor seconds of one file, children included, and its pages."""
    (folder / "work").mkdir(parents=True)
    package = folder / "package"
    package.write_bytes(data)
    component = Component(
        path=name,
        raw_name=name.encode(),
        name_encoding="utf-8",
        size=len(data),
        stored_size=len(data),
        offset=0,
        method="stored",
        digests={},
    )
    before = _cpu()
    told = converting.normalise_component(package, component, folder / "work", "凭证", MADE, 300.0, 4 << 30)
    if "refused" in told:
        raise RuntimeError(f"{name}: {told['en']}")
    return _cpu() - before, int(told["pages"])


def _cpu() -> float:
    spent = [resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in spent)


def measure_counts(records: int) -> dict[str, float]:
    """Count a tenth of the records, then the rest, and build the page over all."""
    from django.utils import timezone

    from lantai.administration.queries.people import Clearance, Reader, Role
    from lantai.preservation.pages import formats_page
    from lantai.preservation.services import count_records

    codes = _catalogued(records)
    tenth = max(100, records // 10)
    rates = []
    for part in (codes[:tenth], codes[tenth:]):
        with clock() as counting:
            for start in range(0, len(part), 100):
                count_records(record_codes=part[start : start + 100], now=timezone.now())
        rates.append(len(part) / counting.cpu)
    reader = Reader(person_id=None, username="bench", name="bench", role=Role.ARCHIVIST, clearance=Clearance.RESTRICTED)
    formats_page(reader)
    with clock() as showing:
        page = formats_page(reader)
    say(f"{records:,} records: {rates[1]:,.0f} counted a second of processor time; {len(page.table.rows)} formats")
    return {
        "counted_per_cpu_s": round(rates[1]),
        "count_growth": round(rates[1] / rates[0], 2),
        "page_ms": round(1000 * showing.cpu, 1),
    }


def _catalogued(count: int) -> list[str]:
    """Records of four fonds and six classes with five files each, put into the tables themselves."""
    from datetime import date

    from django.utils import timezone

    from lantai.catalog.components import pack_components
    from lantai.catalog.models import Record, Representation

    now = timezone.now()
    kinds = ("fmt/18", "fmt/43", "lantai/ofd", "fmt/412", "fmt/40", "fmt/101", "fmt/353")
    packed = [
        pack_components(
            [
                {"path": f"{n}", "size": 10_000, "puid": kinds[(each + n) % 7], "method": "stored", "stored_size": 1}
                for n in range(5)
            ]
        )
        for each in range(7)
    ]
    codes = [f"E{number:026d}" for number in range(count)]
    for start in range(0, count, 2_000):
        rows = Record.objects.bulk_create(
            [
                Record(
                    record_code=codes[number],
                    fonds_code=f"{number % 4:04}",
                    category_code="ZY",
                    class_code=f"C{number % 6}",
                    year=2026,
                    retention="D30",
                    title="关于小餐饮店登记的批复",
                    creator="云岭县行政审批局",
                    formed_on=date(2026, 3, 1),
                    organisation_id=1,
                    accessioned_at=now,
                    changed_at=now,
                )
                for number in range(start, min(count, start + 2_000))
            ]
        )
        Representation.objects.bulk_create(
            [
                Representation(
                    record=row, object_id=f"o{at}", path="p", container="zip", bytes=1, components=packed[at % 7]
                )
                for at, row in enumerate(rows, start)
            ]
        )
    return codes


if __name__ == "__main__":
    sys.exit(main())
