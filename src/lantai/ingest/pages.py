"""The pages of intake, built: the list of submissions, upload, hand-over list, receipt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.forms import BaseForm
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from lantai.administration.queries import agreements_of, organisations_by_id
from lantai.administration.queries.people import Reader, Role
from lantai.administration.queries.profiles import profiles_on
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Pair, PairGroup, Row, Tab, Table
from lantai.common.pages import FormPage, ListPage, Page, UploadPage
from lantai.common.paging import address_with, portion_asked, text_asked
from lantai.common.written import written_moment, written_size
from lantai.ingest import queries
from lantai.ingest.forms import ListForm, SubmissionsForm, UploadForm
from lantai.ingest.lists import SUBMISSIONS, bar_above, sees_all, submissions_asked
from lantai.work import queries as work
from lantai.work.services import filter_asked

SIZE = 30
OPEN_TABS = ("examined", "rejected", "approved", "accessioned")
SENDERS = (Role.ARCHIVIST, Role.DEPARTMENT)


def list_title(reader: Reader) -> str:
    """What the list of submissions is called for this reader."""
    return _("移交包与回执") if reader.role == Role.DEPARTMENT else _("接收与检测")


def submissions_page(request: HttpRequest, reader: Reader, views: work.ViewsShown) -> ListPage:
    """Receiving and checking (接收与检测): what came in, by state, text and body."""
    asked, query = submissions_asked(request.GET, reader), filter_asked(SUBMISSIONS, request.GET)
    counts = queries.submission_counts(reader=reader)
    narrow = asked["text"] or asked["organisation_id"]
    total = None if narrow else sum(counts.get(each, 0) for each in asked["states"] or counts)
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: queries.list_submissions(
            reader=reader, limit=limit, offset=offset, total=total, **asked
        ),
    )
    names = organisations_by_id(ids={each.organisation_id for each in found.lines})
    upload = Act(_("上传移交包"), href=reverse("upload"), icon="upload", kind="primary")
    department = reader.role == Role.DEPARTMENT
    keys = [each.record_code for each in found.lines]
    bar, chosen = bar_above(request, reader, SUBMISSIONS, keys, found.pager.total)
    return ListPage(
        title=list_title(reader),
        here="submissions",
        facts=_("本单位移交的每个包：收到、检测、决定、进馆，都有签名回执。")
        if department
        else _("各单位移交的包：先自动检测，需要人决定的在“待处理”。"),
        acts=[upload] if reader.role in SENDERS else [],
        tabs=[*_state_tabs(request, "".join(asked["states"]), counts, views), *views.tabs],
        views=views.bar,
        form=SubmissionsForm(request.GET, bodies=sees_all(reader)),
        reset=f"{reverse('submissions')}?view=all" if views.first else reverse("submissions"),
        table=Table(
            label=_("移交包"),
            columns=[
                Column(_("移交包")),
                Column(_("移交单位")),
                Column(_("状态")),
                Column(_("检测结果")),
                Column(_("大小"), right=True),
                Column(_("接收时间"), sort="descending"),
            ],
            rows=[
                submission_row(each, names[each.organisation_id].name, query, selected=each.record_code in chosen)
                for each in found.lines
            ],
            pager=found.pager,
            bulk=bar,
            empty=_no_submission(bool(query), reader),
        ),
    )


def _state_tabs(request: HttpRequest, state: str, counts: object, views: work.ViewsShown) -> list[Tab]:
    known = dict(counts) if isinstance(counts, dict) else {}
    words = {"examined": _("待处理"), "rejected": _("已退回"), "approved": _("待进馆"), "accessioned": _("已进馆")}
    plain, view = not views.open, "all" if views.first else ""
    everything = address_with(request, state="", view=view)
    return [
        Tab(_("全部"), everything, here=plain and not state, count=sum(known.values())),
        *(
            Tab(
                words[each],
                address_with(request, state=each, view=view),
                here=plain and state == each,
                count=known.get(each, 0),
            )
            for each in OPEN_TABS
        ),
    ]


def submission_row(
    each: queries.SubmissionRow, organisation: str, query: str | None = None, *, selected: bool = False
) -> Row:
    """One package in a list; *query* is the filter of the list of submissions, where it stands in that."""
    place = reverse("submission", args=[each.record_code])
    if query is not None:
        place = f"{place}?{work.walk_parameters(listing=SUBMISSIONS.key, query=query)}"
    title = each.title or each.name
    faults = ""
    if each.faults and each.decision == "accepted":
        faults = ngettext("%(n)s 项提示", "%(n)s 项提示", each.faults) % {"n": each.faults}
    elif each.faults:
        faults = ngettext("%(n)s 处问题", "%(n)s 处问题", each.faults) % {"n": each.faults}
    verdicts = {"accepted": "pass", "rejected": "fail", "manual": "manual"}
    return Row(
        [
            Cell(title, href=place, code=each.record_code, main=True, wide=True),
            Cell(organisation, more=each.channel_name),
            Cell(state=each.state),
            Cell(
                state=verdicts.get(each.decision, ""),
                more=" · ".join(part for part in (faults, each.first_fault) if part),
            ),
            Cell(written_size(each.size), right=True, whole=True),
            Cell(written_moment(each.created_at), whole=True),
        ],
        key=each.record_code,
        name=title,
        selected=selected,
    )


def _no_submission(narrowed: bool, reader: Reader) -> Empty:
    if narrowed:
        clear = Act(_("清除条件"), href=reverse("submissions"))
        return Empty(
            icon="filter-off", title=_("没有符合条件的移交包"), text=_("换一个条件，或清除条件查看全部。"), acts=[clear]
        )
    acts = [Act(_("上传移交包"), href=reverse("upload"), icon="upload", kind="primary")] * (reader.role in SENDERS)
    return Empty(
        icon="inbox",
        title=_("还没有移交包"),
        text=_("移交包可以由业务系统推送、放入监控目录，或在网页上传。"),
        acts=acts,
    )


def profile_choices() -> list[tuple[str, str]]:
    """The package profiles by code and name."""
    english = get_language() == "en"
    return [(code, each.name_en if english else each.name) for code, each in profiles_on().items()]


def upload_form(request: HttpRequest, reader: Reader) -> UploadForm:
    """The upload form as posted, or fresh with the profile the department's agreement names."""
    bodies = reader.role != Role.DEPARTMENT
    if request.method == "POST":
        return UploadForm(request.POST, request.FILES, profiles=profile_choices(), bodies=bodies)
    own = agreements_of(organisation_ids=[reader.organisation_id]) if reader.organisation_id else {}
    agreed = next((each.profiles[0] for each in own.values() if each.profiles), "fuzhou")
    given = {name: text_asked(request, name, longest=40) for name in ("batch", "replaces")}
    organisation = request.GET.get("organisation", "")
    return UploadForm(
        initial={"profile": agreed, "organisation": organisation[:20]} | given,
        profiles=profile_choices(),
        bodies=bodies,
    )


def upload_page(request: HttpRequest, reader: Reader, form: BaseForm, problems: Sequence[str] = ()) -> UploadPage:
    """Upload (上传移交包), with what came lately."""
    rows, _count = queries.list_submissions(reader=reader, limit=8)
    names = organisations_by_id(ids={each.organisation_id for each in rows})
    batch, replaces = form["batch"].value(), form["replaces"].value()
    notices = [Notice("bad", _("没有收下。"), each) for each in problems]
    if batch:
        notices.append(
            Notice("ok", _("已登记移交清单，批次 %(batch)s。") % {"batch": batch}, _("请上传清单所列的包。"))
        )
    if replaces:
        notices.append(Notice("info", _("补正重交。"), _("新的包将替代 %(code)s。") % {"code": replaces}))
    return UploadPage(
        title=_("上传移交包"),
        here="upload",
        facts=_("断线后重新选择同一文件会接着传。收到后几秒内给出检测结果和签名回执。"),
        acts=[Act(_("先登记移交清单"), href=reverse("upload-list"), icon="list-check")],
        form=form,
        action=reverse("upload"),
        pieces_at=reverse("upload-piece", args=["-"]).removesuffix("-"),
        notices=notices,
        unfinished=_unfinished(reader),
        recent=Table(
            label=_("最近上传"),
            columns=[
                Column(_("移交包")),
                Column(_("移交单位")),
                Column(_("状态")),
                Column(_("检测结果")),
                Column(_("大小"), right=True),
                Column(_("接收时间")),
            ],
            rows=[submission_row(each, names[each.organisation_id].name) for each in rows],
            keyed=False,
        )
        if rows
        else None,
    )


def _unfinished(reader: Reader) -> Table | None:
    """Uploads that were begun and not sent whole; each goes on where its file is chosen again."""
    begun = queries.unfinished_uploads(reader=reader)
    if not begun:
        return None
    names = organisations_by_id(ids={each.organisation_id for each in begun})
    return Table(
        label=_("没有传完的"),
        columns=[
            Column(_("移交包")),
            Column(_("移交单位")),
            Column(_("已收到"), right=True),
            Column(_("开始时间")),
            Column(_("操作"), hidden=True),
        ],
        rows=[
            Row(
                [
                    Cell(each.name, more=_("重新选择同一个文件，从断开处接着传。"), main=True, wide=True),
                    Cell(names[each.organisation_id].name),
                    Cell(
                        f"{each.held * 100 // each.size} %",
                        more=f"{written_size(each.held)} / {written_size(each.size)}",
                        right=True,
                    ),
                    Cell(written_moment(each.begun_at), whole=True),
                    Cell(acts=[Act(_("接着传"), href=_place_of(each, reader), icon="player-play")]),
                ],
                name=each.name,
            )
            for each in begun
        ],
        keyed=False,
    )


def _place_of(each: queries.UnfinishedUpload, reader: Reader) -> str:
    """The upload page with what the upload was begun for, without which it would be another one."""
    query = QueryDict(mutable=True)
    if each.batch:
        query["batch"] = each.batch
    if each.replaces:
        query["replaces"] = each.replaces
    if reader.role != Role.DEPARTMENT:
        query["organisation"] = str(each.organisation_id)
    return f"{reverse('upload')}?{query.urlencode()}" if query else reverse("upload")


def list_page(form: ListForm) -> FormPage:
    """Register a hand-over list (移交清单) before its packages come."""
    return FormPage(
        title=_("登记移交清单"),
        here="upload",
        back=[Link(_("上传移交包"), reverse("upload")), Link(_("登记移交清单"))],
        form=form,
        action=reverse("upload-list"),
        submit=Act(_("登记清单"), kind="primary"),
        cancel=reverse("upload"),
        warning=_("登记后开立一个移交批次；缺少的包和清单外的包都会指出。"),
    )


def upload_place(*, batch: str, organisation: int | None) -> str:
    """The upload page of a batch."""
    query = QueryDict(mutable=True)
    query["batch"] = batch
    if organisation is not None:
        query["organisation"] = str(organisation)
    return f"{reverse('upload')}?{query.urlencode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage(Page):
    """One receipt (回执): what it says, the signed text byte for byte, the signature, and how to check it."""

    template: ClassVar[str] = "ingest/receipt.html"
    pairs: PairGroup
    signature: PairGroup
    body: str


def receipt_page(found: queries.SubmissionView, receipt: queries.ReceiptView, reader: Reader) -> ReceiptPage:
    """One receipt of a submission's chain."""
    said = json.loads(receipt.body)
    download = f"{reverse('receipt', args=[found.record_code, receipt.number])}?download=1"
    return ReceiptPage(
        title=_(receipt.kind_name),
        here="submissions",
        back=[
            Link(list_title(reader), reverse("submissions")),
            Link(found.title or found.name, reverse("submission", args=[found.record_code])),
            Link(_(receipt.kind_name)),
        ],
        facts=f"{said['archive']} · {written_moment(receipt.at)}",
        acts=[Act(_("下载回执"), href=download, icon="download", kind="primary", download=True)],
        pairs=PairGroup(
            _("回执"),
            [
                Pair(_("电子文件号"), found.record_code, code=True, copy=True),
                Pair(_("移交包"), found.name),
                Pair(_("回执序号"), str(receipt.number)),
                Pair(_("上一回执摘要"), said["previous"] or "—", code=True),
                Pair(_("本回执摘要（SHA-256）"), receipt.digest, code=True, copy=True),
            ],
        ),
        signature=PairGroup(
            _("签名"),
            [
                Pair(_("算法"), "Ed25519"),
                Pair(_("签名值"), receipt.signature, code=True, copy=True),
                Pair(_("公钥"), queries.receipt_key(), code=True, copy=True),
            ],
        ),
        body=receipt.body,
    )
