"""Check proof bundles with the same stand-alone script that goes to strangers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

SCRIPT = "verify_proof.py"


def verify(
    bundles: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="proof bundles (JSON)")],
    vkey: Annotated[str, typer.Option(help="the ledger's public key, from where the archive publishes it")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line an input")] = False,
) -> None:
    """离线验证存证 Verify proof bundles offline: 0 all proven, 1 one is not, 2 one cannot be read."""
    worst = 0
    for bundle in bundles:
        command = [sys.executable, "-I", str(_script()), str(bundle), *(["--vkey", vkey] if vkey else [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        worst = max(worst, done.returncode)
        said = (done.stdout + done.stderr).strip()
        if as_json:
            answer = {"input": str(bundle), "proven": done.returncode == 0, "lines": said.splitlines()}
            print(json.dumps(answer, ensure_ascii=False))
        else:
            print(said)
    raise typer.Exit(worst)


def _script() -> Path:
    """The script: beside this package in a wheel, under tools/ in a checkout."""
    packed = Path(__file__).resolve().parents[1] / SCRIPT
    return packed if packed.exists() else Path(__file__).resolve().parents[4] / "tools" / SCRIPT
