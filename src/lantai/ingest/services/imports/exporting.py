"""A catalogue leaves (导出): what was asked for, and the word to the ledger that it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import Actor
from lantai.catalog.queries import Exported, count_exported
from lantai.ledger.services import NewEntry, note_entries

MOST_CODES = 2000
_NOT_A_FILTER = ("codes", "records", "chosen")


def wanted_records(*, asked: Mapping[str, Any], selected: tuple[str, ...] | None = None) -> Exported:
    """What a form asks to export: codes one a line; *selected*, where a selection is the source, goes before them."""
    codes = tuple(dict.fromkeys(each.strip() for each in str(asked.get("codes", "")).splitlines() if each.strip()))
    return Exported(
        fonds=asked.get("fonds", ""),
        category=asked.get("category", ""),
        year_from=asked.get("year_from"),
        year_until=asked.get("year_until"),
        text=asked.get("text", "").strip(),
        codes=codes[:MOST_CODES] if selected is None else (),
        records=selected or (),
        chosen=selected is not None,
    )


def note_export(*, wanted: Exported, reader: Reader, by: Actor, now: datetime) -> int:
    """Tell the ledger what somebody exports, and return how many records that are; nothing is told of none.

    Raises OSError when it cannot be kept: then nothing may be exported.
    """
    number = count_exported(wanted=wanted, reader=reader)
    if number:
        chosen = {key: value for key, value in asdict(wanted).items() if value and key not in _NOT_A_FILTER}
        detail: dict[str, Any] = {"records": number, "filter": chosen, "codes": len(wanted.codes)}
        if wanted.chosen:
            detail["selected"] = len(wanted.records)
        note_entries(
            entries=[
                NewEntry(
                    kind="catalogue.exported", subject="catalogue", actor=by.reference, role=by.role,
                    address=by.address, at=now, detail=detail,
                )
            ]
        )  # fmt: skip
    return number
