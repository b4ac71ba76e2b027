"""Rules in force: packs frozen and dated, retention by the unit's own table, the export a lone machine checks by."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test.utils import CaptureQueriesContext
from reference_data import ARCHIVIST, AUDITOR, NOW, load_reference, reference_data
from typer.testing import CliRunner

from lantai.administration.models import ItemVersion, RulePackVersion, ServiceItem
from lantai.administration.queries import NoSuchRulePack, list_rule_packs, rule_pack, rule_pack_labelled
from lantai.administration.services import (
    NewCodeScheme,
    NewItemVersion,
    NewRetentionRule,
    NewRetentionTable,
    NewRuleSet,
    ReferenceRefused,
    publish_base_rules,
    publish_code_scheme,
    publish_item_versions,
    publish_retention_table,
    publish_rule_pack,
    publish_rule_sets,
)
from lantai.archival.checks import choose_retention, default_pack, load_rule_pack, rule_pack_to_data
from lantai.archival.codes import rule_from_data
from lantai.common.errors import Refused
from lantai.site.cli.rules import app

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_before_any_was_published_the_delivered_pack_holds() -> None:
    assert rule_pack() is default_pack()
    assert list_rule_packs() == []


def test_a_pack_holds_from_its_day_and_is_read_once() -> None:
    load_reference()
    first = rule_pack(at=NOW)
    assert rule_pack(at=datetime(2023, 12, 31, 15, 59, tzinfo=UTC)) is default_pack()
    assert rule_pack(at=datetime(2023, 12, 31, 16, 0, tzinfo=UTC)).label == first.label  # midnight in China
    publish_code_scheme(
        scheme=NewCodeScheme(
            "KU", {"key": "accounts", "structure": "fonds-category·year-volume:3-item:3"}, date(2024, 10, 1)
        ),
        by=ARCHIVIST,
        now=NOW,
    )
    second = publish_rule_pack(effective_from=date(2024, 10, 1), by=ARCHIVIST, now=NOW, note="会计")
    assert rule_pack(at=NOW) is first
    assert rule_pack(at=NOW + timedelta(days=40)).label == second.label
    assert [each.label for each in list_rule_packs()] == [second.label, first.label]
    assert rule_pack_labelled(label=first.label) is first
    assert rule_pack_labelled(label=default_pack().label) is default_pack()
    with pytest.raises(NoSuchRulePack):
        rule_pack_labelled(label="nobody/1")


def test_asking_for_the_pack_costs_one_query(django_assert_num_queries: CaptureQueriesContext) -> None:
    load_reference()
    rule_pack(at=NOW)
    with django_assert_num_queries(1):
        rule_pack(at=NOW)


def test_publishing_the_same_rules_again_gives_the_pack_that_stands() -> None:
    load_reference()
    [row] = RulePackVersion.objects.all()
    assert publish_rule_pack(effective_from=date(2024, 5, 1), by=ARCHIVIST, now=NOW) == row


def test_items_and_their_levels_stand_in_the_pack() -> None:
    load_reference()
    pack = rule_pack(at=NOW)
    assert [each.code for each in pack.items] == ["0119000101", "0734000201"]
    item = pack.item("0119000101")
    assert item is not None
    assert (item.category, item.promised_days) == ("ZY·XK·SP", 10)
    assert [(each.version, each.valid_from, each.valid_to) for each in item.versions] == [
        ("1", "2023-01-01", "2024-06-30"),
        ("2", "2024-07-01", ""),
    ]
    assert [(each.level, each.key) for each in pack.rule_sets] == [("default", ""), ("unit", "Z109")]
    assert pack.formats == default_pack().formats


@pytest.mark.parametrize(
    ("metadata", "code", "rule"),
    [
        ({"item_code": "0734000201", "fonds_code": "Z020"}, "Y", "YL@2023-1/1"),
        ({"item_code": "0119000101", "fonds_code": "Z020"}, "D30", "YL@2023-1/2"),
        ({"item_code": "0119000101", "fonds_code": "Z109"}, "D30", "SCJG@2023-1/1"),
        ({"item_code": "0734000201", "fonds_code": "Z109"}, "D10", ""),
        ({"fonds_code": "Z020"}, "D10", ""),
    ],
)
def test_retention_goes_by_the_units_own_table(metadata: dict[str, str], code: str, rule: str) -> None:
    load_reference()
    decision = choose_retention(rule_pack(at=NOW), metadata)
    assert (decision.code, decision.rule) == (code, rule)


def test_longer_periods_are_tried_first() -> None:
    load_reference()
    rules = [
        NewRetentionRule("1", "短", "D5", [{"element": "title", "operator": "present"}]),
        NewRetentionRule("2", "长", "D15", [{"element": "title", "operator": "present"}]),
        NewRetentionRule("3", "永久", "Y", [{"element": "title", "operator": "is", "values": ["贵重"]}]),
    ]
    table = NewRetentionTable("YL", "2024-1", "新表", date(2024, 6, 1), rules, default_code="D10")
    publish_retention_table(table=table, by=ARCHIVIST, now=NOW)
    publish_rule_pack(effective_from=date(2024, 6, 1), by=ARCHIVIST, now=NOW)
    pack = rule_pack(at=NOW)
    assert pack.retention.order == ("Y", "D30", "D15", "D10", "D5")
    assert choose_retention(pack, {"title": "一般"}).rule == "YL@2024-1/2"
    assert choose_retention(pack, {"title": "贵重"}).code == "Y"


def test_a_new_version_ends_the_one_before_it() -> None:
    load_reference()
    publish_item_versions(versions=[NewItemVersion("0734000201", "1", date(2024, 1, 1))], by=ARCHIVIST, now=NOW)
    new = NewItemVersion("0734000201", "2", date(2024, 9, 1), rules=[])
    publish_item_versions(versions=[new], by=ARCHIVIST, now=NOW)
    rows = ItemVersion.objects.filter(item__code="0734000201").order_by("valid_from")
    assert [(each.version, each.valid_to) for each in rows] == [("1", date(2024, 8, 31)), ("2", None)]
    for again in (replace(new, version="3"), replace(new, valid_from=date(2025, 1, 1)), replace(new, item="none")):
        with pytest.raises(ReferenceRefused):
            publish_item_versions(versions=[again], by=ARCHIVIST, now=NOW)


def test_rules_of_every_kind_only_move_forward() -> None:
    load_reference()
    with pytest.raises(ReferenceRefused, match="2023-01-01"):
        publish_rule_sets(rule_sets=[NewRuleSet("default", date(2023, 1, 1))], by=ARCHIVIST, now=NOW)
    with pytest.raises(ReferenceRefused, match="2023-01-01"):
        publish_retention_table(
            table=NewRetentionTable("YL", "2023-1", "同版本", date(2025, 1, 1), []), by=ARCHIVIST, now=NOW
        )
    with pytest.raises(ReferenceRefused, match="2023-01-01"):
        publish_code_scheme(
            scheme=NewCodeScheme(
                "WS", {"key": "x", "structure": "fonds-category-item:3"}, date(2023, 1, 1), profile="wenshu"
            ),
            by=ARCHIVIST,
            now=NOW,
        )


def test_base_rules_are_read_before_they_are_kept() -> None:
    data = rule_pack_to_data(default_pack())
    with pytest.raises(ReferenceRefused, match="colour"):
        publish_base_rules(
            version="1", data={**data, "colour": 1}, effective_from=date(2024, 1, 1), by=ARCHIVIST, now=NOW
        )
    strict = {**data, "code": "county", "severities": {"GD-1-5": "blocking"}}
    publish_base_rules(version="1", data=strict, effective_from=date(2024, 1, 1), by=ARCHIVIST, now=NOW)
    with pytest.raises(ReferenceRefused, match="已经发布"):
        publish_base_rules(version="1", data=strict, effective_from=date(2024, 2, 1), by=ARCHIVIST, now=NOW)
    publish_rule_pack(effective_from=date(2024, 1, 1), by=ARCHIVIST, now=NOW)
    pack = rule_pack(at=NOW)
    assert (pack.code, pack.severities) == ("county", {"GD-1-5": "blocking"})
    assert pack.items == default_pack().items


def test_an_unsound_pack_is_not_published() -> None:
    load_reference()
    ItemVersion.objects.filter(version="2").update(rules=[{"code": "x"}])
    with pytest.raises(ReferenceRefused, match=r"items\[0\]\.versions\[1\]\.rules\[0\]"):
        publish_rule_pack(effective_from=date(2024, 9, 1), by=ARCHIVIST, now=NOW)
    assert RulePackVersion.objects.count() == 1


def test_who_has_no_say_changes_nothing() -> None:
    load_reference()
    with pytest.raises(Refused):
        publish_rule_pack(effective_from=date(2024, 9, 1), by=AUDITOR, now=NOW)


def test_the_tables_refuse_two_open_versions() -> None:
    load_reference()
    item = ServiceItem.objects.get(code="0119000101")
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemVersion.objects.create(item=item, version="9", valid_from=date(2025, 1, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemVersion.objects.create(item=item, version="9", valid_from=date(2025, 1, 1), valid_to=date(2024, 1, 1))


def test_export_is_the_pack_the_server_uses(tmp_path: Path) -> None:
    load_reference()
    file = tmp_path / "pack.json"
    outcome = CliRunner().invoke(app, ["export", str(file)])
    assert outcome.exit_code == 0, outcome.output
    assert load_rule_pack(file) == rule_pack()
    shown = CliRunner().invoke(app, ["export", "-", "--label", rule_pack().label])
    assert json.loads(shown.stdout)["version"] == rule_pack().version
    assert CliRunner().invoke(app, ["export", str(file), "--label", "none/1"]).exit_code == 1
    assert rule_pack().label in CliRunner().invoke(app, ["list"]).output


def test_load_and_publish_at_the_command_line(tmp_path: Path) -> None:
    source = Path(__file__).with_name("reference.toml")
    assert CliRunner().invoke(app, ["load", str(source)]).exit_code == 0
    assert rule_pack().label.startswith("yunling/20240101")
    data = json.loads(json.dumps(reference_data(), default=str))
    data["item"][0]["version"][0]["mode"] = "replace"
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(data), encoding="utf-8")
    outcome = CliRunner().invoke(app, ["load", str(changed)])
    assert outcome.exit_code == 1
    assert "已经发布且内容不同" in outcome.output
    changed.write_text("{", encoding="utf-8")
    assert CliRunner().invoke(app, ["load", str(changed)]).exit_code == 1
    assert CliRunner().invoke(app, ["publish", "--from", "2024-02-30"]).exit_code == 1
    assert CliRunner().invoke(app, ["publish", "--from", "2024-02-01"]).exit_code == 0


def test_every_code_rule_of_the_pack_can_be_used() -> None:
    load_reference()
    pack = rule_pack(at=NOW)
    assert [rule_from_data(each.rule).key for each in pack.codes] == ["approval-three", "documents", "approval"]
    assert pack.codes[0].agrees == {"fonds": "fonds_code", "year": "year", "retention": "retention"}
