"""The reference data tests of rules and bodies begin from, and who loads it."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lantai.administration.models import Role
from lantai.administration.services import ReferenceLoaded, load_reference_data
from lantai.administration.services.people_access import Actor

NOW = datetime(2024, 9, 1, 8, 0, tzinfo=UTC)
ARCHIVIST = Actor(7, "archivist", Role.ARCHIVIST, "10.0.0.7")
AUDITOR = Actor(8, "auditor", Role.AUDIT, "10.0.0.8")
SYSTEM = Actor(9, "system", Role.SYSTEM, "10.0.0.9")


def reference_data() -> dict[str, Any]:
    """A fresh copy of the reference data."""
    return tomllib.loads(Path(__file__).with_name("reference.toml").read_text(encoding="utf-8"))


def load_reference(data: dict[str, Any] | None = None) -> ReferenceLoaded:
    """Load *data* (the file's, when None) as an archivist."""
    return load_reference_data(data=reference_data() if data is None else data, by=ARCHIVIST, now=NOW)
