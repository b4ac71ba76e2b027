"""Verify the whole archive at once, with progress."""

from __future__ import annotations

import json
from collections import Counter

import typer
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from lantai.archival.verification import Found, Language
from lantai.site.cli.verify_shown import FOUND, SOUND, UNREADABLE, finding_lines, progress_shown
from lantai.site.verifying import Step, verify_round
from lantai.storage.services import AREAS, begin_round

CONSOLE = "console"


def verify_whole_archive(*, as_json: bool, language: Language) -> int:
    """Make a round of verification from beginning to end and say what it found; returns the exit code.

    Findings are kept, told to the ledger and become duties, as those of the steward's rounds.
    """
    at = 1 if language == "en" else 0
    found: list[tuple[str, Found]] = []
    looked_at: Counter[str] = Counter()
    with progress_shown() as shown:
        line = shown.add_task("")

        def step_done(area: str, step: Step) -> None:
            looked_at[area] += step.looked_at
            found.extend((area, each) for each in step.findings)
            shown.update(line, description=AREAS[area][at], completed=looked_at[area])

        try:
            verify_round(round_id=begin_round(by=CONSOLE, now=timezone.now()), position={}, step_done=step_done)
        except (DatabaseError, OSError) as error:
            typer.echo(f"{'核验中断 verification broke off'}: {error}", err=True)
            return UNREADABLE
    faulty = any(each.is_error for _area, each in found)
    if as_json:
        findings = [{"area": area} | each.as_data() for area, each in found]
        verdict = "invalid" if faulty else "valid"
        answer = {"input": settings.LANTAI_ARCHIVE_NAME, "kind": "archive", "verdict": verdict}
        typer.echo(json.dumps(answer | {"looked_at": looked_at, "findings": findings}, ensure_ascii=False))
    else:
        for area, names in AREAS.items():
            told = [each for where, each in found if where == area]
            typer.echo(f"{'✗' if told else '✓'} {names[at]}  {looked_at[area]:,}")
            for each in told:
                typer.echo(finding_lines(each, language))
        typer.echo(_summary(len(found), language))
    return FOUND if faulty else SOUND


def _summary(findings: int, language: Language) -> str:
    if language == "en":
        return f"Verified; findings: {findings}" if findings else "Verified: everything is what it was"
    return f"核验完成：发现 {findings} 处问题" if findings else "核验完成：一切与登记时相同"
