"""Findings in short, and the table of check functions."""

from __future__ import annotations

from collections.abc import Callable

from lantai.archival.checks.model import Finding, Holdings
from lantai.archival.checks.pack import RulePack
from lantai.archival.packages.model import Package
from lantai.archival.packages.profile import Profile

Check = Callable[[Package, Profile, RulePack, Holdings], list[Finding]]

CHECKS: dict[str, Check] = {}
"""The function of every registered check, by its code."""


def check(code: str) -> Callable[[Check], Check]:
    """Register the function below as the check *code*. Raises ValueError when the code has one already."""

    def enter(function: Check) -> Check:
        if code in CHECKS:
            raise ValueError(f"{code} has two functions")
        CHECKS[code] = function
        return function

    return enter


def passed(code: str, **looked_at: object) -> list[Finding]:
    """The one finding of a check that looked at everything it must and found nothing wrong."""
    return [Finding(code, "pass", "looked", values={name: str(value) for name, value in looked_at.items()})]


def fail(code: str, reason: str, path: str = "", **values: object) -> Finding:
    """Something does not hold."""
    return Finding(code, "fail", reason, path, {name: str(value) for name, value in values.items()}, reason)


def warn(code: str, reason: str, path: str = "", **values: object) -> Finding:
    """Something to know that does not, by itself, make the package wrong."""
    return Finding(code, "warning", reason, path, {name: str(value) for name, value in values.items()}, reason)


def not_applicable(code: str, reason: str, path: str = "", **values: object) -> Finding:
    """The check could not look, or has nothing to look at; the reason says which."""
    return Finding(code, "not-applicable", reason, path, {name: str(value) for name, value in values.items()}, reason)


def manual(code: str, reason: str, path: str = "", **values: object) -> Finding:
    """Only a person can tell."""
    return Finding(code, "manual", reason, path, {name: str(value) for name, value in values.items()}, reason)
