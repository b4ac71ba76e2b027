"""The forms a record is kept in, on its page: the package as received, normalised copies with event and check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import Reader, Role
from lantai.catalog.looks import noted_record
from lantai.catalog.queries import Act, RecordView
from lantai.catalog.queries.forms import RECEIVED, FormView, forms_of_record
from lantai.catalog.services.looking import COPIED
from lantai.common.components import Act as Button
from lantai.common.components import Cell, Column, Row, Table
from lantai.common.copied import check_of_copy, name_of_copy
from lantai.common.errors import Refused
from lantai.common.ranges import send_ranges
from lantai.common.written import written_moment, written_size
from lantai.storage.queries import ContentMissing, open_content


def forms_parts(record: RecordView, reader: Reader) -> dict[str, Any]:
    """The table of forms and the checks of the copies, for those who may read the record; nothing for others."""
    if not record.acts[Act.READ].allowed:
        return {}
    forms = forms_of_record(record_id=record.summary.id)
    code = record.summary.record_code
    return {
        "forms": _table(code, forms, may_copy=record.acts[Act.COPY].allowed),
        "copies": [check_of_copy(_name(each), each.event) for each in forms if each.event.get("checks")],
        "copying": reverse("preservation-copies", args=[code]) if reader.role == Role.ARCHIVIST else "",
    }


def _table(code: str, forms: Sequence[FormView], *, may_copy: bool) -> Table:
    return Table(
        label=_("保存形式"),
        columns=[Column(_("形式")), Column(_("操作"), hidden=True)],
        rows=[
            Row(
                [
                    Cell(
                        _name(each),
                        more=" · ".join(part for part in _facts(each) if part),
                        main=True,
                        wide=True,
                    ),
                    Cell(
                        acts=[Button(_("下载"), href=reverse("record-form", args=[code, each.id]), download=True)]
                        if may_copy and each.kind != RECEIVED
                        else []
                    ),
                ],
                name=_name(each),
            )
            for each in forms
        ],
        keyed=False,
    )


def _name(form: FormView) -> str:
    return name_of_copy(form.source) if form.source else form.kind_name


def _facts(form: FormView) -> list[str]:
    event = form.event
    if not event:
        return [written_size(form.bytes), form.edition]
    return [
        str(form.files[0].format_name) if form.files else "",
        ngettext("%(files)s 个文件", "%(files)s 个文件", len(form.files)) % {"files": len(form.files)}
        if len(form.files) > 1
        else "",
        ngettext("%(n)s 页", "%(n)s 页", event.get("pages", 0)) % {"n": event.get("pages", 0)},
        written_size(form.bytes),
        written_moment(datetime.fromisoformat(str(event["at"]))),
    ]


def form_download(request: HttpRequest, code: str, reader: Reader, number: int, now: datetime) -> HttpResponseBase:
    """A form of a record other than its package: a normalised copy, the scans of its paper, their access copy.

    Raises NoSuchRecord, Http404 for one that is not there, common's Refused.
    """
    record = noted_record(request, code, reader, act=Act.COPY, kind=COPIED, what=f"form {number}", now=now)
    forms = forms_of_record(record_id=record.summary.id)
    form = next((each for each in forms if each.id == number and each.kind != RECEIVED), None)
    if form is None:
        raise Http404
    try:
        stream: BinaryIO = open_content(object_id=form.object_id, path=form.path)
    except (ContentMissing, OSError):
        raise Refused(
            _("存储中暂时读不到这件档案的内容。"), advice=_("请联系系统管理员；档案的登记和凭证不受影响。")
        ) from None
    packed = PurePosixPath(form.path).suffix == ".zip"
    name = f"{record.summary.archive_code or code}.zip" if packed else form.files[0].path
    return send_ranges(request, stream=stream, size=form.bytes, name=name)
