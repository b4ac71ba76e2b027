"""Items composed by people: order and roles, a part split off, two merged; nothing lost, refused where it must be."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from lantai.administration.services.people_access import Actor
from lantai.catalog.components import StoredComponent
from lantai.catalog.models import ComponentText, Describing, Record, Representation
from lantai.catalog.queries import record_by_code
from lantai.catalog.queries.composition import Part
from lantai.catalog.queries.describing import parts_to_compose, record_to_describe
from lantai.catalog.services import NewRepresentation, register_records
from lantai.catalog.services.composing import CompositionRefused, compose_item, merge_items, split_item
from lantai.catalog.services.describing import NotToBeDescribed
from lantai.ledger.queries import entries_about
from tests.catalog.records import ARCHIVIST, new_record
from tests.ingest.county import found_county

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ME = Actor(1, "a", "archivist", "192.0.2.7")
FIRST, SECOND = f"E{1:026d}", f"E{2:026d}"


def files(number: int) -> list[StoredComponent]:
    names = ("申请表.pdf", "批复.pdf", "照片.jpg")
    return [
        StoredComponent(
            f"{number}/{name}", 100 + at, 10 * at, 90, "stored", f"{number}{at}", stage="C" if at == 1 else "A"
        )
        for at, name in enumerate(names)
    ]


def enter(number: int, **more: Any) -> Record:
    code = f"E{number:026d}"
    held = NewRepresentation(
        object_id=f"urn:box:{number}",
        path=f"{code}/package.zip",
        container="zip",
        bytes=303,
        sha512="a" * 128,
        components=files(number),
    )
    body = found_county()
    from_rule = {
        "fonds_code": "0059",
        "organisation_id": body.pk,
        "archive_code": more.pop("archive_code", None),
        "files": 3,
        "bytes": 303,
        "identity_digests": (f"digest{number}",),
        "representation": held,
    }
    with transaction.atomic():
        register_records(records=[new_record(number, **(from_rule | more))], by="t", now=NOW)
    record = Record.objects.get(record_code=code)
    text = f"申请表第{number}行\n批复第{number}行\n共有的一行"
    ComponentText.objects.create(record=record, body=zlib.compress(text.encode()), characters=9, extracted_at=NOW)
    return record


def text_of(code: str) -> str:
    return zlib.decompress(bytes(ComponentText.objects.get(record__record_code=code).body)).decode()


def parts(record: Record) -> list[Part]:
    return parts_to_compose(record_id=record.pk)


def split(record: Record, *names: str, **more: Any) -> str:
    chosen = {(each.representation_id, each.path) for each in parts(record) if each.path.split("/")[1] in names}
    values: dict[str, Any] = {"title": "申请表", "reason": "两件误作一件", "moved_lines": (), "kept_lines": ()} | more
    return split_item(record_code=record.record_code, chosen=chosen, by=ME, now=NOW, **values)


def test_order_and_roles_are_kept_and_shown() -> None:
    record = enter(1)
    first, second, third = parts(record)
    assert [each.role for each in (first, second, third)] == ["other", "main", "other"]
    wanted = [replace(second, role="main"), replace(first, role="attachment"), replace(third, role="draft")]
    assert compose_item(record_code=FIRST, parts=wanted, by=ME, now=NOW)
    assert not compose_item(record_code=FIRST, parts=wanted, by=ME, now=NOW)
    package = record_by_code(code=FIRST, reader=ARCHIVIST).package
    assert package is not None and package.whole
    assert [(each.path, each.role) for each in package.components] == [
        ("1/批复.pdf", "main"),
        ("1/申请表.pdf", "attachment"),
        ("1/照片.jpg", "draft"),
    ]
    entry = entries_about(subject=FIRST)[-1]
    assert entry.kind == "record.composed" and entry.detail is not None
    assert entry.detail["after"][0] == {"of": FIRST, "path": "1/批复.pdf", "role": "main"}
    for wrong in (wanted[:2], [*wanted, wanted[0]], [replace(wanted[0], role="chief"), *wanted[1:]]):
        with pytest.raises(CompositionRefused):
            compose_item(record_code=FIRST, parts=wrong, by=ME, now=NOW)


def test_a_part_becomes_an_item_with_a_code_of_its_own_and_its_own_text() -> None:
    record = enter(1)
    record.archive_code = "0059-ZY·XK·2026·D30-009999"
    record.save(update_fields=["archive_code"])
    code = split(
        record,
        "申请表.pdf",
        "照片.jpg",
        moved_lines=["申请表第 1 行", "共有的一行"],
        kept_lines=["批复第1行", "共有的一行"],
    )
    new, old = record_by_code(code=code, reader=ARCHIVIST), record_by_code(code=FIRST, reader=ARCHIVIST)
    assert new.package is not None and old.package is not None
    assert [each.path for each in new.package.components] == ["1/申请表.pdf", "1/照片.jpg"]
    assert [each.path for each in old.package.components] == ["1/批复.pdf"]
    assert not new.package.whole and not old.package.whole
    assert (new.package.object_id, new.summary.title, new.summary.files) == ("urn:box:1", "申请表", 2)
    assert new.summary.archive_code.startswith("0059-ZY·XK·2026·D30-")
    assert old.summary.archive_code == "0059-ZY·XK·2026·D30-009999"
    assert text_of(FIRST) == "批复第1行\n共有的一行"
    assert text_of(code) == "申请表第 1 行\n共有的一行"
    assert old.related == (("refers", code, "申请表", "两件误作一件"),)
    assert [each.kind for each in entries_about(subject=code)] == [
        "record.accessioned",
        "code.given",
        "record.split-off",
    ]
    entry = entries_about(subject=FIRST)[-1]
    assert entry.kind == "record.split" and entry.detail is not None and entry.detail["records"] == [FIRST, code]
    assert Representation.objects.get().record_id == record.pk
    made = Record.objects.get(record_code=code)
    assert (made.retention, made.open_state, made.fonds_code) == (
        record.retention,
        record.open_state,
        record.fonds_code,
    )
    assert list(made.identity_keys.values_list("digest", flat=True)) == ["digest1"]


def test_splitting_is_refused_whole() -> None:
    record = enter(1)
    before = Record.objects.count(), Describing.objects.count()
    for names, why in (((), "empty"), (("申请表.pdf", "批复.pdf", "照片.jpg"), "whole")):
        with pytest.raises(CompositionRefused) as refused:
            split(record, *names)
        assert refused.value.why == why
    with pytest.raises(ValueError, match="reason"):
        split(record, "申请表.pdf", reason=" ")
    assert (Record.objects.count(), Describing.objects.count()) == (before[0], 0)


def test_merging_keeps_everything_and_voids_the_code_with_its_reason() -> None:
    record, other = enter(1), enter(2)
    other.archive_code = "0059-ZY·XK·2026·D30-000002"
    other.save(update_fields=["archive_code"])
    merge_items(record_code=FIRST, other=SECOND, reason="同一份批复", by=ME, now=NOW)
    whole = record_by_code(code=FIRST, reader=ARCHIVIST)
    assert whole.package is not None and not whole.package.whole
    assert [each.path for each in whole.package.components] == [each.path for each in (*files(1), *files(2))]
    assert [each.held_in for each in whole.package.components[3:]] == [("urn:box:2", f"{SECOND}/package.zip")] * 3
    assert [each.role for each in parts(record)].count("main") == 1
    assert (whole.summary.files, whole.bytes) == (6, 606)
    gone = record_by_code(code="0059-ZY·XK·2026·D30-000002", reader=ARCHIVIST)
    assert (gone.summary.record_code, gone.state, gone.merged_into, gone.package) == (SECOND, "merged", FIRST, None)
    assert gone.codes == (("0059-ZY·XK·2026·D30-000002", "void", "同一份批复"),)
    assert text_of(FIRST) == "申请表第1行\n批复第1行\n共有的一行\n申请表第2行\n批复第2行\n共有的一行"
    assert set(record.identity_keys.values_list("digest", flat=True)) == {"digest1", "digest2"}
    assert [each.kind for each in entries_about(subject=SECOND)][-2:] == ["code.voided", "record.merged-into"]
    assert Representation.objects.count() == 2
    with pytest.raises(NotToBeDescribed):
        merge_items(record_code=FIRST, other=SECOND, reason="再来", by=ME, now=NOW)
    again = split(record, "批复.pdf", title="批复")
    assert record_to_describe(code=again, reader=ARCHIVIST, now=NOW).values["title"] == "批复"


def test_what_must_agree_keeps_two_apart() -> None:
    enter(1)
    enter(2, retention="Y", open_state="open")
    with pytest.raises(CompositionRefused) as refused:
        merge_items(record_code=FIRST, other=SECOND, reason="看起来像", by=ME, now=NOW)
    assert refused.value.columns == ("retention", "open_state")
    with pytest.raises(CompositionRefused):
        merge_items(record_code=FIRST, other=FIRST, reason="自己", by=ME, now=NOW)
    assert not Describing.objects.exclude(parts=None).exists()


def test_volumes_are_not_composed() -> None:
    enter(1, level="volume")
    with pytest.raises(CompositionRefused):
        compose_item(record_code=FIRST, parts=[], by=ME, now=NOW)
