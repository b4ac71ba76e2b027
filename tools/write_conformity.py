#!/usr/bin/env python3
"""Write docs/conformity.md from docs/conformity.toml and from what the last test run left in the folder named.

Without results there (no run yet) the results that stand in the page are kept.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "docs" / "conformity.toml"
PAGE = ROOT / "docs" / "conformity.md"
STATES = {"met": "met 符合", "partly": "partly 部分", "later": "later 待建"}
HEAD = """# Conformity matrix 符合性矩阵

What a digital archive of a Chinese county must do, in our words, the tests that show it, and how they ended.
Written by `make docs` from [conformity.toml](conformity.toml) and the results of the last `make test`, never by hand.

*met* says that the tests beside show all of it; *partly* says what is missing; *later* that it is not built.
In brackets: how many tests, and how many of them also ran on PostgreSQL.
"""

Results = Mapping[str, Mapping[str, Counter[str]]]


def read_results(folder: Path) -> dict[str, dict[str, Counter[str]]]:
    """Outcomes by database and test, all runs in *folder* together."""
    found: dict[str, dict[str, Counter[str]]] = {}
    for path in sorted(folder.glob("*.json")):
        run = json.loads(path.read_text(encoding="utf-8"))
        tests = found.setdefault(run["database"], {})
        for name, counts in run["tests"].items():
            tests.setdefault(name, Counter()).update(counts)
    return found


def result_of(tests: Sequence[str], results: Results) -> str:
    """How the tests of one requirement ended, as a cell of the table."""
    if not tests:
        return "–"
    by_database = {
        database: sum((counts for name, counts in run.items() if _belongs(name, tests)), Counter())
        for database, run in results.items()
    }
    whole = sum(by_database.values(), Counter())
    unseen = [each for each in tests if not any(_belongs(name, [each]) for run in results.values() for name in run)]
    if whole["failed"]:
        return f"**failed** ({whole['failed']})"
    if unseen or not whole["passed"]:
        return "not run"
    once = by_database.get("SQLite", Counter())
    again = by_database.get("PostgreSQL", Counter())["passed"]
    parts = [str(once["passed"] or again)]
    if again:
        parts.append(f"PostgreSQL {again}")
    if once["skipped"]:
        parts.append(f"skipped {once['skipped']}")
    return f"passed ({', '.join(parts)})"


def _belongs(name: str, tests: Sequence[str]) -> bool:
    return any(name == each or name.startswith((f"{each}::", f"{each}/")) for each in tests)


def held_results() -> dict[int, str]:
    """The results that stand in the page now, by number."""
    if not PAGE.is_file():
        return {}
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return {int(row[0][2:]): row[-1].removesuffix(" |") for row in rows if row[0][2:].isdigit()}


def page(source: Mapping[str, Any], results: Mapping[int, str]) -> str:
    """The whole page."""
    counts = Counter(each["state"] for each in source["requirement"])
    lines = [HEAD, f"{counts['met']} met, {counts['partly']} partly, {counts['later']} later.", ""]
    for section in source["section"]:
        lines += [f"## {section['number']} {section['name']}", "", "| | requirement | state | shown by | result |"]
        lines.append("|---|---|---|---|---|")
        for each in source["requirement"]:
            if section["first"] <= each["number"] <= section["last"]:
                state = STATES[each["state"]] + (f": {each['why']}" if "why" in each else "")
                shown = "<br>".join(_link(test) for test in each.get("tests", [])) or "–"
                result = results.get(each["number"], "not run" if "tests" in each else "–")
                lines.append(f"| {each['number']} | {each['words']} | {state} | {shown} | {result} |")
        lines.append("")
    return "\n".join(lines)


def _link(test: str) -> str:
    path, _, function = test.partition("::")
    words = function.removeprefix("test_").replace("_", " ") if function else Path(path).stem.removeprefix("test_")
    return f"[{words}](../{path})"


def main() -> int:
    """Write the page."""
    source = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    found = read_results(Path(sys.argv[1])) if len(sys.argv) > 1 else {}
    if found:
        results = {each["number"]: result_of(each.get("tests", []), found) for each in source["requirement"]}
    else:
        print("No results of a test run: those in the page are kept. `make test` makes new ones.")
        results = held_results()
    PAGE.write_text(page(source, results), encoding="utf-8")
    failed = [number for number, each in results.items() if each.startswith("**failed")]
    if failed:
        print(f"Requirements whose tests failed: {', '.join(map(str, failed))}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
