"""Walk the staff pages in Chromium 91, which county desktops still have (a development check: make old-browser)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from demo_server import PASSWORD, ROOT, demo_server

FOLDER = ROOT / "frontend/old-browser"
PICTURES = ROOT / "build/old-browser"


def main() -> int:
    """Install the old browser, start a small county, and let each role walk its pages. Pictures: build/old-browser."""
    if not (FOLDER / "node_modules").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER, check=True)
    guide = tomllib.loads((ROOT / "tools/guide_pictures.toml").read_text(encoding="utf-8"))
    rounds: dict[str, list[str]] = {}
    for each in guide["picture"]:
        if "{" not in each["page"]:
            rounds.setdefault(each["as"], []).append(each["page"])
    told = [{"username": name, "password": PASSWORD, "pages": pages} for name, pages in rounds.items()]
    with demo_server(cases=40) as address, tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(told, file)
        file.flush()
        command = ["node", "look.mjs", address, file.name, str(PICTURES)]
        return subprocess.run(command, cwd=FOLDER, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
