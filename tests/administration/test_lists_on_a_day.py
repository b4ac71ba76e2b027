"""Code lists on a day: delivered, decided and former versions, and who judges by the record's own date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from lantai.administration.queries.lists import code_list, codes_in_force, delivered_lists, lists_on
from lantai.administration.services.code_lists import publish_code_list
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import CONSOLE
from lantai.ledger.queries import entries_about

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DELIVERED = date(2022, 7, 1)


def publish(version: str, day: date, *codes: str, key: str = "dat18-disclosure") -> None:
    rows = [{"code": each, "zh": each, "en": "", "note": ""} for each in codes]
    publish_code_list(key=key, version=version, valid_from=day, basis="本馆决定", codes=rows, by=CONSOLE, now=NOW)


def test_every_day_has_one_version_and_it_is_that_of_the_day() -> None:
    publish("2024", date(2024, 1, 1), "公开", "不公开")
    publish("1999", date(1999, 6, 1), "开放", "控制")
    publish("2030", date(2030, 1, 1), "公开")
    publish("1985", date(1985, 1, 1), "公开件")
    begins = [(date(1985, 1, 1), "1985"), (date(1999, 6, 1), "1999"), (DELIVERED, "2022"), (date(2024, 1, 1), "2024")]
    begins.append((date(2030, 1, 1), "2030"))
    versions = code_list(key="dat18-disclosure").versions
    for around, _name in begins:
        for day in (around - timedelta(days=1), around, around + timedelta(days=400)):
            slow = next((name for first, name in reversed(begins) if first <= day), "1985")
            listed, version = lists_on(keys=["dat18-disclosure"], on=day)["dat18-disclosure"]
            assert (version.version, listed.on(day)) == (slow, version), day
            assert codes_in_force(key="dat18-disclosure", on=day) == version.codes
            holding = [each.version for each in versions if each.valid_from <= day <= (each.valid_to or day)]
            assert holding == [slow] or day < date(1985, 1, 1), "versions neither overlap nor leave a gap"


def test_a_former_version_lies_before_the_first_and_is_told_in_the_ledger() -> None:
    publish("1999", date(1999, 6, 1), "开放", "控制")
    for version, day in (("x", date(2010, 1, 1)), ("1999", date(1990, 1, 1)), ("y", DELIVERED)):
        with pytest.raises(ReferenceRefused, match="补录的旧版须在"):
            publish(version, day, "a")
    assert [each.version for each in code_list(key="dat18-disclosure").versions] == ["2022", "1999"]
    [entry] = entries_about(subject="code-list:dat18-disclosure")
    assert entry.detail is not None
    assert (entry.detail["before"]["version"], entry.detail["after"]["valid_to"]) == ("2022", "2022-06-30")


def test_fields_of_lists_are_known_once() -> None:
    fields = [name for each in delivered_lists().values() for name in each.fields]
    assert len(fields) == len(set(fields))
    assert {"item_type", "service_type", "applicant_type", "retention", "M34", "M38", "M45"} <= set(fields)
