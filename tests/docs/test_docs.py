"""The documents tell the truth: names, commands, options, links, settings, problem types, addresses."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from lantai.ingest.api import api
from lantai.site.cli.archive import add_commands
from lantai.site.configuration import SETTINGS

ROOT = Path(__file__).parents[2]
LISTED = subprocess.run(
    ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
    cwd=ROOT,
    capture_output=True,
    check=True,
    text=True,
).stdout.split("\0")
DOCS = sorted(
    ROOT / name for name in LISTED if name and not name.startswith(("src/", "frontend/")) and (ROOT / name).is_file()
)
NAME = re.compile(r"(?<![/\w.])lantai(?:\.[A-Za-z_]\w*)+")
NO_NAMES = {"lantai.example", "lantai.sqlite3"}
FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")


def each_document() -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in DOCS]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code_of(path: Path) -> list[str]:
    """What stands as code in a document, line by line: fenced, indented by four, and between back quotes."""
    text = text_of(path)
    lines = [line for block in FENCE.finditer(text) for line in block.group().splitlines()[1:-1]]
    rest = FENCE.sub("", text)
    lines += [line.strip() for line in rest.splitlines() if line.startswith("    ")]
    return lines + [each for line in rest.splitlines() for each in re.findall(r"`([^`]+)`", line)]


def commands() -> Any:
    """The command line as typer builds it: a group of commands and groups."""
    app = typer.Typer()
    add_commands(app)
    return typer.main.get_command(app)


COMMANDS = commands()


def calls_of(path: Path) -> Iterator[list[str]]:
    """The words behind `lantai` of every command a document shows."""
    for line in code_of(path):
        found = re.match(r"(?:[─\s]*)?(?:\.venv/bin/)?lantai ([a-z].*)", line)
        if found:
            words = re.split(r"\s{2,}|──|；|。", found[1])[0]
            yield shlex.split(words, comments=True)


def resolve(name: str) -> None:
    """Import *name*, a module or something in one. Raises ImportError or AttributeError."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError as error:
            if error.name is None or not ".".join(parts).startswith(error.name):
                raise
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return
    raise ImportError(name)


@pytest.mark.parametrize("path", each_document())
def test_every_name_exists(path: Path) -> None:
    for name in set(NAME.findall(text_of(path))) - NO_NAMES:
        resolve(name)


@pytest.mark.parametrize("path", each_document())
def test_every_command_and_option_exists(path: Path) -> None:
    for words in calls_of(path):
        command = COMMANDS
        while hasattr(command, "commands") and words and not words[0].startswith("-"):
            assert words[0] in command.commands, f"there is no command {' '.join(words)}"
            command = command.commands[words.pop(0)]
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        for word in words:
            assert not word.startswith("--") or word in options, f"{command.name} has no option {word}"


@pytest.mark.parametrize("path", each_document())
def test_every_make_target_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    for line in code_of(path):
        found = re.match(r"make ([a-z-]+)(?=\s|$)", line)
        assert not found or found[1] in targets, f"there is no `make {found[1]}`" if found else ""


def headings_of(path: Path) -> set[str]:
    """The anchors of a document, as forges make them."""
    found = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


@pytest.mark.parametrize("path", each_document())
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text_of(path))):
        if target.startswith(("http://", "https://")):
            continue
        place, _, anchor = target.partition("#")
        found = (path.parent / place).resolve() if place else path
        assert found.exists(), f"{target} leads nowhere"
        assert found.is_relative_to(ROOT), f"{target} leads out of the repository"
        assert not anchor or anchor in headings_of(found), f"{place or path.name} has no heading #{anchor}"


@pytest.mark.parametrize("path", each_document())
def test_files_named_with_their_folder_exist(path: Path) -> None:
    for line in code_of(path):
        for name in re.findall(r"(?<![\w./<-])((?:src|tests|tools|bench|docs|requirements)/[\w./-]+\.[a-z]+)", line):
            assert (ROOT / name).exists(), f"there is no {name}"


def settings_table(path: Path) -> dict[str, tuple[str, str]]:
    rows = re.findall(r"^\| `(LANTAI_\w+)` \| (.+?) \| (.+) \|$", text_of(path), re.MULTILINE)
    return {name: (default.strip("`").replace("–", ""), meaning) for name, default, meaning in rows}


@pytest.mark.parametrize("name", ["operator-guide.md", "operator-guide.zh-CN.md"])
def test_the_configuration_table_is_complete(name: str) -> None:
    table = settings_table(ROOT / "docs" / name)
    assert list(table) == [each.name for each in SETTINGS]
    for each in SETTINGS:
        assert table[each.name][0] == each.default, each.name
        assert name.endswith("zh-CN.md") or table[each.name][1] == each.meaning, each.name


def test_every_setting_that_is_read_is_in_the_table() -> None:
    known = {each.name for each in SETTINGS} | {"LANTAI_CORPUS", "LANTAI_CONFORMITY"}
    for path in (ROOT / "src").rglob("*.py"):
        for name in re.findall(r"read(?:_flag)?\(\"(LANTAI_\w+)\"\)|environ[^\n]*?\"(LANTAI_\w+)\"", text_of(path)):
            assert (name[0] or name[1]) in known, f"{path} reads {name}"


def test_both_readmes_name_the_same_commands() -> None:
    english, chinese = (
        [
            re.split(r"(?:^|\s+)# ", line)[0].rstrip()
            for block in FENCE.finditer(text_of(path))
            for line in block.group().splitlines()
        ]
        for path in READMES
    )
    assert english == chinese
    assert {"make run", "make test"} <= set(english)


def links_of(path: Path) -> set[str]:
    own = {"README.md", "README.zh-CN.md"}
    return set(re.findall(r"\]\(([^)\s]+)\)", text_of(path))) - own


def test_both_readmes_and_guides_lead_to_the_same_places() -> None:
    assert links_of(READMES[0]) == links_of(READMES[1])


@pytest.mark.parametrize("name", ["operator-guide"])
def test_both_guides_have_the_same_chapters_and_commands(name: str) -> None:
    english, chinese = (ROOT / "docs" / f"{name}{suffix}.md" for suffix in ("", ".zh-CN"))
    assert text_of(english).count("\n## ") == text_of(chinese).count("\n## ")
    assert [words[0] for words in calls_of(english)] == [words[0] for words in calls_of(chinese)]


def types_in_code() -> set[str]:
    """The type of every problem that the code can answer with."""
    found: set[str] = set()
    for path in (ROOT / "src" / "lantai").rglob("*.py"):
        for node in ast.walk(ast.parse(text_of(path))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = {"SubmissionRefused": 0}.get(called)
            if called == "_problem" and isinstance(getattr(node.args[0], "value", None), int):
                place = 1  # status, type, ...
            given = node.args[place] if place is not None and len(node.args) > place else None
            named = {each.arg: each.value for each in node.keywords}
            if called == "Problem":
                given = named.get("type", given)
            if called == "state_answer":
                given = named.get("kind")
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                found.add(given.value)
    return found


def test_every_problem_type_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| \d", text_of(ROOT / "docs" / "problems.md"), re.MULTILINE)
    documented = {*rows}
    assert types_in_code() - documented == set(), "not in docs/problems.md"
    assert documented - types_in_code() == set(), "no longer in the code"
    assert len(documented) > 15


def test_every_address_of_the_channel_is_documented() -> None:
    text = text_of(ROOT / "docs" / "api.md")
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in text, f"docs/api.md does not tell of {method.upper()} {path}"
    told = set(re.findall(r"(?:GET|POST|PUT|HEAD) (/api/v1/[^`\s]+)", text))
    assert told == set(api.get_openapi_schema()["paths"])


@pytest.mark.parametrize("path", each_document())
def test_no_path_of_a_machine_and_no_number_of_an_issue(path: Path) -> None:
    words = re.compile(r"(?<![\w.])/(?:work|tmp|home|root)/|\bissue \d|(?<!\w)#\d+\b|\bTBD\b", re.IGNORECASE)
    found = words.search(text_of(path))
    assert not found, f"{path.name}: {found.group() if found else ''}"


def test_decisions_are_numbered_short_and_listed() -> None:
    folder = ROOT / "docs" / "adr"
    found = sorted(folder.glob("[0-9]*.md"))
    assert [path.name[:4] for path in found] == [f"{number:04}" for number in range(1, len(found) + 1)]
    index = text_of(folder / "README.md")
    for path in found:
        text = text_of(path)
        title = text.splitlines()[0]
        assert title.startswith(f"# {path.name[:4]} "), path.name
        assert f"| [{path.name[:4]}]({path.name}) | {title[7:]} |" in index, path.name
        assert re.search(r"^\d{4}-\d\d-\d\d · (decided|replaced by)", text, re.MULTILINE), path.name
        assert [line for line in text.splitlines() if line.startswith("## ")] == [
            "## Context",
            "## Decision",
            "## Consequences",
        ], path.name
        assert len(text.splitlines()) <= 40, path.name


def test_fragments_of_the_changelog_are_well_formed() -> None:
    for path in (ROOT / "changelog.d").iterdir():
        if path.name == "README.md":
            continue
        assert re.fullmatch(r"[a-z0-9-]+\.(added|changed|fixed|removed|security)\.md", path.name), path.name
        text = text_of(path)
        assert text.endswith(".\n"), f"{path.name} ends with a full stop and a line end"
        assert "\n" not in text.strip(), f"{path.name} is one paragraph on one line"
        assert 20 <= len(text) <= 600, path.name


def test_every_document_of_the_folder_can_be_reached_from_the_readmes() -> None:
    waiting, reached = list(READMES), set(READMES)
    while waiting:
        path = waiting.pop()
        for target in re.findall(r"\]\(([^)\s#]+)", text_of(path)):
            found = (path.parent / target).resolve()
            if found.suffix == ".md" and found.is_file() and found not in reached:
                reached.add(found)
                waiting.append(found)
    lost = {path for path in DOCS if path.is_relative_to(ROOT / "docs")} - reached
    assert not lost, f"nobody finds {sorted(str(path.relative_to(ROOT)) for path in lost)}"


def test_agents_page_is_one_page() -> None:
    assert len(text_of(ROOT / "AGENTS.md").splitlines()) <= 70
    rooms = {path.name for path in (ROOT / "src" / "lantai").iterdir() if (path / "__init__.py").is_file()}
    assert rooms == set(re.findall(r"^\| `(\w+)` \|", text_of(ROOT / "AGENTS.md"), re.MULTILINE))


def test_what_runs_beside_us_is_neither_gpl_nor_agpl() -> None:
    from importlib.metadata import metadata

    for line in text_of(ROOT / "requirements" / "run.txt").splitlines():
        found = re.match(r"([A-Za-z0-9_.-]+)==", line)
        if not found:
            continue
        told = metadata(found[1])
        words = " ".join(
            [told.get("License-Expression") or "", (told.get("License") or "")[:200]]
            + [each for each in told.get_all("Classifier", []) if each.startswith("License")]
        )
        assert not re.search(r"\bA?GPL|Affero|(?<!Lesser )General Public", words), f"{found[1]}: {words}"
