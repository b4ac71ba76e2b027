"""The relations of a record (相关档案): both ways in one table, adding by code or search, taking back with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import actor_of
from lantai.catalog.describe_acts import record_for_form
from lantai.catalog.models import Relation
from lantai.catalog.queries import RecordView
from lantai.catalog.queries.describing import records_named
from lantai.catalog.record_acts import may_describe
from lantai.catalog.services.relating import RelationRefused, relate_records, remove_relation
from lantai.common.components import Cell, Column, Empty, Row, Table
from lantai.common.paging import text_asked


@dataclass(frozen=True, slots=True)
class Relating:
    """What the form for relations needs: where it goes, the kinds, what a search found, and what can be taken back."""

    action: str
    remove_at: str
    kinds: Sequence[tuple[str, str]]
    found: Sequence[tuple[str, str]]
    words: str
    own: Sequence[tuple[str, str, str]]


def relations_table(record: RecordView) -> Table:
    """The relations of a record: those it says, those that others say of it, its volume and what lies in it."""
    kinds, turned = _kinds(), {"follows": _("后续"), "replaces": _("被替代"), "refers": _("被参见")}
    told = [(kinds.get(kind, kind), target, target, basis) for kind, target, basis in record.relations]
    told += [(turned.get(kind, kind), code, title, basis) for kind, code, title, basis in record.related]
    if record.parent:
        told.insert(0, (_("所属案卷"), record.parent, record.parent, ""))
    told += [(_("卷内文件"), each.record_code, each.title, each.archive_code) for each in record.children]
    return Table(
        label=_("关联"),
        columns=[Column(_("关系")), Column(_("档案")), Column(_("说明"))],
        rows=[
            Row(
                [
                    Cell(kind, whole=True),
                    Cell(words, href=reverse("record", args=[code]), wide=True),
                    Cell(more, wide=True),
                ]
            )
            for kind, code, words, more in told
        ],
        empty=Empty(icon="link-off", title=_("没有关联的档案"), text=_("补正、变更、延续的办件会在这里互相指向。")),
        keyed=False,
    )


def relating_form(request: HttpRequest, record: RecordView, reader: Reader) -> Relating | None:
    """The form below the relations, for those who may describe the record."""
    if not may_describe(record, reader):
        return None
    code, kinds = record.summary.record_code, _kinds()
    words = text_asked(request, "find")
    return Relating(
        action=reverse("record-relate", args=[code]),
        remove_at=reverse("record-unrelate", args=[code]),
        kinds=list(kinds.items()),
        found=records_named(words=words, reader=reader, without=[record.summary.id]) if words else [],
        words=words,
        own=[(kind, target, kinds.get(kind, kind)) for kind, target, _basis in record.relations],
    )


def add_relation(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponse:
    """Relate the record to the one that was named, or say why not."""
    record = record_for_form(code, reader, now)
    kind, target = request.POST.get("kind", ""), request.POST.get("target", "").strip()[:120]
    if kind not in Relation.Kind.values:
        kind = Relation.Kind.REFERS
    basis = "".join(each for each in request.POST.get("basis", "") if each.isprintable())
    try:
        relate_records(
            record_code=record.record_code, kind=kind, target=target, basis=basis, by=actor_of(request), now=now
        )
    except RelationRefused as refused:
        messages.error(request, _refusal(refused, target))
    else:
        messages.success(request, _("已添加关联，两件档案互相可见。"))
    return HttpResponseRedirect(_back(record.record_code))


def take_relation_back(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponse:
    """Take one relation back, with its reason."""
    record = record_for_form(code, reader, now)
    kind, _colon, target = request.POST.get("relation", "").partition(":")
    try:
        remove_relation(
            record_code=record.record_code,
            kind=kind,
            target=target,
            reason=request.POST.get("reason", ""),
            by=actor_of(request),
            now=now,
        )
    except ValueError:
        messages.error(request, _("撤销关联须写明理由。"))
    except RelationRefused:
        messages.info(request, _("这条关联已经不在了。"))
    else:
        messages.success(request, _("已撤销关联，理由记入历史。"))
    return HttpResponseRedirect(_back(record.record_code))


def _kinds() -> dict[str, str]:
    return {"follows": _("接续"), "replaces": _("替代"), "refers": _("参见")}


def _back(record_code: str) -> str:
    return f"{reverse('record', args=[record_code])}?tab=relations#lt-about"


def _refusal(refused: RelationRefused, target: str) -> str:
    sentences = {
        "unknown": _("没有找到“%(code)s”，请核对档号或先查找。") % {"code": target},
        "itself": _("不能与自己关联。"),
        "known": _("这条关联已经有了。"),
        "turned": _("另一件已经以同样的关系指向这一件，两者不能互相接续或互相替代。"),
    }
    return sentences[refused.why]
