"""Catalogue imports through their services: dry run, records, codes, files, what stays out, what is sent again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import typer
from django.utils import timezone
from typer.testing import CliRunner

from lantai.administration.models import Person, Role
from lantai.catalog.models import CodeAssignment, CodeScope, Record
from lantai.catalog.queries import unclaimed_contents, verify_records
from lantai.ingest.models import CatalogueImport, Crosswalk, ImportLine, ImportState, LineState
from lantai.ingest.services.imports import (
    ImportRefused,
    MappingRefused,
    choose_header,
    queue_check,
    queue_import,
    save_crosswalk,
    use_rules,
)
from lantai.ledger.queries import list_entries
from lantai.site.cli.archive import add_commands
from lantai.storage.queries import open_content
from lantai.work.models import Job, JobState, Notice
from lantai.work.services import run_jobs
from tests.ingest.county import found_county
from tests.ingest.importing import HEAD, as_csv, as_zip, bring, by, check, row, take
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
CODE = "0059-ZY·XK·2011·Y-{:06}"


@pytest.fixture
def archivist() -> Person:
    found_county()
    return make_person(Role.ARCHIVIST)


def faults(catalogue: CatalogueImport) -> dict[int, list[str]]:
    return {each.number: [one[0] for one in each.faults] for each in catalogue.lines.order_by("number") if each.faults}


def test_a_dry_run_writes_nothing_and_tells_every_fault(archivist: Person) -> None:
    rows = [
        row(1),
        row(2, 成文日期="2011年13月3日"),
        row(3, 全宗号="9999"),
        row(4, 题名="", 责任者=""),
        row(5, 保管期限="很久"),
        row(6, 门类代码="QQ"),
        row(7, 页数="三页"),
        row(8, 档号=CODE.format(1)),
        row(9, 档号=CODE.format(1)),
        row(1),
        row(11, 备注="身份证 11010519491231002X"),
        row(12, 文号="云审〔2011〕1号"),
        row(13, 档号="0059-ZY·XK·2012·Y-000009"),
    ]
    catalogue = check(archivist, bring(archivist, as_csv(rows)))
    assert catalogue.state == ImportState.CHECKED
    assert catalogue.lines_read == 13
    assert faults(catalogue) == {
        3: ["day"],
        4: ["unknown-fonds"],
        5: ["missing", "missing"],
        6: ["retention"],
        7: ["unknown-category"],
        8: ["number"],
        10: ["code-repeated"],
        11: ["same-line", "number-repeated"],
        12: ["identity"],
        13: ["number-repeated"],
        14: ["code-disagrees"],
    }
    assert dict(catalogue.lines.values_list("number", "state"))[13] == LineState.READY
    assert not Record.objects.exists()
    assert not CodeAssignment.objects.exists()
    assert [each.kind for each in list_entries(kinds=["import.opened", "record.accessioned"], limit=9)] == [
        "import.opened"
    ]


def test_lines_become_records_with_new_and_with_their_own_codes(archivist: Person) -> None:
    rows = [row(1), row(2, 档号=CODE.format(40)), row(3, 档号="旧档-2011-17"), row(4), row(5, 题名="")]
    catalogue = take(archivist, bring(archivist, as_csv(rows)))
    assert catalogue.state == ImportState.TROUBLED
    found = {each.title: each for each in Record.objects.all()}
    assert len(found) == 4
    codes = [found[f"关于第{number}号事项的批复"].archive_code for number in (1, 2, 3, 4)]
    assert codes == [CODE.format(41), CODE.format(40), "旧档-2011-17", CODE.format(42)]
    one = found["关于第1号事项的批复"]
    assert (one.fonds_code, one.category_code, one.year, one.retention) == ("0059", "ZY", 2011, "Y")
    assert (one.formed_on.isoformat(), one.pages, one.document_number) == ("2011-05-03", 1, "云审〔2011〕1号")
    assert one.description["日期"] == "20110503"
    assert found["关于第2号事项的批复"].item_number == 40
    assert CodeScope.objects.get(scope__startswith="fonds=0059").last == 42
    assert set(CodeAssignment.objects.values_list("state", flat=True)) == {"used"}
    entries = {each.subject: each for each in list_entries(kinds=["record.accessioned"], limit=99)}
    assert set(entries) == {each.record_code for each in found.values()}
    told = entries[one.record_code].detail
    assert told["archive_code"] == CODE.format(41)
    assert told["description"]["题名"] == one.title
    assert told["import"] == catalogue.pk
    (moved,) = list_entries(kinds=["code.sequence-moved"], limit=9)
    assert (moved.detail["before"], moved.detail["after"]) == (0, 40)
    (finished,) = list_entries(kinds=["import.finished"], limit=9)
    assert finished.detail == {"taken": 4, "kept_out": 1, "known": 0}
    assert Notice.objects.get(person=archivist).text == "import-finished"
    assert Job.objects.get(key=f"import.run:{catalogue.pk}").state == JobState.TROUBLED
    assert verify_records().findings == ()


def test_files_named_by_code_come_with_their_records(archivist: Person) -> None:
    page = b"\xff\xd8\xff\xe0" + b"page" * 500
    files = {
        "扫描/0059-ZY.XK.2011.Y-000007-001.jpg": page + b"1",
        "扫描/0059-ZY.XK.2011.Y-000007-002.jpg": page + b"2",
        "扫描/0059-zy·xk·2011·y-000008.pdf": b"%PDF-1.4 eight",
        "多余.pdf": b"%PDF-1.4 nobody's",
        "Thumbs.db": b"litter",
    }
    rows = [row(1, 档号=CODE.format(7)), row(2, 档号=CODE.format(8)), row(3, 档号=CODE.format(9))]
    catalogue = check(archivist, bring(archivist, as_csv(rows), files=as_zip(files)))
    assert (catalogue.attached_files, catalogue.surplus) == (4, ["多余.pdf"])
    assert faults(catalogue) == {4: ["no-file"]}
    queue_import(catalogue_id=catalogue.pk, by=by(archivist), now=timezone.now())
    run_jobs(drain=True)
    seven = Record.objects.get(archive_code=CODE.format(7))
    kept = seven.representations.get()
    assert seven.files == 2
    with open_content(object_id=kept.object_id, path=kept.path) as stream:
        data = stream.read()
    assert hashlib.sha512(data).hexdigest() == kept.sha512
    assert page + b"2" in data
    assert not Record.objects.get(archive_code=CODE.format(9)).representations.exists()
    assert verify_records().findings == ()
    assert unclaimed_contents(object_ids=[kept.object_id]) == {}


def test_a_line_names_its_files_and_two_lines_do_not_share_one(archivist: Person) -> None:
    head = (*HEAD, "文件名")
    rows = [[*row(1), "a.pdf;b.pdf"], [*row(2), "b.pdf"], [*row(3), "没有.pdf"]]
    files = as_zip({"x/a.pdf": b"a", "x/b.pdf": b"b"})
    catalogue = check(archivist, bring(archivist, as_csv(rows, head=head), files=files))
    assert faults(catalogue) == {3: ["file-twice"], 4: ["file-missing"]}
    assert catalogue.lines.get(number=2).files == ["x/a.pdf", "x/b.pdf"]


def test_volumes_and_the_items_in_them(archivist: Person) -> None:
    head = (*HEAD, "著录层级", "案卷档号")
    rows = [
        [*row(1, 档号="0059-ZY-V1"), "案卷级", ""],
        [*row(2, 档号="0059-ZY-V1-2"), "文件级", "0059-ZY-V1"],
        [*row(3, 档号="0059-ZY-V9-3"), "文件级", "0059-ZY-V9"],
    ]
    catalogue = take(archivist, bring(archivist, as_csv(rows, head=head)))
    volume = Record.objects.get(archive_code="0059-ZY-V1")
    assert volume.level == "volume"
    assert [each.archive_code for each in volume.children.all()] == ["0059-ZY-V1-2"]
    assert faults(catalogue)[4][0] == "parent-missing"


def test_what_was_taken_is_known_when_it_is_sent_again(archivist: Person) -> None:
    take(archivist, bring(archivist, as_csv([row(1), row(2, 成文日期="不详")])))
    again = take(archivist, bring(archivist, as_csv([row(1), row(2, 成文日期="2011.6.1")])))
    assert list(again.lines.order_by("number").values_list("state", flat=True)) == [LineState.KNOWN, LineState.TAKEN]
    assert Record.objects.count() == 2
    assert again.state == ImportState.DONE


def test_a_code_that_was_ever_given_is_refused(archivist: Person) -> None:
    take(archivist, bring(archivist, as_csv([row(1, 档号=CODE.format(3))])))
    other = check(archivist, bring(archivist, as_csv([row(9, 档号=CODE.format(3))])))
    assert faults(other) == {2: ["code-held"]}
    with pytest.raises(MappingRefused, match="unchecked"):
        queue_import(catalogue_id=other.pk, by=by(archivist), now=timezone.now())


def test_a_code_given_between_dry_run_and_import_keeps_its_line_out(archivist: Person) -> None:
    late = check(archivist, bring(archivist, as_csv([row(9, 档号=CODE.format(3)), row(10)])))
    take(archivist, bring(archivist, as_csv([row(1, 档号=CODE.format(3))])))
    queue_import(catalogue_id=late.pk, by=by(archivist), now=timezone.now())
    run_jobs(drain=True)
    late.refresh_from_db()
    refused = late.lines.get(number=2)
    assert (late.state, refused.state, refused.why) == (ImportState.TROUBLED, LineState.REFUSED, "code-brought-taken")
    assert Record.objects.count() == 2
    assert Job.objects.get(key=f"import.run:{late.pk}").state == JobState.TROUBLED


def test_certificate_numbers_are_sealed_and_stand_nowhere_else(archivist: Person) -> None:
    number = "11010519491231002X"
    catalogue = take(archivist, bring(archivist, as_csv([[*row(1), number]], head=(*HEAD, "身份证号"))))
    record = Record.objects.get()
    assert record.sealed is not None
    assert record.identity_keys.count() == 1
    assert number not in str(record.description)
    assert number not in str([each.detail for each in list_entries(limit=99)])
    assert number not in str(list(ImportLine.objects.values()))
    assert number not in str(CatalogueImport.objects.values().get(pk=catalogue.pk))


def test_a_saved_crosswalk_is_found_again_by_its_header(archivist: Person) -> None:
    head = ("编号甲", "说法乙", "丙", "丁", "期")
    data = as_csv([["1", "批复", "县政府", "2011-1-1", "永久"]], head=head)
    first = bring(archivist, data)
    with pytest.raises(MappingRefused, match="missing"):
        queue_check(catalogue_id=first.pk, by=by(archivist))
    rules = [
        {"target": "title", "columns": ["说法乙"], "steps": [{"act": "trim"}]},
        {"target": "creator", "columns": ["丙"], "steps": []},
        {"target": "date", "columns": ["丁"], "steps": [{"act": "date", "epoch": 1900}]},
        {"target": "year", "columns": ["丁"], "steps": [{"act": "part", "pattern": "^([0-9]{4})"}]},
        {"target": "retention", "columns": ["期"], "steps": [{"act": "codes", "map": {"永久": "Y"}, "default": "D30"}]},
        {"target": "fonds_code", "columns": [], "steps": [{"act": "constant", "value": "0059"}]},
        {"target": "category_code", "columns": [], "steps": [{"act": "constant", "value": "ZY"}]},
    ]
    use_rules(catalogue_id=first.pk, rules=rules)
    saved = save_crosswalk(catalogue_id=first.pk, name="  老系统  导出 ", by=by(archivist), now=timezone.now())
    assert (saved.name, saved.version) == ("老系统 导出", 1)
    assert save_crosswalk(catalogue_id=first.pk, name="老系统 导出", by=by(archivist), now=timezone.now()) == saved
    second = bring(archivist, data)
    assert (second.crosswalk, second.rules) == (saved, saved.rules)
    use_rules(catalogue_id=second.pk, rules=[*rules[:-1], rules[-1] | {"steps": [{"act": "constant", "value": "WS"}]}])
    newer = save_crosswalk(catalogue_id=second.pk, name="老系统 导出", by=by(archivist), now=timezone.now())
    assert newer.version == 2
    assert Crosswalk.objects.count() == 2
    take(archivist, first)
    assert Record.objects.get().title == "批复"


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("unknown-target", {"target": "nothing", "columns": ["题名"]}),
        ("no-source", {"target": "title", "columns": []}),
        ("unknown-act", {"target": "title", "columns": ["题名"], "steps": [{"act": "run"}]}),
        ("bad-pattern", {"target": "title", "columns": ["题名"], "steps": [{"act": "part", "pattern": "("}]}),
        ("slow-pattern", {"target": "title", "columns": ["题名"], "steps": [{"act": "part", "pattern": "(a+)+$"}]}),
        ("no-codes", {"target": "title", "columns": ["题名"], "steps": [{"act": "codes"}]}),
    ],
)
def test_a_crosswalk_that_cannot_be_one_is_refused(archivist: Person, code: str, rule: dict[str, object]) -> None:
    catalogue = bring(archivist, as_csv([row(1)]))
    with pytest.raises(MappingRefused, match=code):
        use_rules(catalogue_id=catalogue.pk, rules=[rule])


def test_the_header_can_be_put_right(archivist: Person) -> None:
    catalogue = bring(archivist, as_csv([row(1), row(2)]))
    choose_header(catalogue_id=catalogue.pk, sheet="", first=0, last=0)
    catalogue.refresh_from_db()
    assert catalogue.columns[0] == "A"
    choose_header(catalogue_id=catalogue.pk, sheet="", first=1, last=1)
    catalogue.refresh_from_db()
    assert catalogue.columns[0] == "档号"
    with pytest.raises(MappingRefused, match="sheet"):
        choose_header(catalogue_id=catalogue.pk, sheet="没有", first=1, last=1)


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("empty", b""),
        ("empty", b"\r\n\r\n"),
        ("old-excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("broken", b"PK\x03\x04 no workbook"),
        ("broken", b"<a><b>1</b>"),
        ("entities", b'<!DOCTYPE a [<!ENTITY x "y">]><a><b><c>1</c></b><b><c>&x;</c></b></a>'),
        ("not-a-table", bytes(range(256)) * 8),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_not_kept(archivist: Person, code: str, data: bytes) -> None:
    with pytest.raises(ImportRefused) as refused:
        bring(archivist, data)
    assert refused.value.code == code
    assert not CatalogueImport.objects.exists()


def test_attached_files_that_are_no_zip_are_refused(archivist: Person) -> None:
    with pytest.raises(ImportRefused, match="files"):
        bring(archivist, as_csv([row(1)]), files=b"no zip")


def test_pressed_twice_it_is_done_once(archivist: Person) -> None:
    catalogue = check(archivist, bring(archivist, as_csv([row(1)])))
    for _press in range(2):
        queue_import(catalogue_id=catalogue.pk, by=by(archivist), now=timezone.now())
    run_jobs(drain=True)
    assert Record.objects.count() == 1
    assert len(list_entries(kinds=["import.begun"], limit=9)) == 1


def test_the_command_checks_and_imports(archivist: Person, tmp_path: Path) -> None:
    app = typer.Typer()
    add_commands(app)
    table, folder = tmp_path / "目录.csv", tmp_path / "扫描"
    (folder / "子").mkdir(parents=True)
    (folder / "子" / "0059-ZY.XK.2011.Y-000007.pdf").write_bytes(b"%PDF-1.4 seven")
    table.write_bytes(as_csv([row(1, 档号=CODE.format(7)), row(2, 成文日期="[不详]")]))
    asked = ["import", str(table), "--files", str(folder), "--json"]
    dry = CliRunner().invoke(app, [*asked, "--dry-run"])
    assert dry.exit_code == 1, dry.output
    told = json.loads(dry.stdout)
    assert (told["state"], told["counts"]) == ("checked", {"ready": 1, "faulty": 1})
    assert told["lines"][0]["problems"] == "I3 成文日期：不能识别为日期（[不详]）"
    assert not Record.objects.exists()
    assert json.loads(CliRunner().invoke(app, asked).stdout)["state"] == "troubled"
    assert Record.objects.get().files == 1
    assert "000007" in str(Record.objects.get().archive_code)
    unknown = CliRunner().invoke(app, [*asked, "--crosswalk", "没有"])
    assert (unknown.exit_code, "没有名为" in unknown.stdout) == (2, True)
    catalogue = CatalogueImport.objects.get(pk=told["import"])
    save_crosswalk(catalogue_id=catalogue.pk, name="局目录", by=by(archivist), now=timezone.now())
    mended = as_csv([row(2, 成文日期="2011.5")])
    table.write_bytes(mended)
    plain = CliRunner().invoke(app, ["import", str(table), "--crosswalk", "局目录"])
    assert (plain.exit_code, Record.objects.count()) == (0, 2), plain.output
