"""Verify the ledger alone: every entry, tile, checkpoint, cosignature, with progress, going on where it broke off."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path

import typer
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from lantai.archival.verification import Found, Language
from lantai.ledger.chains import ChainFailed
from lantai.ledger.queries import (
    LedgerState,
    anchors_kept,
    open_chain,
    verify_ledger,
    wrong_anchors,
    wrong_timestamps,
)
from lantai.site.cli.verify_shown import FOUND, SOUND, UNREADABLE, finding_lines, progress_shown

PIECE = 20_000
"""Entries between two savings of the position."""


def verify_ledger_alone(*, as_json: bool, language: Language, again: bool) -> int:
    """Recompute the whole ledger and say the first break; returns the exit code.

    Broken off (Ctrl+C, kill), the next run goes on at the last position kept, unless *again* asks for all of it. A
    position is a promise about what was checked, so it lies in LANTAI_HOME, beside the database it speaks of.
    """
    place = Path(settings.LANTAI_HOME) / "verify-ledger.json"
    state, since = (LedgerState(), timezone.now()) if again else _position(place)
    began, begun_at = time.monotonic(), state.checked
    with progress_shown() as shown:
        line = shown.add_task("")
        try:
            while True:
                progress = verify_ledger(state=state, limit=PIECE)
                state = progress.state
                if progress.done:
                    break
                _keep(place, state, since)
                words = f"{('账本', 'ledger')[language == 'en']}  / {progress.size:,}  "
                shown.update(line, description=words, completed=state.checked)
        except KeyboardInterrupt:
            typer.echo(_broken_off(state, language), err=True)
            return UNREADABLE
        except (DatabaseError, OSError) as error:
            typer.echo(f"核验中断 verification broke off: {error}", err=True)
            return UNREADABLE
    place.unlink(missing_ok=True)
    seconds = time.monotonic() - began
    broken = progress.found
    findings = [Found(f"ledger.{broken.code}", str(broken.index), {"detail": broken.detail})] if broken else []
    for size, why in wrong_timestamps(now=timezone.now()):
        findings.append(Found("ledger.timestamp.wrong", str(size), {"detail": why}))
    anchors = _anchors(findings)
    if as_json:
        answer = {"input": "ledger", "kind": "ledger", "verdict": "invalid" if findings else "valid"}
        told = {"entries": state.checked, "went_on_at": begun_at, "seconds": round(seconds, 1)}
        looked_up = {"anchors": anchors} if anchors else {}
        typer.echo(
            json.dumps(
                answer | told | looked_up | {"findings": [each.as_data() for each in findings]}, ensure_ascii=False
            )
        )
    else:
        english = language == "en"
        head = f"{'✗' if findings else '✓'} {('账本', 'The ledger')[english]}  {state.checked:,}  {seconds:.1f} s"
        lines = [f"  {('链上锚定', 'Anchors')[english]}: {anchors}"] if anchors else []
        typer.echo("\n".join([head, *lines, *(finding_lines(each, language) for each in findings)]))
    return FOUND if findings else SOUND


def _anchors(findings: list[Found]) -> str:
    """Look the anchors up in their chain, the wrong ones into *findings*; returns how many, or why not, "" for none.

    A chain that is away says nothing about the ledger: it is told, and is no finding.
    """
    kept = anchors_kept()
    if not kept:
        return ""
    try:
        for size, why in wrong_anchors(chain=open_chain()):
            findings.append(Found("ledger.anchor.wrong", str(size), {"detail": why}))
    except ChainFailed as failed:
        return f"未能复核 not looked up ({kept}): {failed}"
    return str(kept)


def _broken_off(state: LedgerState, language: Language) -> str:
    if language == "en":
        return f"Broken off at entry {state.checked:,}; the next run goes on there."
    return f"在第 {state.checked:,} 条中断；下次从这里继续。"


def _position(place: Path) -> tuple[LedgerState, datetime]:
    """Where a run broken off stood; the beginning where there is none, or its file cannot be understood."""
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        peaks = tuple(bytes.fromhex(each) for each in kept["peaks"])
        if len(peaks) != int(kept["checked"]).bit_count():
            return LedgerState(), timezone.now()
        return LedgerState(int(kept["checked"]), peaks), datetime.fromisoformat(kept["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return LedgerState(), timezone.now()


def _keep(place: Path, state: LedgerState, since: datetime) -> None:
    made = place.with_suffix(".tmp")
    text = {"checked": state.checked, "peaks": [each.hex() for each in state.peaks], "since": since.isoformat()}
    made.write_text(json.dumps(text), encoding="utf-8")
    made.replace(place)
