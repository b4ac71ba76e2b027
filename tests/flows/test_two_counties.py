"""Two counties that witness each other, as the tool plays it: with real processes, and every cheat caught."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_whoever_cheats_is_seen_by_the_other_county() -> None:
    done = subprocess.run(
        [sys.executable, "tools/two_counties.py"], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    told = done.stdout
    assert "CAUGHT" in told and "NOT ALL" not in told
    assert "its own verification is content" in told  # with key and database in hand nobody inside sees it
    assert "Qingchuan refuses and keeps the evidence" in told
    assert "a reader under the policy: PROVEN" in told and "a reader under the policy: NOT PROVEN" in told
    assert told.count("the contradiction with both signed checkpoints") == 2
    assert "Yunling's witness finds the ledger rolled back" in told
