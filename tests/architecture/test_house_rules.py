"""The house rules a linter cannot know. Each failure says what to do instead."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "lantai"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
ROOMS = ("ledger", "administration", "work", "storage", "catalog", "finding", "ingest", "exchange")
DOORS = {"services", "queries", "urls"}
FORBIDDEN_NAMES = re.compile(r"^(helpers?|core|managers?|impl|utils?|misc|base)\.py$")


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import in *path*, TYPE_CHECKING blocks excepted."""
    tree = parse(path)
    guarded = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)


def each_module(*, where: str = "") -> list[object]:
    found = [path for path in MODULES if not where or path.relative_to(SOURCE).parts[0] == where]
    return [pytest.param(path, id=name_of(path)) for path in found]


@pytest.mark.parametrize("path", each_module())
def test_rooms_meet_only_at_their_doors(path: Path) -> None:
    own = path.relative_to(SOURCE).parts[0]
    if own == "site":
        return  # the only place that knows all rooms
    for line, name in imports(path):
        parts = name.split(".")
        if parts[0] != "lantai" or len(parts) < 3 or parts[1] not in ROOMS or parts[1] == own:
            continue
        assert parts[2] in DOORS, (
            f"{name_of(path)}:{line} imports {name}: call {parts[1]}.services or {parts[1]}.queries"
        )


@pytest.mark.parametrize("path", each_module())
def test_no_signals(path: Path) -> None:
    for line, name in imports(path):
        assert not name.startswith(("django.db.models.signals", "django.dispatch")), (
            f"{name_of(path)}:{line}: no signals. Call the service, or follow the ledger (docs/adr/0003)"
        )


@pytest.mark.parametrize("path", each_module())
def test_a_module_fits_in_one_reading(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 400, f"{name_of(path)} has {lines} lines: split it into a package, one module per verb"
    django_asks_for_it = name_of(path) == "common/sqlite/base.py"
    assert django_asks_for_it or not FORBIDDEN_NAMES.match(path.name), f"{name_of(path)}: name it for what it does"


@pytest.mark.parametrize("path", each_module())
def test_broad_excepts_live_in_the_worker_loop_only(path: Path) -> None:
    for node in ast.walk(parse(path)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = ast.unparse(node.type) if node.type else "everything"
        broad = caught in ("everything", "Exception", "BaseException")
        ends_by_raising = bool(node.body) and isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        allowed = name_of(path) in ("work/services/running.py", "archival/checks/sandbox_child.py")
        assert not broad or ends_by_raising or allowed, (
            f"{name_of(path)}:{node.lineno} catches {caught}: name what can go wrong"
        )


@pytest.mark.parametrize("path", each_module())
def test_imports_stand_at_the_top(path: Path) -> None:
    if path.relative_to(SOURCE).parts[:2] == ("site", "cli"):
        return  # a command sets Django up before it imports rooms
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                assert not isinstance(inner, ast.Import | ast.ImportFrom), (
                    f"{name_of(path)}:{inner.lineno}: import at the top of the module; a cycle is a wrong direction"
                )


def public_functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in parse(path).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


@pytest.mark.parametrize(
    "path", [param for room in ROOMS for param in each_module(where=room) if "services" in str(param.values[0])]
)
def test_public_services_are_keyword_only_typed_and_told(path: Path) -> None:
    for node in public_functions(path):
        where = f"{name_of(path)}:{node.lineno} {node.name}()"
        decorators = [ast.unparse(each) for each in node.decorator_list]
        assert not node.args.args or "contextmanager" in decorators or _is_decorator(node), (
            f"{where}: put * first, arguments are keyword-only"
        )
        assert node.returns is not None, f"{where}: say what it returns"
        assert ast.get_docstring(node), f"{where}: say what it does and which exceptions it raises"
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            assert argument.annotation is not None, f"{where}: {argument.arg} has no type"
            del default


def _is_decorator(node: ast.FunctionDef) -> bool:
    """A decorator takes roles or the function it wraps by position; so does what asks one thing of a request."""
    return any(isinstance(each, ast.FunctionDef | ast.Return) for each in node.body) and node.name in (
        "roles",
        "public",
        "allowed_roles",
        "reader_of",
        "actor_of",
        "address_of",
        "unattended",
    )


@pytest.mark.parametrize("room", ROOMS)
def test_names_of_services_are_unique_verbs(room: str) -> None:
    seen: dict[str, str] = {}
    for path in MODULES:
        if path.relative_to(SOURCE).parts[0] not in ROOMS or "services" not in name_of(path):
            continue
        for node in public_functions(path):
            other = seen.setdefault(node.name, name_of(path))
            assert other == name_of(path) or room != path.relative_to(SOURCE).parts[0], (
                f"{node.name} is a service in {other} and in {name_of(path)}: one name for one thing"
            )


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "models.py" or "models" in path.parts[-2:]])
def test_models_hold_tables_and_constraints_only(path: Path) -> None:
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.FunctionDef):
                    assert each.name != "save", f"{name_of(path)}:{each.lineno}: no save() override; write a service"


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "views.py" or path.parent.name == "views"])
def test_a_view_is_at_most_15_lines(path: Path) -> None:
    for node in public_functions(path):
        lines = (node.end_lineno or 0) - node.body[0].lineno + 1
        docstring = ast.get_docstring(node)
        if docstring:
            lines -= node.body[0].end_lineno - node.body[0].lineno + 1 if node.body[0].end_lineno else 1
        assert lines <= 15, f"{name_of(path)}:{node.lineno} {node.name}() has {lines} lines: call one service or query"


OF_AN_EXTRA = {"ledger/evm.py": {"web3", "eth_account", "hexbytes"}}
"""Modules that are loaded only where their extra of pyproject.toml is asked for, and what of it they import."""


def test_what_we_import_is_installed_to_run() -> None:
    """Nothing that only tests need (bagit-python, ocfl-py, pyHanko) is imported by the product."""
    pinned = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    installed = {each.replace("_", "-").lower() for each in re.findall(r"^([\w.-]+)==", pinned, re.MULTILINE)}
    owners = packages_distributions()
    for path in MODULES:
        for line, name in imports(path):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top == "lantai" or top in OF_AN_EXTRA.get(name_of(path), ()):
                continue
            held = {each.replace("_", "-").lower() for each in owners.get(top, [top])}
            assert held & installed, (
                f"{name_of(path)}:{line} imports {top}, which requirements/run.txt does not install"
            )


def tracked() -> list[Path]:
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [ROOT / name for name in found.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_test_modules_are_told_apart() -> None:
    """A folder of tests that is no package shares one name space with the others: two files of one name collide."""
    loose = [path for path in (ROOT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()]
    names = Counter(path.name for path in loose)
    twice = [str(path.relative_to(ROOT)) for path in sorted(loose) if names[path.name] > 1]
    assert not twice, f"same name in two folders that are no packages: {twice}; rename one"


def test_the_root_is_tidy() -> None:
    allowed = set(
        "README.md README.zh-CN.md LICENSE NOTICE Makefile AGENTS.md CONTRIBUTING.md SECURITY.md CHANGELOG.md "
        "changelog.d pyproject.toml hatch_build.py .importlinter requirements src frontend tests bench docs tools "
        "deploy .ci "
        ".gitignore .gitattributes .editorconfig .pre-commit-config.yaml".split()
    )
    found = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert found <= allowed, f"not at home in the root: {sorted(found - allowed)}"


def test_no_download_address_and_no_host_of_a_registry() -> None:
    patterns = re.compile(r'"resolved":\s*"https?:|--(extra-)?index-url|files\.pythonhosted|registry\.npm|pypi\.org')
    own = Path(__file__)
    for path in tracked():
        if path == own or path.suffix in (".png", ".jpg", ".ttf"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not patterns.search(text), f"{path.relative_to(ROOT)} names a registry or a download address"


def test_nothing_is_left_unfinished() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    for path in tracked():
        if path.suffix in (".py", ".ts", ".css", ".html") and path != Path(__file__):
            assert not words.search(path.read_text(encoding="utf-8")), f"{path.relative_to(ROOT)} is not finished"
