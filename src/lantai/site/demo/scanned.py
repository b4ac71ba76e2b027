"""A cart of paper of the demo county: records that exist on paper only, and the pages a contractor scanned of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction

from lantai.administration.queries import organisation_of
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.codes import rule_from_data
from lantai.catalog.models import OpenState
from lantai.catalog.services import CodeRequest, NewRecord, register_records, reserve_codes
from lantai.digitisation.area import incoming_folder
from lantai.digitisation.services import ScansRefused, take_folder
from lantai.ingest.services.receiving import new_record_code
from lantai.site.demo.county import bodies
from lantai.site.demo.invention import invent_name
from lantai.site.demo.paper import draw_pages

PAGES = 60
A_RECORD = 5
"""Pages of each record."""
FOLDER = "云岭县审批局 2009 年纸质档案"
_RULE = {
    "key": "yunling-scanned",
    "structure": "fonds-category·class2·year·retention-item:4",
    "patterns": {"fonds": "[0-9A-Z]{4}"},
}
_ITEMS = ("餐饮服务许可", "食品流通许可", "药品经营许可", "公共场所卫生许可", "道路运输经营许可", "特种行业许可")


def bring_scans(*, pages: int, now: datetime, progress: Callable[[int], None]) -> int:
    """Register records on paper, draw *pages* scanned pages of them and register their folder as a batch, which is
    then checked and waits to be read; *progress* is told how many pages are drawn. Returns how many there are.

    Broken off, it begins again with the records that are there and the pages that are missing.
    """
    folder = incoming_folder() / FOLDER
    if not folder.is_dir():
        codes = _register_paper(records=-(-pages // A_RECORD), now=now)
        for code in codes:
            (folder / code).mkdir(parents=True)
    codes = sorted(each.name for each in folder.iterdir())
    orders = [
        (folder / codes[number // A_RECORD] / f"{number % A_RECORD + 1:04}.jpg", number)
        for number in range(len(codes) * A_RECORD)
    ]
    draw_pages([each for each in orders if not each[0].exists()], progress)
    try:
        take_folder(folder=FOLDER, name="", profile="text", by=CONSOLE, now=now)
    except ScansRefused as refused:
        if refused.code != "twice":
            raise
    return len(orders)


def _register_paper(*, records: int, now: datetime) -> list[str]:
    """Records of 2009 on paper, each of so many pages; their archive codes."""
    body, chance = bodies()["SPJ"], random.Random("scanned")
    numbers = [new_record_code() for _each in range(records)]
    fixed = {"fonds": body.fonds, "category": "ZY", "class2": "XK", "year": "2009", "retention": "Y"}
    requests = [CodeRequest(each, rule_from_data(_RULE), fixed) for each in numbers]
    held = reserve_codes(requests=requests, by="console", now=now).held
    with transaction.atomic():
        register_records(
            records=[
                NewRecord(
                    record_code=each,
                    archive_code=held[each].code,
                    item_number=held[each].number,
                    title=f"{invent_name(chance)}申请{_ITEMS[place % len(_ITEMS)]}",
                    formed_on=date(2009, 1 + place % 12, 3 + place),
                    item_name=_ITEMS[place % len(_ITEMS)],
                    result="准予许可",
                    pages=A_RECORD,
                    fonds_code=body.fonds,
                    category_code="ZY",
                    class_code="XK",
                    year=2009,
                    retention="Y",
                    creator=body.name,
                    organisation_id=organisation_of(code=body.code).id,
                    open_state=OpenState.CONTROLLED,
                    retention_rule="Y1",
                    retention_table="YL@2016-1",
                )
                for place, each in enumerate(numbers)
            ],
            by="console",
            now=now,
        )
    return [held[each].code for each in numbers]
