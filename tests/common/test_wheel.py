"""A wheel carries everything built, so that installing it needs no Node."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WANTED = (
    "lantai/common/static/lantai/dist/app.js",
    "lantai/common/static/lantai/dist/ui.css",
    "lantai/common/static/lantai/dist/icons.svg",
    "lantai/common/static/lantai/dist/THIRD-PARTY-NOTICES.txt",
    "lantai/common/locale/en/LC_MESSAGES/django.mo",
    "lantai/common/templates/lantai/base.html",
    "lantai/archival/render/fonts/NotoSansSC-Regular.ttf",
    "lantai/archival/render/fonts/NotoSansSC-OFL.txt",
    "lantai/archival/render/fonts/DejaVuSans.ttf",
    "lantai/archival/render/fonts/DejaVuSans-LICENSE.txt",
    "lantai/archival/render/fonts/NotoSansThai-Regular.ttf",
    "lantai/archival/render/fonts/NotoSansThai-OFL.txt",
)


@pytest.mark.slow
def test_wheel_carries_the_built_pages_without_node(tmp_path: Path) -> None:
    if not (ROOT / "src" / WANTED[0]).exists():
        pytest.skip("no built front end: node frontend/build.mjs --if-changed")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, env={"PATH": str(Path(sys.executable).parent), "HOME": str(tmp_path)})
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    assert set(WANTED) - names == set()
    assert any(name.startswith("lantai/common/static/lantai/dist/chunks/viewer-") for name in names)
    assert not any("node_modules" in name for name in names)
