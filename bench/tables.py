"""How much memory does reading a long catalogue take, as a workbook and as CSV?

A catalogue of 100,000 lines with twelve columns is written by seed, then read as an import reads it: a first look, then
portions of 20,000 lines, in a fresh process without Django. ``…_mib`` is the most memory that process had resident,
``…_grown_mib`` how much of it reading added to what the parsers take when they are loaded; ``…_cpu_seconds`` is the
processor time of reading all of it once.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from report import ROOT, Bar, arguments, finish, say, workplace

LINES, QUICK, PORTION = 100_000, 10_000, 20_000
HEADS = ("档号", "题名", "责任者", "文号", "日期", "年度", "保管期限", "页数", "密级", "开放状态", "备注", "存放位置")
READER = """
import json, resource, sys, time
from pathlib import Path
from lantai.archival.tables.reading import look_at_table, read_portion

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

path, portion = Path(sys.argv[1]), int(sys.argv[2])
loaded, began = peak(), time.process_time()
look = look_at_table(path)
after, lines = look.head.last, 0
while True:
    found = read_portion(path, look.form, after, portion)
    lines += len(found.lines)
    if found.done:
        break
    after = found.after
print(json.dumps({"mib": peak(), "grown_mib": peak() - loaded, "cpu_seconds": time.process_time() - began,
                  "lines": lines}))
"""


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    number = QUICK if chosen.quick else LINES
    sys.path.insert(0, str(ROOT / "src"))
    figures: dict[str, float] = {"lines": number}
    with workplace(chosen.folder) as folder:
        for kind in ("csv", "xlsx"):
            path = folder / "table"
            _write(path, kind, number)
            say(f"{kind}: {number:,} lines, {path.stat().st_size / 2**20:.1f} MiB")
            read = _read(path)
            if read.pop("lines") != number:
                raise SystemExit(f"{kind}: not every line was read")
            figures |= {f"{kind}_{name}": value for name, value in read.items()}
    return finish(
        question="How much memory does reading a long catalogue take, as a workbook and as CSV?",
        figures=figures,
        bars=[Bar("xlsx_mib", 256, at_least=False), Bar("csv_mib", 256, at_least=False)],
    )


def _write(path: Path, kind: str, number: int) -> None:
    from lantai.archival.tables import write_table

    columns = [(name, name) for name in HEADS]
    with path.open("wb") as stream:
        write_table(stream, kind, columns, _lines(number), title="目录")  # type: ignore[arg-type]


def _lines(number: int) -> Iterator[tuple[str, ...]]:
    chance = random.Random(20261122)
    for each in range(1, number + 1):
        year, month, day = chance.randint(1980, 2024), chance.randint(1, 12), chance.randint(1, 28)
        title = f"关于{'审批核准备案登记变更'[chance.randint(0, 8) :]}第{each}号事项的请示、批复及附件材料（{year}年）"
        yield (
            f"J019-WS·{year}-D30-{each:06}", title, "云岭县人民政府办公室", f"云政发〔{year}〕{each % 400}号",
            f"{year}{month:02}{day:02}", str(year), "D30", str(chance.randint(1, 90)), "公开", "未审核",
            "原件存本馆，复制件一份" if each % 3 else "", f"{chance.randint(1, 9)}号库{chance.randint(1, 40)}架",
        )  # fmt: skip


def _read(path: Path) -> dict[str, float]:
    command = [sys.executable, "-c", READER, str(path), str(PORTION)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT / "src")})
    return {name: float(value) for name, value in json.loads(told.stdout).items()}


if __name__ == "__main__":
    sys.exit(main())
