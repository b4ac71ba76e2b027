"""Styles and scripts as they are shipped: for old browsers, with enough contrast, made of pinned packages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lantai.common.states import STATES

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "frontend"
DIST = ROOT / "src/lantai/common/static/lantai/dist"
TOO_NEW = (
    "color-mix(",
    "oklch(",
    "oklab(",
    ":has(",
    "@layer",
    "@container",
    ":is(",
    ":where(",
    "aspect-ratio",
    "dvh",
    "&",
)
PAIRS = (
    ("ink-900", "white", 7),
    ("ink-800", "white", 7),
    ("ink-700", "ink-100", 4.5),
    ("ink-700", "ink-150", 4.5),
    ("ink-600", "white", 4.5),
    ("ink-600", "ink-50", 4.5),
    ("ink-500", "white", 4.5),
    ("ink-500", "ink-50", 4.5),
    ("ink-500", "paper-50", 4.5),
    ("ink-500", "ink-100", 4.5),
    ("dai-600", "white", 4.5),
    ("dai-600", "paper-50", 4.5),
    ("dai-600", "dai-50", 4.5),
    ("dai-600", "info-100", 4.5),
    ("dai-600", "bad-100", 4.5),
    ("dai-800", "dai-100", 4.5),
    ("white", "dai-600", 4.5),
    ("white", "dai-800", 7),
    ("white", "dai-900", 7),
    ("white", "zhu-600", 4.5),
    ("white", "zhu-500", 4.5),
    ("ok-700", "ok-100", 4.5),
    ("ok-700", "white", 4.5),
    ("warn-700", "warn-100", 4.5),
    ("warn-700", "white", 4.5),
    ("bad-700", "bad-100", 4.5),
    ("bad-700", "dai-100", 4.5),
    ("bad-600", "white", 4.5),
    ("info-700", "info-100", 4.5),
    ("seal-700", "seal-100", 4.5),
    ("ink-800", "info-100", 4.5),
    ("ink-800", "warn-100", 4.5),
    ("paper-700", "paper-100", 4.5),
    ("ink-400", "white", 3),
    ("ok-600", "white", 3),
    ("warn-600", "white", 3),
    ("info-600", "info-100", 3),
)


def _tokens() -> dict[str, str]:
    text = (FRONTEND / "src/css/tokens.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--lt-([a-z]+(?:-\d+)?): (#[0-9a-f]{6});", text))


def _luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_rightly() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_text_can_be_read(text: str, ground: str, least: float) -> None:
    tokens = _tokens()
    assert _contrast(tokens[text], tokens[ground]) >= least


def test_every_tone_of_a_state_has_its_colours() -> None:
    styles = (FRONTEND / "src/css/components.css").read_text(encoding="utf-8")
    for tone in {state.tone for state in STATES.values()} - {""}:
        assert f".lt-tag--{tone} {{" in styles
        assert f"{tone}-700" in styles


@pytest.fixture(scope="module")
def built_styles() -> str:
    node = shutil.which("node")
    if node is None and not (DIST / "ui.css").exists():
        pytest.skip("no built front end and no Node >= 20: apt-get install nodejs npm, then make run")
    if node is not None:
        subprocess.run([node, "build.mjs", "--if-changed"], cwd=FRONTEND, check=True)
    return (DIST / "ui.css").read_text(encoding="utf-8")


def test_styles_work_in_the_oldest_browsers_promised(built_styles: str) -> None:
    assert len(built_styles) > 20_000
    assert [each for each in TOO_NEW if each in built_styles] == []


def test_class_names_are_our_own(built_styles: str) -> None:
    """Other libraries and htmx add classes of theirs; ours cannot clash when all begin alike."""
    names = set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r"url\([^)]*\)", "", built_styles)))
    assert {name for name in names if not name.startswith("lt-")} <= {"htmx-request"}


def test_classes_used_in_templates_have_styles(built_styles: str) -> None:
    templates = (ROOT / "src/lantai/common/templates").rglob("*.html")
    used = {
        name
        for path in templates
        for value in re.findall(
            r'class="([^"]*)"', re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", path.read_text(encoding="utf-8"))
        )
        for name in value.split()
        if name.startswith("lt-") and not name.endswith("-")
    }
    assert len(used) > 80
    assert {name for name in used if f".{name}" not in built_styles} == set()


def test_scripts_have_right_types() -> None:
    node = shutil.which("node")
    compiler = FRONTEND / "node_modules/typescript/bin/tsc"
    if node is None or not compiler.exists():
        pytest.skip("no TypeScript: cd frontend && npm ci --ignore-scripts")
    done = subprocess.run([node, str(compiler), "--noEmit"], cwd=FRONTEND, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0


def test_packages_are_pinned_and_no_address_is_kept() -> None:
    described = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))
    pins = {**described["dependencies"], **described["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values())
    lock = json.loads((FRONTEND / "package-lock.json").read_text(encoding="utf-8"))
    bodies = {name: body for name, body in lock["packages"].items() if name}
    assert all("integrity" in body and "resolved" not in body for body in bodies.values())
    assert {name: bodies[f"node_modules/{name}"]["version"] for name in pins} == pins
    assert pins["htmx.org"].startswith("2."), "version 4 changes what attributes mean"


def test_everything_bundled_is_named_in_the_notices(built_styles: str) -> None:
    notices = (DIST / "THIRD-PARTY-NOTICES.txt").read_text(encoding="utf-8")
    for name in ("htmx.org 2.", "@tabler/icons 3.", "@expo-google-fonts/noto-sans-sc 0.", "dejavu-fonts-ttf 2."):
        assert name in notices
    assert "SIL OPEN FONT LICENSE" in notices.upper()
    fonts = ROOT / "src/lantai/archival/render/fonts"
    assert (fonts / "NotoSansSC-Regular.ttf").stat().st_size > 1_000_000
    for name in ("NotoSansSC-OFL.txt", "NotoSansThai-OFL.txt"):
        assert "SIL OPEN FONT LICENSE" in (fonts / name).read_text(encoding="utf-8").upper()
    assert "BITSTREAM" in (fonts / "DejaVuSans-LICENSE.txt").read_text(encoding="utf-8").upper()


def test_nothing_is_built_twice(built_styles: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node >= 20: apt-get install nodejs npm")
    before = (DIST / "app.js").stat().st_mtime_ns
    subprocess.run([node, "build.mjs", "--if-changed"], cwd=FRONTEND, check=True)
    assert (DIST / "app.js").stat().st_mtime_ns == before
