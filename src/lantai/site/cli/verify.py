"""Check a proof bundle with the same stand-alone script that goes to strangers."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Annotated

import typer

SCRIPT = Path(__file__).resolve().parents[4] / "tools" / "verify_proof.py"


def verify(
    bundles: Annotated[list[Path], typer.Argument(exists=True, help="proof bundles (JSON)")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line an input")] = False,
) -> None:
    """离线验证存证 Verify proof bundles offline."""
    sys.argv = ["verify_proof.py", *(["--json"] if as_json else []), *(str(each) for each in bundles)]
    runpy.run_path(str(SCRIPT), run_name="__main__")
