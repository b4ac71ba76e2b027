"""Reference data from one file: complete, without effect when loaded again, all or nothing."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from reference_data import ARCHIVIST, AUDITOR, NOW, load_reference, reference_data

from lantai.administration.models import (
    Agreement,
    Fonds,
    ItemVersion,
    Organisation,
    RecordClass,
    RetentionTable,
    RulePackVersion,
    ServiceItem,
)
from lantai.administration.queries import rule_pack
from lantai.administration.services import ReferenceRefused, load_reference_data
from lantai.administration.services.people_access import CONSOLE
from lantai.common.errors import Refused
from lantai.ledger.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_everything_stands_after_loading() -> None:
    loaded = load_reference()
    assert loaded.counts == {
        "organisation": 3,
        "class": 4,
        "fonds": 3,
        "item": 2,
        "version": 2,
        "rule_set": 2,
        "retention_table": 2,
        "code_scheme": 3,
        "base_rules": 0,
        "agreement": 2,
    }
    unit = Organisation.objects.get(code="SCJG-XK")
    assert unit.parent == Organisation.objects.get(credit_code="11331199MB00000177")
    assert RecordClass.objects.get(path="ZY·XK·SP").level == 3
    assert ServiceItem.objects.get(code="0119000101").record_class == RecordClass.objects.get(path="ZY·XK·SP")
    first = ItemVersion.objects.get(item__code="0119000101", version="1")
    assert first.valid_to is not None
    assert first.valid_to.isoformat() == "2024-06-30"
    assert rule_pack(at=NOW).label == loaded.rule_pack


def test_every_change_is_in_the_ledger_with_what_came() -> None:
    load_reference()
    kinds = Counter(Entry.objects.values_list("kind", flat=True))
    assert kinds == {
        "administration.organisation-registered": 3,
        "administration.class-registered": 4,
        "administration.fonds-opened": 3,
        "administration.item-registered": 2,
        "administration.item-version-published": 2,
        "administration.material-rules-published": 2,
        "administration.retention-table-published": 2,
        "administration.code-scheme-published": 3,
        "administration.agreement-signed": 2,
        "administration.rule-pack-published": 1,
    }
    entry = json.loads(Entry.objects.get(subject="retention-table:SCJG").text or "")
    assert entry["actor"] == ARCHIVIST.reference
    assert entry["detail"]["after"]["effective_from"] == "2023-01-01"
    assert [each["code"] for each in entry["detail"]["after"]["rules"]] == ["1"]


def test_loading_again_changes_nothing() -> None:
    before = load_reference()
    entries = Entry.objects.count()
    again = load_reference()
    assert set(again.counts.values()) == {0}
    assert again.rule_pack == before.rule_pack
    assert Entry.objects.count() == entries
    assert RulePackVersion.objects.count() == 1


def test_json_text_loads_like_toml() -> None:
    text = json.dumps(reference_data(), default=str)
    assert load_reference(json.loads(text)).counts["version"] == 2
    assert set(load_reference().counts.values()) == {0}


def test_additions_come_in_and_make_a_new_pack() -> None:
    first = load_reference()
    data = reference_data()
    data["item"].append({"code": "0119000202", "name": "药品经营许可", "type": "01", "organisation": "SCJG"})
    data["rule_pack"] = {"effective_from": "2024-08-01"}
    second = load_reference(data)
    assert second.counts["item"] == 1
    assert second.rule_pack != first.rule_pack
    assert rule_pack(at=NOW).item("0119000202") is not None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.update(colour=[]), "colour"),
        (lambda data: data["organisation"][0].update(colour="red"), "organisation SCJG"),
        (lambda data: data["organisation"][0].pop("name"), "organisation SCJG"),
        (lambda data: data["organisation"][0].pop("code"), "code"),
        (lambda data: data["organisation"][1].update(parent="NONE"), "NONE"),
        (lambda data: data["organisation"][0].update(credit_code="11331199MB0000017X"), "11331199MB0000017X"),
        (lambda data: data["organisation"].append(data["organisation"][0]), "SCJG"),
        (lambda data: data["class"].append({"path": "ZY·XK·A·B·C", "name": "五级"}), "ZY·XK·A·B·C"),
        (lambda data: data["class"].append({"path": "KJ·A", "name": "无上级"}), "KJ·A"),
        (lambda data: data["fonds"][0].update(organisation="NONE"), "NONE"),
        (lambda data: data["fonds"].append(data["fonds"][0]), "Z109"),
        (lambda data: data["item"][0].update(record_class="XX"), "0119000101"),
        (lambda data: data["item"][0]["version"][0].update(valid_from="soon"), "soon"),
        (lambda data: data["rule_set"][0].update(key="Z109"), "缺省"),
        (lambda data: data["retention_table"][1].update(organisation="NONE"), "NONE"),
        (lambda data: data["code_scheme"][0]["rule"].update(structure="fonds"), "档号规则"),
        (lambda data: data["code_scheme"][1].update(fonds="X999"), "X999"),
        (lambda data: data["agreement"][0].update(fonds="X999"), "未登记"),
        (lambda data: data["retention_table"][0]["rule"][0].update(conditions=[{"element": "x"}]), "operator"),
        (lambda data: data["item"][0]["version"][0].update(rules=[{"code": "x"}]), "rules"),
    ],
)
def test_bad_data_is_refused_whole_and_by_name(change: Any, says: str) -> None:
    data = reference_data()
    change(data)
    with pytest.raises(ReferenceRefused, match=says):
        load_reference(data)
    assert not Organisation.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["item"][0]["version"][1].update(rules=[]),
        lambda data: data["rule_set"][0].update(mode="replace"),
        lambda data: data["retention_table"][0]["rule"][0].update(retention="D30"),
        lambda data: data["code_scheme"][0].update(defaults={"class2": "XK"}),
    ],
)
def test_published_rules_do_not_change(change: Any) -> None:
    load_reference()
    data = reference_data()
    change(data)
    with pytest.raises(ReferenceRefused, match="已经发布且内容不同"):
        load_reference(data)


def test_only_archivists_and_the_operator_load() -> None:
    with pytest.raises(Refused):
        load_reference_data(data=reference_data(), by=AUDITOR, now=NOW)
    assert load_reference_data(data=reference_data(), by=CONSOLE, now=NOW).counts["fonds"] == 3
    assert Fonds.objects.count() == 3
    assert Agreement.objects.count() == 2
    assert RetentionTable.objects.count() == 2
