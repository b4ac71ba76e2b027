"""Verdicts one by one: what was not looked at never passes, what the archive knows counts, policy decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.archival.checks import (
    Finding,
    Holdings,
    RulePack,
    ValueList,
    definitions,
    examine,
    examine_metadata,
    key_values,
    message,
    report,
)
from lantai.archival.checks.examination import CHECKS
from lantai.archival.checks.integrity_checks import attachments_named
from lantai.archival.checks.pack import ElementOverride, Outcome
from lantai.archival.formats import FileFacts, Format, SignatureFact
from lantai.archival.packages import Component, HandoverLine, Material, Package, Profile, load_profile

EMPTY = Package("x", "zip", "fuzhou", 0)
KNOWING = Holdings(
    known=frozenset({"record_codes", "fonds", "source_registered", "catalogue_readable", "virus", "carrier"}),
    fonds=frozenset({"0059"}),
    source_registered=True,
    catalogue_readable=True,
    virus_engine="ClamAV 1.4.3",
    virus_signatures="27600",
    evidence={"GD-4-7": "三员制度检查合格（档案科，2026-01-05）"},
    today="2026-01-05",
)


def judged(
    code: str, package: Package, pack: RulePack, holdings: Holdings = KNOWING, profile: str = "fuzhou"
) -> list[Finding]:
    found = examine(package, profile=load_profile(profile), pack=pack, holdings=holdings).findings
    return [each for each in found if each.code == code]


def verdicts(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.verdict, each.reason) for each in found]


def with_metadata(package: Package, **values: str) -> Package:
    return replace(package, metadata={**package.metadata, **values})


@pytest.mark.parametrize("code", sorted(definitions()))
@pytest.mark.parametrize(
    "package",
    [
        EMPTY,
        replace(EMPTY, unread={"components": "entry.link", "base": "entry.link", "process": "entry.link"}),
        replace(EMPTY, components=(Component("a.pdf", b"a.pdf", "utf-8", 3),)),
        replace(EMPTY, profile="wenshu"),
    ],
    ids=["empty", "unread", "uncharacterised", "other profile"],
)
def test_nothing_passes_that_was_not_looked_at(code: str, package: Package, pack: RulePack) -> None:
    found = CHECKS[code](package, load_profile(package.profile), pack, Holdings())
    assert found, "every check answers"
    # An uncharacterised component was seen by name: its container opened, no more.
    seen = {"GD-3-7"} if package.components else set()
    assert code in seen or all(each.verdict != "pass" for each in found)


def test_manual_is_only_for_what_a_person_must_see(pack: RulePack, sound: Package) -> None:
    for package in (EMPTY, sound, replace(sound, components=())):
        for holdings in (Holdings(), KNOWING, replace(KNOWING, carrier="光盘 CD-R 3 张", evidence={})):
            for each in examine(package, profile=load_profile("fuzhou"), pack=pack, holdings=holdings).findings:
                assert each.verdict != "manual" or definitions()[each.code].method in ("P", "M"), each


def test_a_sound_package_passes_everything_the_archive_can_know(
    pack: RulePack, sound: Package, profile: Profile
) -> None:
    outcome = examine(sound, profile=profile, pack=pack, holdings=KNOWING)
    assert outcome.decision == "accepted" and outcome.faults == ()
    rest = {each.code: each.reason for each in outcome.findings if each.verdict != "pass"}
    assert rest == {
        "GD-2-1": "no-batch-total",
        "GD-4-4": "no-carrier",
        "GD-4-5": "no-carrier",
        "GD-4-6": "no-carrier",
    }


def test_findings_come_in_the_order_of_the_register(pack: RulePack, sound: Package, profile: Profile) -> None:
    codes = [each.code for each in examine(sound, profile=profile, pack=pack, holdings=KNOWING).findings]
    order = list(definitions())
    assert codes == sorted(codes, key=order.index)


@pytest.mark.parametrize(
    ("values", "code", "expected"),
    [
        ({"receive_time": "2025-03-10", "transact_time": "2025-03-10 08:00:00"}, "GD-1-5", "looked"),
        ({"transact_time": "2025-03-11 08:00:00", "archive_time": "2025-03-10 08:00:00"}, "GD-1-5", "order"),
        ({"archive_time": "2026-03-10 08:00:00"}, "GD-1-5", "future"),
        ({"retention_period": "D10"}, "GD-1-5", "retention-shorter"),
        ({"retention_period": "Y"}, "GD-1-5", "retention-longer"),
        ({"task_version": "1"}, "GD-1-5", "other-version"),
        ({"receive_time": "2022-03-03 09:00:00"}, "GD-1-5", "no-version-then"),
        ({"contacted_card": "331199198702020011"}, "GD-1-5", "digit-digit"),
        ({"contacted_card": "12345"}, "GD-1-5", "digit-form"),
        ({"social_code": "113311990000000000"}, "GD-1-5", "digit-digit"),
        ({"transact_time": "2025-03-31 15:40:00", "archive_time": "2025-04-01 16:30:00"}, "GD-1-5", "time-limit"),
        ({"total_number": "0"}, "GD-1-5", "not-positive"),
        ({"region_code": "350100"}, "GD-1-4", "region-unknown"),
        ({"fonds_identifier": "0061"}, "GD-1-4", "fonds-unknown"),
        ({"total_number": "五"}, "GD-1-3", "type-integer"),
        ({"region_code": "33119X"}, "GD-1-3", "pattern"),
        ({"social_code": "11"}, "GD-1-2", "length"),
        ({"apply_name": "林\u202e晓岚"}, "GD-1-6", "special-character"),
        ({"apply_name": "林\ufffd岚"}, "GD-1-6", "special-character"),
        ({"apply_name": "𠮷野㐀〇·林"}, "GD-1-6", "looked"),
        ({"is_project": "是"}, "GD-2-3", "element-absent"),
        ({"task_code": "0119000999"}, "GD-2-9", "outside-scope"),
        ({"task_code": "0119000999"}, "GD-2-7", "item-unknown"),
        ({"security_classification": "机密★10年"}, "GD-4-7", "secrecy"),
        ({"information_system_description": ""}, "GD-3-5", "environment-unrecorded"),
    ],
)
def test_values_of_metadata(
    values: Mapping[str, str], code: str, expected: str, pack: RulePack, sound: Package
) -> None:
    assert expected in [each.reason for each in judged(code, with_metadata(sound, **values), pack)]


def test_check_digits_and_time_limits_are_only_reported(pack: RulePack, sound: Package, profile: Profile) -> None:
    late = with_metadata(
        sound,
        contacted_card="331199198702020011",
        transact_time="2025-03-31 15:40:00",
        archive_time="2025-04-01 16:30:00",
    )
    outcome = examine(late, profile=profile, pack=pack, holdings=KNOWING)
    assert outcome.decision == "accepted"
    assert {(each.verdict, each.severity) for each in outcome.faults} == {("warning", "note")}


def test_suspension_is_taken_off_the_time_limit(pack: RulePack, sound: Package) -> None:
    late = with_metadata(sound, transact_time="2025-03-31 15:40:00", archive_time="2025-04-01 16:30:00")
    assert "time-limit" in [each.reason for each in judged("GD-1-5", late, pack)]
    hold = replace(sound.process[0], step="12", action="挂起", time="2025-03-07 10:00:00")
    resumed = replace(sound.process[0], step="3", time="2025-03-26 10:00:00")
    acts = (*sound.process[:2], hold, resumed, replace(sound.process[3], time="2025-03-31 15:40:00"))
    assert verdicts(judged("GD-1-5", replace(late, process=acts), pack)) == [("pass", "looked")]


def test_personal_data_is_masked_in_findings(pack: RulePack, sound: Package) -> None:
    (found,) = judged("GD-1-5", with_metadata(sound, contacted_card="331199198702020011"), pack)
    assert "19870202" not in json.dumps(dict(found.values)) + message(found, "zh") + message(found, "en")


def facts(key: str = "pdf", **more: Any) -> FileFacts:
    return FileFacts(Format(key, key.upper(), mime=f"application/{key}"), "signature", True, **more)


def with_facts(package: Package, path: str, found: FileFacts | None) -> Package:
    return replace(
        package,
        components=tuple(replace(each, facts=found) if each.path == path else each for each in package.components),
    )


SHEET = "过程文件/业务审批单.pdf"


@pytest.mark.parametrize(
    ("found", "code", "expected"),
    [
        (
            facts(signatures=(SignatureFact("pades", "broken", "甲", verdict="invalid"),)),
            "GD-1-1",
            ("fail", "signature-broken"),
        ),
        (
            facts(signatures=(SignatureFact("ofd-seal", "unverified", "甲"),)),
            "GD-1-1",
            ("warning", "signature-unverified"),
        ),
        (
            facts(signatures=(SignatureFact("pades", "intact", "甲", verdict="untrusted"),)),
            "GD-1-1",
            ("warning", "signature-untrusted"),
        ),
        (
            facts(signatures=(SignatureFact("pades", "intact", "甲", trusted=True),)),
            "GD-1-1",
            ("warning", "signature-unverified"),
        ),
        (facts(signatures=(SignatureFact("pades", "intact", "甲", verdict="valid"),)), "GD-1-1", ("pass", "looked")),
        (None, "GD-1-1", ("not-applicable", "ground-facts")),
        (None, "GD-3-3", ("not-applicable", "ground-facts")),
        (None, "GD-3-4", ("not-applicable", "ground-facts")),
        (None, "GD-3-8", ("not-applicable", "ground-facts")),
        (facts("docx"), "GD-1-10", ("fail", "ending")),
        (FileFacts(None), "GD-3-3", ("fail", "format-unknown")),
        (facts("exe"), "GD-3-3", ("fail", "format-not-accepted")),
        (facts("zip"), "GD-3-8", ("fail", "nested-archive")),
        (facts("docm"), "GD-3-8", ("fail", "format-forbidden")),
        (facts(active_content=("javascript",)), "GD-3-8", ("fail", "active-content")),
        (facts("bmp"), "GD-3-6", ("manual", "no-viewer")),
        (FileFacts(Format("pdf", "PDF"), readable=None, fault="no-reader"), "GD-3-4", ("not-applicable", "not-opened")),
        (facts(text="附件：1. 平面布局图\n2. 营业执照\n"), "GD-2-8", ("warning", "attachment-missing")),
    ],
)
def test_facts_of_one_file(
    found: FileFacts | None, code: str, expected: tuple[str, str], pack: RulePack, sound: Package
) -> None:
    assert expected in verdicts(judged(code, with_facts(sound, SHEET, found), pack))


def test_a_result_file_must_be_fixed_layout(pack: RulePack, sound: Package) -> None:
    word = with_facts(sound, "结果文件/食品经营许可证.pdf", facts("docx"))
    assert verdicts(judged("GD-3-3", word, pack)) == [("fail", "format-not-accepted")]
    assert verdicts(judged("GD-3-3", with_facts(sound, SHEET, facts("docx")), pack)) == [("pass", "looked")]


def test_attachments_a_text_names() -> None:
    assert attachments_named("……特此批复。\n附件：1．云岭县用地清单\n2．平面图\n\n云岭县人民政府") == [
        "云岭县用地清单",
        "平面图",
    ]
    assert attachments_named("没有附件") == []


@pytest.mark.parametrize(
    ("line", "code", "expected"),
    [
        (HandoverLine("x", 5, "MD5", "a" * 32), "GD-1-1", ("warning", "algorithm-weak")),
        (HandoverLine("x", 5, "ROT13", "a" * 32), "GD-1-1", ("fail", "algorithm-unknown")),
        (HandoverLine("x", 5, "SM3", "xyz"), "GD-1-1", ("fail", "digest-malformed")),
        (HandoverLine("x", 5, "", ""), "GD-1-14", ("fail", "no-digest")),
        (HandoverLine("x", 5, "MD5", "a" * 32), "GD-1-14", ("not-applicable", "digest-not-computed")),
        (HandoverLine("x", 5, "sm3", "A" * 64), "GD-1-14", ("fail", "package-digest")),
        (None, "GD-1-14", ("not-applicable", "no-handover")),
        (None, "GD-2-2", ("not-applicable", "no-byte-total")),
        (None, "GD-1-1", ("warning", "no-fixing-information")),
        (HandoverLine("x", values={"archival_code": "0059-ZY·XK·2025·D30-000001"}), "GD-1-7", ("pass", "looked")),
        (HandoverLine("x", values={"archival_code": "0059-ZY·XK·2025·D30-1"}), "GD-1-7", ("fail", "archive-code-form")),
        (
            HandoverLine("x", values={"archival_code": "0059-ZY·XK·2025·D10-000001"}),
            "GD-1-7",
            ("fail", "archive-code-disagrees"),
        ),
    ],
)
def test_the_hand_over_list(
    line: HandoverLine | None, code: str, expected: tuple[str, str], pack: RulePack, sound: Package
) -> None:
    assert expected in verdicts(judged(code, replace(sound, handover=line), pack))


@pytest.mark.parametrize(
    ("change", "code", "expected"),
    [
        ({"batch_count": 3, "batch_count_found": 2, "known": {"batch"}}, "GD-2-1", ("fail", "batch-count")),
        ({"batch_bytes": 3, "batch_bytes_found": 2, "known": {"batch"}}, "GD-2-2", ("fail", "batch-bytes")),
        ({"batch_serials": ("000001", "000002", "000004")}, "GD-2-6", ("fail", "serial-gap")),
        ({"batch_serials": ("000004", "000003", "000005")}, "GD-2-6", ("pass", "looked")),
        ({"key_values": {"case-number": {"云岭县行政审批局␟YL20250303000001"}}}, "GD-1-8", ("fail", "key-warning")),
        ({"source_registered": False}, "GD-1-1", ("fail", "source-unregistered")),
        ({"agreement": {"fonds": ["0001"]}, "known": {"agreement"}}, "GD-4-7", ("fail", "outside-agreement")),
        ({"agreement": {"items": ["0119000101"]}, "known": {"agreement"}}, "GD-4-7", ("pass", "looked")),
        ({"evidence": {}}, "GD-4-7", ("manual", "process")),
        ({"carrier": "硬盘 H-7"}, "GD-4-5", ("manual", "carrier")),
        ({"carrier": "硬盘 H-7", "evidence": {"GD-4-5": "外观完好（库房，2026-01-05）"}}, "GD-4-5", ("pass", "looked")),
        ({"virus_engine": ""}, "GD-4-1", ("warning", "no-engine")),
        ({"virus_engine": ""}, "GD-4-2", ("not-applicable", "not-scanned")),
        ({"known": set()}, "GD-4-2", ("not-applicable", "not-scanned")),
        ({"known": set()}, "GD-3-2", ("not-applicable", "offline-catalogue")),
        ({"known": set()}, "GD-1-8", ("not-applicable", "offline-records")),
    ],
)
def test_what_only_the_archive_knows(
    change: dict[str, Any], code: str, expected: tuple[str, str], pack: RulePack, sound: Package
) -> None:
    known = (
        KNOWING.known | change.pop("known", set()) if change.get("known") != set() else frozenset(change.pop("known"))
    )
    holdings = replace(KNOWING, known=frozenset(known), **change)
    assert expected in verdicts(judged(code, sound, pack, holdings))


def test_a_correction_may_use_the_number_of_what_it_replaces(pack: RulePack, sound: Package) -> None:
    held = replace(KNOWING, record_codes=frozenset({sound.name}))
    assert verdicts(judged("GD-1-8", sound, pack, held)) == [("fail", "record-known")]
    assert verdicts(judged("GD-1-8", sound, pack, replace(held, replaces=sound.name))) == [("pass", "looked")]
    same = replace(KNOWING, package_digests=frozenset({sound.digests["sm3"]}))
    assert verdicts(judged("GD-1-8", sound, pack, same)) == [("fail", "package-known")]


def test_keys_the_archive_asks_with(pack: RulePack, sound: Package, profile: Profile) -> None:
    keys = key_values(sound, profile=profile, pack=pack)
    assert keys["case-number"] == "云岭县行政审批局␟YL20250303000001"
    assert "archival-code" not in keys


def test_metadata_is_judged_alike_in_package_and_database(pack: RulePack, sound: Package, profile: Profile) -> None:
    row = {**sound.metadata, "apply_type": "街坊", "task_name": "", "archive_time": "昨天"}
    del row["receive_department"]
    told = verdicts(examine_metadata(row, profile=profile, pack=pack))
    assert told == [
        ("pass", "looked"),
        ("fail", "type-datetime"),
        ("fail", "domain"),
        ("pass", "looked"),
        ("fail", "element-absent"),
        ("fail", "element-empty"),
    ]
    package = replace(sound, metadata=row)
    for code in ("GD-1-2", "GD-1-3", "GD-1-4", "GD-2-3", "GD-2-4"):
        own = [each for each in examine_metadata(row, profile=profile, pack=pack) if each.code == code]
        assert verdicts(own) == verdicts(judged(code, package, pack))
    assert all(each.verdict == "not-applicable" for each in examine_metadata({}, profile=profile, pack=pack))


def test_the_pack_may_ask_more_of_an_element_than_the_profile(pack: RulePack, sound: Package) -> None:
    stricter = replace(
        pack,
        elements=(
            ElementOverride("remarks", mandatory=True),
            ElementOverride("applicant", maximum=2),
            ElementOverride("result", values=("准予许可", "不予许可")),
            ElementOverride("case_number", pattern="XX.*"),
        ),
    )
    assert verdicts(judged("GD-2-3", sound, stricter)) == [("fail", "element-absent")]
    assert verdicts(judged("GD-1-2", sound, stricter)) == [("fail", "length")]
    assert verdicts(judged("GD-1-3", sound, stricter)) == [("fail", "pattern")]
    assert verdicts(judged("GD-1-4", with_metadata(sound, result="再议"), stricter)) == [("fail", "domain")]


def test_severity_and_outcome_are_data(pack: RulePack, sound: Package, profile: Profile) -> None:
    wrong = with_metadata(sound, apply_type="街坊")
    assert examine(wrong, profile=profile, pack=pack, holdings=KNOWING).decision == "rejected"
    softer = replace(pack, severities={"GD-1-4": "warning"})
    assert examine(wrong, profile=profile, pack=softer, holdings=KNOWING).decision == "manual"
    note = replace(pack, severities={"GD-1-4": "blocking", "GD-1-4:domain": "note"})
    assert examine(wrong, profile=profile, pack=note, holdings=KNOWING).decision == "accepted"
    strict = replace(pack, outcomes=(Outcome("GD-4-7", "manual", "manual"),))
    unsigned = replace(KNOWING, evidence={})
    assert examine(sound, profile=profile, pack=pack, holdings=unsigned).decision == "accepted"
    assert examine(sound, profile=profile, pack=strict, holdings=unsigned).decision == "manual"
    by_reason = replace(pack, outcomes=(Outcome("GD-1-4:domain", "fail", "accepted"),))
    assert examine(wrong, profile=profile, pack=by_reason, holdings=KNOWING).decision == "accepted"


def test_the_report_is_plain_stable_and_counts_every_finding(pack: RulePack, sound: Package, profile: Profile) -> None:
    outcome = examine(sound, profile=profile, pack=pack, holdings=KNOWING)
    data = report(outcome, sound)
    assert json.loads(json.dumps(data)) == data
    assert json.dumps(data) == json.dumps(report(examine(sound, profile=profile, pack=pack, holdings=KNOWING), sound))
    counted = sum(
        row[verdict] for row in data["natures"] for verdict in ("pass", "fail", "warning", "not-applicable", "manual")
    )
    assert counted == len(outcome.findings) == len(data["findings"])
    assert data["rule_pack"] == pack.label and data["package"]["digests"]["sm3"] == sound.digests["sm3"]


_text = st.text(max_size=12)
_components = st.builds(
    Component,
    path=_text,
    raw_name=st.binary(max_size=4),
    name_encoding=st.just("utf-8"),
    size=st.integers(0, 9),
    facts=st.one_of(
        st.none(),
        st.builds(
            FileFacts,
            format=st.one_of(st.none(), st.builds(Format, key=_text, name=_text)),
            readable=st.sampled_from([True, False, None]),
            encrypted=st.booleans(),
            text=st.one_of(st.none(), _text),
        ),
    ),
)
_materials = st.builds(
    Material,
    identifier=_text,
    folder=_text,
    stage_code=_text,
    nature=st.sampled_from(["B", "P", "R", ""]),
    name=_text,
    actual_name=_text,
    path=_text,
    declared_path=_text,
    format=_text,
    size=_text,
    created=_text,
    digest=_text,
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*(each.tag for each in load_profile("fuzhou").base.elements), "strange"]), _text),
    st.lists(_components, max_size=3),
    st.lists(_materials, max_size=3),
)
def test_no_package_breaks_a_check(
    metadata: dict[str, str], components: list[Component], materials: list[Material]
) -> None:
    from lantai.archival.checks import default_pack

    package = Package(
        "n",
        "zip",
        "fuzhou",
        1,
        metadata=metadata,
        components=tuple(components),
        materials=tuple(materials),
        metadata_paths={"base": "基本信息元数据.xml"},
    )
    outcome = examine(package, profile=load_profile("fuzhou"), pack=default_pack(), holdings=KNOWING)
    assert {each.code for each in outcome.findings} == set(definitions())
    for each in outcome.findings:
        assert message(each, "zh") and message(each, "en")
    json.dumps(report(outcome, package))


def listed(version: str, *words: str, binding: bool) -> ValueList:
    return ValueList("办件类型", "Ways of handling", version, "2020-11-19", frozenset(words), "、".join(words), binding)


def test_coded_elements_go_by_the_list_handed_in(pack: RulePack, sound: Package) -> None:
    told = {"承诺件": "2", "容缺件": "3"}
    case = with_metadata(sound, service_type="承诺件")
    beside = replace(KNOWING, lists={"service_type": listed("2020", *told, binding=False)})
    [found] = judged("GD-1-4", case, pack, beside)
    assert (found.verdict, found.values["lists"]) == ("pass", "办件类型 2020")
    assert message(found, "en").endswith("code lists Ways of handling 2020")
    assert verdicts(judged("GD-1-4", with_metadata(sound, service_type="容缺件"), pack, beside)) == [("pass", "looked")]
    assert verdicts(judged("GD-1-4", with_metadata(sound, service_type="容缺件"), pack)) == [("fail", "domain")]
    only = replace(KNOWING, lists={"service_type": listed("2026", "容缺件", binding=True)})
    [found] = judged("GD-1-4", case, pack, only)
    assert (found.reason, found.values["version"], found.values["allowed"]) == ("domain-list", "2026", "容缺件")
    assert "2026 版" in message(found, "zh") and "version 2026" in message(found, "en")
    by_code = replace(KNOWING, lists={"service_type": listed("2026", "承诺件", binding=True)})
    assert verdicts(judged("GD-1-4", with_metadata(sound, service_type="2"), pack, by_code)) == [("pass", "looked")]
    own = replace(pack, elements=(ElementOverride("service_type", values=("承诺件",)),))
    assert verdicts(judged("GD-1-4", case, own, only)) == [("pass", "looked")], "the rule pack's own domain stands"
