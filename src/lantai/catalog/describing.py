"""What stands beside the pages of a record: description by DA/T 18, check report as kept, history."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import PurePosixPath
from typing import cast

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from lantai.administration.queries import body_and_class, organisations_by_id
from lantai.administration.queries.people import names_of
from lantai.archival.checks import Finding, Verdict, can_be_said, message
from lantai.archival.description import (
    DescribedFinding,
    DescriptionError,
    description_areas,
    description_fields,
    read_description,
)
from lantai.catalog.components import StoredComponent
from lantai.catalog.queries import Act, RecordView, record_history
from lantai.catalog.queries.describing import CHANGES, DESCRIBED, changes_of
from lantai.common.checked import Checked, check_groups
from lantai.common.components import CheckGroup, Event, Pair, PairGroup
from lantai.common.written import written_day, written_moment, written_retention, written_size
from lantai.ledger.queries import EntryView
from lantai.storage.queries import ContentMissing, open_content
from lantai.work.services import Sentence, said

logger = logging.getLogger("lantai.catalog")
KINDS = {
    "submission.received": gettext_noop("收到移交包"),
    "submission.examined": gettext_noop("完成四性检测"),
    "submission.decided": gettext_noop("作出处理决定"),
    "submission.stopped": gettext_noop("进馆中止，转人工"),
    "record.accessioned": gettext_noop("进馆登记"),
    "record.format-disagreement": gettext_noop("格式复核结果不一致"),
    "record.signatures-judged": gettext_noop("判定电子签名和印章"),
    "record.copy-kept": gettext_noop("保存规范化副本"),
    "record.digitised": gettext_noop("数字化成果入库"),
    "record.copy-refused": gettext_noop("未能制作规范化副本"),
    "record.verdict-changed": gettext_noop("格式识别结果变化"),
    "record.format-corrected": gettext_noop("更正格式"),
    "record.moved": gettext_noop("移动位置"),
    "record.destroyed": gettext_noop("销毁内容"),
    "code.given": gettext_noop("给予档号"),
    "code.changed": gettext_noop("更换档号"),
    "code.voided": gettext_noop("档号作废"),
    "code.passed-over": gettext_noop("跳过已被占用的号码"),
    "record.described": gettext_noop("修改著录"),
    "record.description-reviewed": gettext_noop("复核通过"),
    "record.related": gettext_noop("添加关联"),
    "record.relation-removed": gettext_noop("撤销关联"),
    "record.composed": gettext_noop("调整组件"),
    "record.split": gettext_noop("拆出新件"),
    "record.split-off": gettext_noop("由另一件拆出"),
    "record.merged": gettext_noop("并入另一件的内容"),
    "record.merged-into": gettext_noop("并入另一件"),
    "suggestion.accepted": gettext_noop("采纳建议"),
    "suggestion.dismissed": gettext_noop("不采纳建议"),
}
RESULTS = {
    "accepted": gettext_noop("通过"),
    "manual": gettext_noop("须人工决定"),
    "approved": gettext_noop("待进馆"),
    "rejected": gettext_noop("已退回"),
}


def organisation_name(organisation_id: int) -> str:
    """The name of a body; empty when it is not known."""
    found = organisations_by_id(ids=[organisation_id]).get(organisation_id)
    return found.name if found else ""


def name_of(component: StoredComponent) -> str:
    """How a file is called: as its department declared it, else by its own name."""
    return component.material or PurePosixPath(component.path).name


def form_of(component: StoredComponent) -> str:
    """The format of a file; one that PRONOM only knows as its container (OFD as ZIP) keeps our own name."""
    if component.puid == "x-fmt/263" and component.format != "zip":
        return component.format.upper()
    return component.format_name or component.format.upper()


def description_groups(record: RecordView, class_name: str) -> list[PairGroup]:
    """The description in the seven areas of DA/T 18-2022, fields without value left out, and what the case says."""
    values, english = _fields(record, class_name), get_language() == "en"
    groups = []
    for area, names in description_areas().items():
        pairs = [
            Pair(
                each.name_en.capitalize() if english else each.name_zh,
                values[each.key],
                code=each.key in ("archival_code", "document_number"),
                copy=each.key == "archival_code",
            )
            for each in description_fields().values()
            if each.area == area and values.get(each.key)
        ]
        if area == "identity":
            pairs.append(Pair(_("电子文件号"), record.summary.record_code, code=True, copy=True))
            pairs += [
                Pair(_("曾用档号"), code, code=True, note=reason)
                for code, state, reason in record.codes
                if state == "replaced"
            ]
        if pairs:
            groups.append(PairGroup(names[1].capitalize() if english else names[0], pairs))
    case = _case(record)
    about = _("办件") if record.case_number or record.summary.item_name else _("移交信息")
    return [*groups[:1], PairGroup(about, case), *groups[1:]] if case else groups


def _fields(record: RecordView, class_name: str) -> dict[str, str]:
    """The values of DA/T 18 fields by key."""
    summary = record.summary
    period = _retention(record)
    components = record.package.components if record.package else ()
    formats = dict.fromkeys(form_of(each) for each in components if each.format)
    return {
        "level": record.level,
        "archival_code": summary.archive_code,
        "title": summary.title,
        "document_number": summary.document_number,
        "date": written_day(summary.formed_on),
        "creator": summary.creator,
        "retention": period,
        "scope": record.abstract,
        "persons": summary.applicant,
        "file_size": written_size(record.bytes) if record.bytes else "",
        "format": _("、").join(formats),
        "secrecy": summary.secrecy_name,
        "opening": summary.open_state_name,
        "class": class_name,
        "described_on": written_day(record.accessioned_at.date()),
        **_described(record),
    }


def _described(record: RecordView) -> dict[str, str]:
    """What people described beside the columns, and who did so when."""
    said = {key: value for key, value in record.elements.items() if value}
    if record.described_at is not None:
        reference = f"person:{record.described_by}"
        said["describer"] = names_of(references={reference}).get(reference, reference)
        said["described_on"] = written_day(timezone.localdate(record.described_at))
    return said


def _retention(record: RecordView) -> str:
    code = record.summary.retention
    until = _("至 %(day)s") % {"day": written_day(record.expires_on)} if record.expires_on else ""
    table, rule = record.retention_table, record.retention_rule
    basis = rule if table and rule.startswith(table) else f"{table} {rule}".strip()
    return " · ".join(each for each in (written_retention(code), until, basis) if each)


def names_around(record: RecordView) -> tuple[str, str]:
    """What the body and the category of a record are called."""
    category = record.summary.category_code
    body, name, name_en = body_and_class(
        organisation_id=record.organisation_id, class_path=category, on=record.summary.formed_on
    )
    english = name_en if get_language() == "en" else ""
    return body, f"{category} {english[:1].upper() + english[1:] if english else name}".strip()


def _case(record: RecordView) -> list[Pair]:
    """The facts of a service case (办件)."""
    summary = record.summary
    pairs = [
        Pair(_("事项名称"), summary.item_name, note=record.item_code),
        Pair(_("办件编号"), record.case_number, code=True),
        Pair(_("申请人"), summary.applicant),
        Pair(_("地址"), record.address),
        Pair(_("受理日期"), written_day(record.accepted_on)),
        Pair(_("办结日期"), written_day(record.decided_on)),
        Pair(_("办理结果"), summary.result),
        Pair(_("来源电子文件号"), record.source_code, code=True),
    ]
    return [each for each in pairs if each.value]


def checks_of(record: RecordView) -> tuple[list[CheckGroup], str]:
    """The check report the record was accepted on, out of its description document, and what it was judged by."""
    package = record.package
    try:
        if package is None:
            raise ContentMissing(record.summary.record_code)
        path = f"{package.path.partition('/')[0]}/description.xml"
        with open_content(object_id=package.object_id, path=path) as stream:
            examination = read_description(stream.read()).examination
    except (ContentMissing, DescriptionError, OSError) as error:
        logger.warning("no check report of %s: %s", record.summary.record_code, error)
        return [], _("存储中没有找到检测报告。")
    if examination is None:
        return [], _("进馆时没有检测报告。")
    checked = [Checked(each.code, each.verdict, _found(each), path=each.path) for each in examination.findings]
    said = _("规则集 %(pack)s · 方案 %(profile)s · %(at)s") % {
        "pack": examination.rule_pack,
        "profile": examination.profile,
        "at": written_moment(datetime.fromisoformat(examination.at)),
    }
    return check_groups(checked), said


def _found(kept: DescribedFinding) -> str:
    """What a check found, in the reader's language; the Chinese sentence as it was kept where no other can be made."""
    if kept.verdict == "pass":
        return ""
    finding = Finding(kept.code, cast(Verdict, kept.verdict), kept.reason, kept.path, kept.values)
    english = get_language() == "en" and can_be_said(finding)
    return message(finding, "en") if english else kept.sentence


def history_of(record: RecordView) -> list[Event]:
    """The record's life as the ledger tells it, what people did to its description among it, the newest first.

    What a description said before and after is told to those who may see personal data.
    """
    code = record.summary.record_code
    entries = [*record_history(record_code=code), *changes_of(record_code=code)]
    names = names_of(references={each.actor for each in entries})
    told = record.acts[Act.PERSONAL].allowed
    return [
        Event(
            title=_(KINDS[each.kind]),
            at=written_moment(each.at),
            by=_actor(each, names, record),
            detail=" · ".join(
                part for part in (changed_words(each) if told else "", _result(each), _index(each)) if part
            ),
            href=reverse("record-change", args=[code, each.id])
            if each.kind == DESCRIBED and told and (each.detail or {}).get("after")
            else "",
            stands="bad" if each.result == "rejected" or each.kind == "submission.stopped" else "ok",
        )
        for each in sorted(entries, key=lambda each: each.id, reverse=True)
    ]


def changed_words(entry: EntryView) -> str:
    """What an entry changed, element by element, as one line: 题名：旧 → 新."""
    detail = entry.detail or {}
    before, after = detail.get("before"), detail.get("after")
    if entry.kind == DESCRIBED and isinstance(before, dict) and isinstance(after, dict):
        if not after:
            return _("核对无误，没有改动")
        pieces = [f"{element_name(key)}{_('：')}{before[key] or '—'} → {after[key] or '—'}" for key in after]
        lists = detail.get("lists")
        if isinstance(lists, dict) and lists:
            pieces.append(_("代码表") + _("：") + _("、").join(sorted(lists.values())))
        return _("；").join(pieces)
    if entry.kind.startswith("suggestion."):
        return f"{element_name(detail['element'])}{_('：')}{detail['value']}" if detail else ""
    if entry.kind in ("record.related", "record.relation-removed"):
        kinds = {"follows": _("接续"), "replaces": _("替代"), "refers": _("参见")}
        return f"{kinds.get(detail.get('relation', ''), '')} {detail.get('target', '')}".strip()
    if entry.kind == "record.moved" and isinstance(before, dict) and isinstance(after, dict):
        return f"{_place_words(before)} → {_place_words(after)}"
    if entry.kind in ("code.given", "code.changed", "code.voided") and "after" in detail:
        return f"{before or '—'} → {after or '—'}"
    return str(detail.get("told", ""))


def _place_words(place: dict[str, str]) -> str:
    """A place of the tree as an entry keeps it: class, and volume if the record lies in one."""
    classes = "·".join(filter(None, (place.get("category", ""), place.get("class", ""))))
    return " ".join(filter(None, (classes, place.get("volume", "")))) or "—"


def element_name(key: str) -> str:
    """The name of an element of DA/T 18 in the reader's language."""
    found = description_fields()[key]
    return found.name_en.capitalize() if get_language() == "en" else found.name_zh


def _actor(entry: EntryView, names: dict[str, str], record: RecordView) -> str:
    if entry.actor.startswith("organisation:"):
        return organisation_name(record.organisation_id)
    return _("系统") if entry.actor == "system" else names.get(entry.actor, entry.actor)


def _result(entry: EntryView) -> str:
    result = _(RESULTS[entry.result]) if entry.result in RESULTS else entry.result
    result = "" if entry.kind in CHANGES else result
    detail = entry.detail or {}
    reason = str(detail.get("reason", ""))
    if "why" in detail:
        reason = said(Sentence(detail["why"], detail["values"]))
    return " · ".join(part for part in (result, reason) if part)


def _index(entry: EntryView) -> str:
    return _("账本第 %(index)s 条") % {"index": entry.index} if entry.index is not None else _("等待编入账本")
