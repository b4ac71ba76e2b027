"""Accept or dismiss a suggestion (建议): both are told to the ledger; accepting writes into the person's draft only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from lantai.administration.services.people_access import Actor
from lantai.catalog.models import Describing, Record
from lantai.catalog.queries.suggesting import Suggestion
from lantai.catalog.services.holding import keep_draft
from lantai.ledger.services import NewEntry, append_entries


def accept_suggestion(
    *,
    record_code: str,
    suggestion: Suggestion,
    rules: str,
    values: Mapping[str, str],
    version: int,
    by: Actor,
    now: datetime,
) -> None:
    """Put the proposed value into the draft beside the *values* typed so far; saving the draft makes it the record's.

    *rules* is the version of the rules that made it. Raises Record.DoesNotExist.
    """
    if by.person_id is None:
        raise ValueError("only a person accepts a suggestion")
    with transaction.atomic():
        _answer(record_code, suggestion, rules, "accepted", by, now)
        merged = {**values, suggestion.element: suggestion.value}
        keep_draft(record_code=record_code, values=merged, version=version, person_id=by.person_id, now=now)


def dismiss_suggestion(*, record_code: str, suggestion: Suggestion, rules: str, by: Actor, now: datetime) -> None:
    """Say that a proposed value is not wanted; it is not proposed again. Raises Record.DoesNotExist."""
    with transaction.atomic():
        _answer(record_code, suggestion, rules, "dismissed", by, now)


def _answer(record_code: str, suggestion: Suggestion, rules: str, answer: str, by: Actor, now: datetime) -> None:
    record = Record.objects.get(record_code=record_code)
    done, _made = Describing.objects.select_for_update().get_or_create(record=record)
    if suggestion.key in done.answers:
        return
    done.answers[suggestion.key] = answer
    done.save(update_fields=["answers"])
    place = {"page": suggestion.line.page, "line": suggestion.line.key} if suggestion.line is not None else {}
    detail = {"element": suggestion.element, "value": suggestion.value, "rule": f"{rules}/{suggestion.rule}"} | place
    append_entries(
        entries=[
            NewEntry(
                kind=f"suggestion.{answer}",
                subject=record_code,
                actor=by.reference,
                role=by.role,
                address=by.address,
                result=answer,
                at=now,
                detail=detail,
            )
        ]
    )
