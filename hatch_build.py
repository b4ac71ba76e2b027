"""Before a wheel or an sdist is packed, make what version control does not keep: scripts, styles, font, translations.

An sdist already carries them, so building a wheel from it needs no Node. An editable install makes nothing:
`make run` does.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MADE = (
    "src/lantai/common/static/lantai/dist/app.js",
    "src/lantai/common/static/lantai/dist/ui.css",
    "src/lantai/common/static/lantai/dist/icons.svg",
    "src/lantai/archival/render/fonts/NotoSansSC-Regular.ttf",
    "src/lantai/archival/render/fonts/NotoSerifSC-Regular.ttf",
    "src/lantai/archival/render/fonts/NotoSerifSC-Bold.ttf",
    "src/lantai/archival/render/fonts/DejaVuSans.ttf",
    "src/lantai/archival/render/fonts/NotoSansThai-Regular.ttf",
)


class AssetsHook(BuildHookInterface[Any]):
    """Called by hatchling before it packs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is missing. Raises RuntimeError, saying what to install, when Node is missing too."""
        if version == "editable":
            return
        root = Path(self.root)
        self._build_assets(root)
        self._compile_translations(root)

    def _build_assets(self, root: Path) -> None:
        if all((root / name).exists() for name in MADE):
            return
        node = shutil.which("node")
        if node is None:
            raise RuntimeError(
                "The front end is not built and Node is missing. Install Node >= 20 (apt-get install nodejs npm),"
                " or install a released wheel, which needs no Node."
            )
        subprocess.run([node, "build.mjs", "--if-changed"], cwd=root / "frontend", check=True)
        missing = [name for name in MADE if not (root / name).exists()]
        if missing:
            raise RuntimeError(f"building the front end left out {', '.join(missing)}")

    def _compile_translations(self, root: Path) -> None:
        path = root / "src/lantai/common/translations.py"
        spec = importlib.util.spec_from_file_location("lantai_translations", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.compile_translations(root / "src" / "lantai")
