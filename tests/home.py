"""Loaded before the settings: every test process gets a LANTAI_HOME of its own, gone when it ends."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

HOME = tempfile.mkdtemp(prefix="lantai-test-")
os.environ["LANTAI_HOME"] = HOME
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
