"""Run every bench and write bench/RESULTS.md: each figure with its bar, the machine and the date."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
BENCHES = (
    "ingest.py",
    "big_files.py",
    "ledger.py",
    "pages.py",
    "page_images.py",
    "reading.py",
    "fixity.py",
    "rebuild.py",
    "vault.py",
    "signatures.py",
    "tables.py",
    "cases.py",
    "seals_tables.py",
    "understanding.py",
    "killed_batch.py",
    "search_scale.py",
)
HEAD = """# Results

Made by `make bench`, or part by part by `.venv/bin/python bench/run_all.py NAME.py`: each part bears its own date. A
ratio comes from one run; an absolute time is worth what its machine is. A bar that is missed says so. Each
bench tells in its head what it asks and how.
"""


def main() -> int:
    """Run them one after the other; the exit code is 1 when a bar was missed or a bench failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller data, under a minute each; not written down")
    parser.add_argument("names", nargs="*", default=BENCHES, help="which ones")
    options = parser.parse_args()
    target, worst = FOLDER / "RESULTS.md", 0
    parts = written_parts(target.read_text("utf-8") if target.exists() else "")
    for name in options.names:
        command = [sys.executable, str(FOLDER / name), *(["--quick"] if options.quick else [])]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        print(done.stdout, end="", flush=True)
        worst = max(worst, done.returncode)
        lines = done.stdout.strip().splitlines()
        whole = bool(lines) and lines[-1].startswith("{")
        parts[name] = section(name, json.loads(lines[-1])) if whole else f"## {name}\n\nfailed: no result\n"
        if not options.quick:  # after each: a long run that is broken off keeps what it measured
            ordered = [parts[each] for each in BENCHES if each in parts]
            target.write_text("\n".join([HEAD, *ordered]), encoding="utf-8")
    return worst


def written_parts(text: str) -> dict[str, str]:
    """The parts of RESULTS.md as they stand, by the name of their bench."""
    found = {}
    for each in text.split("\n## ")[1:]:
        found[each.partition(":")[0].partition("\n")[0].strip()] = f"## {each.rstrip()}\n"
    return found


def section(name: str, result: dict[str, object]) -> str:
    """One bench as a table."""
    bars = result["bars"]
    figures = result["figures"]
    assert isinstance(bars, dict)
    assert isinstance(figures, dict)
    rows = [f"## {name}: {result['question']}", "", f"{result['machine']}, {result['date']}", ""]
    rows += ["| figure | value | bar | met |", "|---|---:|---:|---|"]
    for figure, value in figures.items():
        bar = bars.get(figure)
        asked, met = (f"{bar['bar']:,}", "yes" if bar["met"] else "NO") if bar else ("", "")
        rows.append(f"| {figure} | {value:,.3f} | {asked} | {met} |")
    return "\n".join([*rows, ""])


if __name__ == "__main__":
    sys.exit(main())
