"""What all tests share: a home of their own, and the corpus of samples nobody here wrote."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_home = os.environ.get("LANTAI_TEST_HOME") or tempfile.mkdtemp(prefix="lantai-test-")
os.environ["LANTAI_HOME"] = _home
CORPUS = Path(os.environ.get("LANTAI_CORPUS", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of sample data; skipped, with the reason said, where it is absent."""
    if not CORPUS.is_dir():
        pytest.skip(f"no sample data at {CORPUS}: set LANTAI_CORPUS to its folder")
    return CORPUS
