"""What a catalogue exports, an import reads back to the same records: any values, every format; the access rule."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as chosen
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.administration.models import Person, Role
from lantai.administration.queries.people import Clearance, Reader
from lantai.archival.tables import look_at_table, read_portion, suggest_rules, targets, write_table
from lantai.archival.tables.attached import AttachedFiles
from lantai.catalog.models import Record
from lantai.catalog.queries import EXPORTED, Exported, count_exported, exported_lines
from lantai.ingest.models import LineState
from lantai.ingest.services.imports.drafting import record_columns
from lantai.ingest.services.imports.resolving import place_of_import, resolve_lines
from tests.ingest.county import found_county
from tests.ingest.importing import HEAD, as_csv, bring, check, row, take
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
TEXT = st.text(st.characters(categories=("L", "N", "P", "S")), max_size=30)
NAMED = TEXT.filter(bool)
DAYS = st.dates(min_value=date(1000, 1, 1), max_value=date(9998, 12, 31))


def reader(role: Role = Role.ARCHIVIST, **more: Any) -> Reader:
    return Reader(None, "x", "x", role, **more)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """Any record as the catalogue may hold it."""
    formed = draw(DAYS)
    return {
        "fonds_code": "0059", "category_code": "ZY", "class_code": draw(st.sampled_from(["", "XK"])),
        "year": draw(st.integers(1000, 2999)), "retention": draw(st.sampled_from(["Y", "D30", "D10"])),
        "function_code": draw(TEXT), "volume_number": draw(st.none() | st.integers(0, 999_999_999)),
        "item_number": draw(st.none() | st.integers(0, 999_999_999)), "title": draw(NAMED), "creator": draw(NAMED),
        "document_number": draw(TEXT), "formed_on": formed,
        "formed_until": draw(st.none() | st.just(date(9999, 1, 1))), "abstract": draw(TEXT),
        "pages": draw(st.none() | st.integers(0, 999_999_999)), "item_name": draw(TEXT), "item_code": draw(TEXT),
        "case_number": draw(TEXT), "applicant": draw(TEXT), "address": draw(TEXT), "result": draw(TEXT),
        "accepted_on": draw(st.none() | DAYS), "decided_on": draw(st.none() | DAYS),
        "open_state": draw(st.sampled_from(["unreviewed", "open", "controlled", "deferred"])),
        "secrecy": draw(st.sampled_from([0, 1])), "sharing": draw(st.sampled_from(["", "01", "03"])),
        "disclosure": draw(st.text(st.characters(categories=("L",)), max_size=20)),
        "level": draw(st.sampled_from(["item", "volume"])),
    }  # fmt: skip


@settings(max_examples=25)
@given(rows=st.lists(records(), min_size=1, max_size=4), kind=st.sampled_from(["xlsx", "csv", "xml"]))
def test_any_record_goes_out_and_comes_back(rows: list[dict[str, Any]], kind: str) -> None:
    now = timezone.now()
    found_county()
    Record.objects.all().delete()
    for number, values in enumerate(rows):
        Record.objects.create(
            record_code=f"E{number}", archive_code=f"旧-{number}", organisation_id=1, accessioned_at=now,
            changed_at=now, **values,
        )  # fmt: skip
    made = io.BytesIO()
    columns = [(key, targets()[key].zh) for key in EXPORTED]
    everything = exported_lines(wanted=Exported(), reader=reader(clearance=Clearance.RESTRICTED))
    write_table(made, kind, columns, everything, title="目录")  # type: ignore[arg-type]
    path = Path(take_place(made.getvalue()))
    look = look_at_table(path)
    rules = suggest_rules(look.head.columns)
    place = place_of_import(rules=rules, columns=look.head.columns, attached=AttachedFiles(()))
    lines = read_portion(path, look.form, look.head.last, 100).lines
    resolved = resolve_lines(lines=lines, place=place, now=now)
    assert len(resolved) == len(rows)
    for number, (before, after) in enumerate(zip(rows, resolved, strict=True)):
        assert [each for each in after.faults if each.grave] == []
        assert after.brought_code == f"旧-{number}"
        back = record_columns(resolved=after, record_code="E")
        assert {key: back[key] for key in before} == before


def take_place(data: bytes) -> str:
    """The path of a file that holds *data*, in this process's home."""
    path: Path = chosen.LANTAI_HOME / "round-trip"
    path.write_bytes(data)
    return str(path)


@pytest.fixture
def archivist() -> Person:
    found_county()
    return make_person(Role.ARCHIVIST, clearance=Clearance.RESTRICTED)


def test_a_reader_exports_only_what_he_may_see(archivist: Person) -> None:
    head = (*HEAD, "密级", "开放标识", "申请人")
    rows = [[*row(1), "限制", "控制", "张三"], [*row(2), "公开", "开放", "李四"]]
    take(archivist, bring(archivist, as_csv(rows, head=head)))
    place = EXPORTED.index("applicant")
    cleared = list(exported_lines(wanted=Exported(), reader=reader(clearance=Clearance.RESTRICTED)))
    assert [each[place] for each in cleared] == ["张三", "李四"]
    assert count_exported(wanted=Exported(), reader=reader()) == 1
    (public,) = exported_lines(wanted=Exported(), reader=reader(Role.PUBLIC))
    assert public[place] == ""
    assert public[EXPORTED.index("title")] == "关于第2号事项的批复"
    assert list(exported_lines(wanted=Exported(), reader=reader(Role.SYSTEM))) == []
    assert count_exported(wanted=Exported(year_until=2010), reader=reader()) == 0
    assert count_exported(wanted=Exported(text="第2号"), reader=reader()) == 1


def test_an_export_brought_back_to_the_same_archive_doubles_nothing(archivist: Person) -> None:
    take(archivist, bring(archivist, as_csv([row(1), row(2, 成文日期="2011年6月")])))
    made = io.BytesIO()
    everything = exported_lines(wanted=Exported(), reader=reader())
    write_table(made, "xlsx", [(key, targets()[key].zh) for key in EXPORTED], everything, title="目录")
    again = bring(archivist, made.getvalue(), name="目录.xlsx")
    check(archivist, again)
    assert set(again.lines.values_list("state", flat=True)) == {LineState.FAULTY}
    assert {each[0][0] for each in again.lines.values_list("faults", flat=True)} == {"code-held"}
    assert Record.objects.count() == 2
