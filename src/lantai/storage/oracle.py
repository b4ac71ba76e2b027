"""What another's validator says of our storage roots: ``ocfl-py``, the oracle beside our own checks.

It is a program of its own (``ocfl-validate.py``), installed where the operator wants it by the extra "oracle", in our
environment or on the path; without it nothing is asked, and the page says so.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lantai.archival import ocfl
from lantai.storage.models import Location
from lantai.storage.stores import open_store

PROGRAM = "ocfl-validate.py"
_VERDICT = re.compile(r".*Object at (.+) is (VALID|INVALID)")
_LONGEST = 2000
_PATIENCE = 3600
"""Seconds for one batch of objects, of which each may be as large as a box gets."""


def oracle_program() -> str | None:
    """The path of the oracle; None where it is not installed."""
    return shutil.which(PROGRAM, path=str(Path(sys.executable).parent)) or shutil.which(PROGRAM)


def oracle_roots() -> Mapping[str, ocfl.PosixStore]:
    """The roots on file systems that are there, by the codes of their locations, in order: it reads no other."""
    found = {}
    for place in Location.objects.filter(away_since=None, kind=Location.Kind.POSIX).order_by("code"):
        store = open_store(place)
        if isinstance(store, ocfl.PosixStore) and ocfl.root_is_there(store):
            found[place.code] = store
    return found


def oracle_problems(*, store: ocfl.PosixStore, folders: Sequence[str]) -> dict[str, str]:
    """What the oracle finds wrong, digests and all, with the objects in *folders*: those it does not call valid, each
    with its words. Raises OSError when there is no oracle, subprocess.TimeoutExpired.
    """
    program = oracle_program()
    if program is None:
        raise FileNotFoundError(PROGRAM)
    if not folders:
        return {}
    paths = {f"{store.root.path}/{each}": each for each in folders}
    ran = subprocess.run(
        [sys.executable, program, "--quiet", *paths], capture_output=True, text=True, timeout=_PATIENCE, check=False
    )
    judged: dict[str, str] = {}
    said: list[str] = []
    for line in ran.stdout.splitlines():
        verdict = _VERDICT.fullmatch(line)
        if verdict is None:
            said.append(line)
        elif verdict[1] in paths:
            judged[paths[verdict[1]]] = "" if verdict[2] == "VALID" else ("; ".join(said) or line)[:_LONGEST]
            said = []
    silent = {each: ran.stderr[-_LONGEST:] or "no verdict" for each in folders if each not in judged}
    return {each: words for each, words in (judged | silent).items() if words}
