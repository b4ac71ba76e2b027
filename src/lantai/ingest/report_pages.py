"""One submission with its check report (四性检测报告): problems first, with what to do; receipts; the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from lantai.administration.queries import organisations_by_id
from lantai.administration.queries.people import Reader, Role
from lantai.archival.checks import definitions
from lantai.archival.formats import SignatureFact
from lantai.archival.sealing.telling import signature_from
from lantai.common.checked import Checked, check_groups
from lantai.common.components import (
    Act,
    Cell,
    CheckGroup,
    Column,
    Empty,
    Link,
    Notice,
    Pair,
    PairGroup,
    ReceiptLink,
    Row,
    Step,
    Table,
)
from lantai.common.pages import SubmissionPage
from lantai.common.signed import signatures_table
from lantai.common.written import written_day, written_moment, written_size
from lantai.ingest import queries
from lantai.ingest.correction_queries import correction_of
from lantai.ingest.forms import DecisionForm, ReturnForm
from lantai.ingest.pages import list_title
from lantai.ingest.queries import NoSuchSubmission, SubmissionView
from lantai.ingest.services.deciding import Asked
from lantai.ingest.services.deciding_batches import reason_from_report
from lantai.ingest.walking import came_from_a_list, walk_past

CHAIN = ("received", "verdict", "decision", "accession")
_ORDER = {"blocking": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a submission in the reader's language: its data, signature, the findings to act on, and the
    signatures inside its files as they were judged."""

    data: Mapping[str, Any]
    signature: str
    checked: tuple[Checked, ...]
    problems: tuple[tuple[Checked, str], ...]
    signatures: tuple[tuple[str, SignatureFact], ...] = ()


def report_for(record_code: str, reader: Reader) -> Report | None:
    """The report of a submission; None while it is not examined."""
    try:
        data, signature = queries.report_of(record_code=record_code, reader=reader)
    except NoSuchSubmission:
        return None
    tongue = "en" if get_language() == "en" else "zh"
    checked = [
        (
            Checked(
                each["code"],
                each["verdict"],
                "" if each["verdict"] == "pass" else str(each[f"message_{tongue}"]),
                str(each[f"advice_{tongue}"]),
                str(each["path"]),
            ),
            str(each["severity"]),
        )
        for each in data["findings"]
    ]
    problems = sorted(
        (each for each in checked if each[0].verdict in ("fail", "warning", "manual")),
        key=lambda each: (each[0].verdict == "manual", _ORDER.get(each[1], 3)),
    )
    signed = tuple((str(each["path"]), signature_from(each)) for each in data.get("signatures", ()))
    return Report(data, signature, tuple(each for each, _severity in checked), tuple(problems), signed)


def submission_page(
    request: HttpRequest, record_code: str, reader: Reader, form: DecisionForm | None = None
) -> SubmissionPage:
    """One submission for one reader. Raises NoSuchSubmission."""
    found = queries.submission_state(record_code=record_code, reader=reader)
    report = report_for(record_code, reader)
    bodies = organisations_by_id(ids=[found.organisation_id])
    body = bodies[found.organisation_id].name if found.organisation_id in bodies else ""
    decides = reader.role == Role.ARCHIVIST and found.state == "examined"
    walked = walk_past(request, record_code, reader)
    return SubmissionPage(
        title=found.title or found.name,
        here="submissions",
        back=[Link(list_title(reader), reverse("submissions")), Link(found.record_code, code=True)],
        facts=" · ".join((body, found.channel_name, written_size(found.size), written_moment(found.created_at))),
        acts=_acts(found, report, reader),
        code=found.record_code,
        state=found.state,
        steps=_steps(found),
        notices=_notices(found, report),
        problems=_problems(report, found),
        problems_title=_problems_title(report),
        groups=_groups(report),
        ruling=_ruling(report),
        pairs=[*_correction(found), PairGroup(_("移交信息"), _pairs(found, body))],
        signatures=signatures_table(report.signatures) if report and report.signatures else None,
        receipts=_receipts(found),
        form=(form or decision_form(report)) if decides else None,
        action=f"{reverse('submission-decide', args=[record_code])}?{walked.kept}"
        if walked and came_from_a_list(request)
        else reverse("submission-decide", args=[record_code]),
        queue=walked.place if walked else "",
        queue_at=walked.back if walked else "",
        previous=walked.previous if walked else "",
        following=walked.following if walked else "",
        decisions=_decisions() if decides else (),
        consequence=_consequence(body) if decides else "",
    )


def decision_form(report: Report | None, data: QueryDict | None = None) -> ReturnForm:
    """The decision on one package; its findings can be picked as reasons of a return."""
    return ReturnForm(data, findings=_offered(report), today=timezone.localdate())


def asked_of(record_code: str, report: Report | None, form: ReturnForm) -> Asked:
    """What the form asks of the department beside words: the findings picked, and the day."""
    findings = report.data["findings"] if report else []
    picked = [reason_from_report(finding=findings[int(each)]) for each in form.cleaned_data.get("findings", ())]
    return Asked({record_code: picked}, form.cleaned_data["until"])


def _offered(report: Report | None) -> list[tuple[str, str]]:
    """The findings of a report that may be reasons, by their place in it."""
    if report is None:
        return []
    tongue = "en" if get_language() == "en" else "zh"
    return [
        (str(place), f"{each['code']} {each[f'message_{tongue}']}")
        for place, each in enumerate(report.data["findings"])
        if each["verdict"] in ("fail", "warning", "manual")
    ]


def _correction(found: SubmissionView) -> list[PairGroup]:
    """What is asked of the department, until when, and what came of it; nothing for a package that was not returned."""
    asked = correction_of(record_code=found.record_code) if found.state in ("rejected", "superseded") else None
    if asked is None:
        return []
    pairs = [Pair(f"{_('问题')} {place}", said, note=code) for place, (code, said) in enumerate(asked.reasons, start=1)]
    pairs.append(Pair(_("档案员说明"), asked.note))
    pairs.append(Pair(_("补正期限"), written_day(asked.due_on) or _("未约定"), state="overdue" if asked.late else ""))
    if asked.answered_by:
        place = reverse("submission", args=[asked.answered_by])
        pairs.append(Pair(_("补正后的包"), asked.answered_by, code=True, href=place))
    else:
        pairs.append(Pair(_("怎么办"), _("改好后用“补正重交”上传，或推送时写明替代本件；到达后自动办结。")))
    return [PairGroup(_("补正通知"), [each for each in pairs if each.value])]


def _acts(found: SubmissionView, report: Report | None, reader: Reader) -> list[Act]:
    acts = []
    if report is not None:
        printed, kept = (reverse(name, args=[found.record_code]) for name in ("report-pdf", "report-json"))
        acts = [
            Act(_("报告 PDF"), href=printed, icon="file-type-pdf", download=True),
            Act(_("报告 JSON"), href=kept, icon="download", download=True),
        ]
    if found.state == "accessioned":
        acts.append(
            Act(_("查看档案"), href=reverse("record", args=[found.record_code]), icon="archive", kind="primary")
        )
    if found.state == "rejected" and reader.role == Role.DEPARTMENT:
        href = f"{reverse('upload')}?replaces={found.record_code}"
        acts.append(Act(_("补正重交"), href=href, icon="upload", kind="primary"))
    return acts


def _steps(found: SubmissionView) -> list[Step]:
    """Received, examined, decided, taken in: what is done by its receipt, the present one from the state."""
    names = {
        "received": _("收到"),
        "verdict": _("四性检测"),
        "decision": _("处理决定"),
        "accession": _("进馆"),
    }
    at = {each.kind: written_moment(each.at) for each in found.receipts}
    refused = found.state in ("rejected", "superseded", "withdrawn")
    steps = []
    now = next((kind for kind in CHAIN if kind not in at), "")
    for kind in CHAIN:
        if kind == "decision" and refused:
            steps.append(Step(_("已退回"), "failed", at.get(kind, "")))
        elif kind in at:
            steps.append(Step(names[kind], "done", at[kind]))
        else:
            steps.append(Step(names[kind], "now" if kind == now and not refused else ""))
    return steps


def _notices(found: SubmissionView, report: Report | None) -> list[Notice]:
    match found.state:
        case "receiving":
            return [Notice("info", _("还在传输。"), _("断线后可以接着传，已收到的内容不会丢失。"))]
        case "received":
            return [Notice("info", _("已收到，正在检测。"), _("通常几秒内完成，请稍后刷新本页。"))]
        case "rejected":
            told = (_reason(found) or _("请按下列问题补正后重新移交。"), _correct_by(found))
            return [Notice("bad", _("已退回移交单位。"), " ".join(filter(None, told)))]
        case "superseded":
            return [Notice("info", _("已由补正后的移交包替代。"))]
        case "approved":
            return [Notice("info", _("已决定接收，正在进馆。"), _("通常几秒内完成。"))]
        case "examined" if report is not None and not report.problems:
            return [Notice("ok", _("检测没有发现问题。"), _("按移交协议，须由档案员决定是否接收。"))]
        case "examined":
            return [Notice("warn", _("需要档案员决定。"), _("请逐项核对下列问题，再决定接收或退回。"))]
    return []


def _reason(found: SubmissionView) -> str:
    decision = next((each for each in found.receipts if each.kind == "decision"), None)
    return str(decision.content.get("reason", "")) if decision else ""


def _correct_by(found: SubmissionView) -> str:
    """Until when the agreement asks for the corrected package; empty where it says nothing."""
    decision = next((each for each in found.receipts if each.kind == "decision"), None)
    day = str(decision.content.get("correct_by", "")) if decision else ""
    return _("请在 %(day)s 前重新移交。") % {"day": day} if day else ""


def _problems_title(report: Report | None) -> str:
    if report is None:
        return _("检测结果")
    number = len(report.problems)
    if not number:
        return _("没有发现问题")
    return ngettext("需要处理的 %(n)s 项", "需要处理的 %(n)s 项", number) % {"n": number}


def _problems(report: Report | None, found: SubmissionView) -> Table:
    waiting = Empty(icon="hourglass", title=_("尚未检测"), text=_("收到完整的包之后自动检测。"))
    clean = Empty(icon="shield-check", title=_("四性检测全部通过"), text=_("每一项的依据和结果见旁边的列表。"))
    return Table(
        label=_("问题"),
        columns=[Column(_("检测项")), Column(_("结果")), Column(_("原因")), Column(_("怎么办"))],
        rows=[
            Row(
                [
                    Cell(_name(each.code), code=each.code, main=True, wide=True),
                    Cell(state=each.verdict, more=_severity(severity) if each.verdict != "manual" else ""),
                    Cell(each.found, code=each.path, wide=True),
                    Cell(each.advice, wide=True),
                ],
                name=each.code,
            )
            for each, severity in (report.problems if report else ())
        ],
        empty=waiting if report is None else clean,
        keyed=False,
    )


def _name(code: str) -> str:
    definition = definitions().get(code)
    if definition is None:
        return code
    return definition.name_en if get_language() == "en" else definition.name_zh


def _severity(code: str) -> str:
    return {"blocking": _("不予接收"), "warning": _("须核对"), "note": _("提示")}.get(code, "")


def _groups(report: Report | None) -> list[CheckGroup]:
    return check_groups(report.checked) if report else []


def _ruling(report: Report | None) -> str:
    if report is None:
        return ""
    return _("规则集 %(pack)s · 方案 %(profile)s · %(at)s") % {
        "pack": report.data["rule_pack"],
        "profile": report.data["package"]["profile"],
        "at": written_moment(datetime.fromisoformat(report.data["at"])),
    }


def _pairs(found: SubmissionView, body: str) -> list[Pair]:
    pairs = [
        Pair(_("移交包"), found.name),
        Pair(_("移交单位"), body),
        Pair(_("办件编号"), found.case_number, code=True),
        Pair(_("移交批次"), found.batch, code=True),
        Pair(_("摘要（SHA-512）"), found.sha512, code=True, copy=bool(found.sha512)),
    ]
    if found.replaces:
        pairs.append(Pair(_("替代"), found.replaces, code=True, href=reverse("submission", args=[found.replaces])))
    if found.follows:
        pairs.append(Pair(_("接续"), found.follows, code=True, href=reverse("record", args=[found.follows])))
    return [each for each in pairs if each.value]


def _receipts(found: SubmissionView) -> list[ReceiptLink]:
    names = {"received": _("接收回执"), "verdict": _("检测结果"), "decision": _("处理决定"), "accession": _("进馆凭证")}
    links = [
        ReceiptLink(
            name=names[each.kind],
            at=written_moment(each.at),
            digest=each.digest,
            text=_said(each),
            href=reverse("receipt", args=[found.record_code, each.number]),
            refused="rejected" in (each.content.get("decision"), each.content.get("verdict")),
        )
        for each in found.receipts
    ]
    given = {each.kind for each in found.receipts}
    if found.state in ("rejected", "superseded", "withdrawn"):
        return links
    return links + [ReceiptLink(names[kind]) for kind in CHAIN if kind not in given]


def _said(receipt: queries.ReceiptView) -> str:
    """The one thing a receipt says that a reader looks for."""
    content = receipt.content
    match receipt.kind:
        case "received":
            return _("%(size)s 已完整收到") % {"size": written_size(int(content.get("bytes", 0)))}
        case "verdict":
            number = len(content.get("faults", ()))
            if content.get("decision") == "accepted" and number:
                return ngettext("%(n)s 项提示", "%(n)s 项提示", number) % {"n": number}
            return ngettext("%(n)s 处问题", "%(n)s 处问题", number) % {"n": number} if number else _("没有发现问题")
        case "decision":
            said = _("退回") if content.get("decision") == "rejected" else _("接收")
            return f"{said} · {_('按移交协议自动') if content.get('by') == 'policy' else _('档案员决定')}"
        case "accession":
            return _("档号 %(code)s") % {"code": content.get("archive_code", "")}
    return ""


def _decisions() -> Sequence[Act]:
    return [
        Act(_("退回补正"), icon="arrow-back-up", kind="danger", name="decision", value="return", key="r"),
        Act(_("接收并到下一件"), icon="check", kind="primary", name="decision", value="approve", key="mod+enter"),
    ]


def _consequence(body: str) -> str:
    return _("接收：赋予档号并进馆，不能直接删除，只能走销毁程序。退回：理由写入回执，通知%(body)s补正。") % {
        "body": body
    }
