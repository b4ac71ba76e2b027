"""What an archivist may do from the record page: describe, review, compose; and what a merged record says of itself."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, Role
from lantai.catalog.models import RecordState
from lantai.catalog.queries import Act, RecordView
from lantai.common.components import Act as Button
from lantai.common.components import Notice


def may_describe(record: RecordView, reader: Reader) -> bool:
    """Whether *reader* may change the description of *record* now."""
    allowed = record.acts[Act.DESCRIBE].allowed and record.acts[Act.PERSONAL].allowed
    return reader.role == Role.ARCHIVIST and record.state == RecordState.HELD and allowed


def describing_acts(record: RecordView, reader: Reader) -> list[Button]:
    """The buttons that lead to describing and composing."""
    if not may_describe(record, reader):
        return []
    code = record.summary.record_code
    composing = [Button(_("组件"), href=reverse("record-compose", args=[code]), icon="stack-2")]
    return [
        *(composing if record.package is not None else []),
        Button(_("著录"), href=reverse("record-describe", args=[code]), icon="edit", key="e"),
    ]


def export_acts(record: RecordView, reader: Reader) -> list[Button]:
    """The way to an export as a package, for those who may copy."""
    if reader.role not in (Role.ARCHIVIST, Role.DEPARTMENT) or record.package is None:
        return []
    if not record.acts[Act.COPY].allowed:
        return []
    href = f"{reverse('export-packages')}?{urlencode({'code': record.summary.record_code})}"
    return [Button(_("导出封装包"), href=href, icon="package-export")]


def review_decisions(record: RecordView, reader: Reader) -> list[Button]:
    """The review (复核) for a second person, while it waits for one."""
    waits = record.described_at is not None and record.reviewed_at is None
    if not may_describe(record, reader) or not waits or record.described_by == reader.person_id:
        return []
    version = str(record.version)
    return [
        Button(_("复核通过并到下一件"), kind="primary", name="version", value=version, key="mod+enter", icon="check")
    ]


def states_of(record: RecordView) -> list[tuple[str, str]]:
    """Opening state, where the record is, and how far its description is."""
    states = [(record.summary.open_state, ""), (record.state, "")]
    if record.reviewed_at is not None:
        states.append(("pass", _("已复核")))
    elif record.described_at is not None:
        states.append(("todo", _("待复核")))
    return states


def merged_notices(record: RecordView) -> list[Notice]:
    """Where a merged record went."""
    if not record.merged_into:
        return []
    act = Button(_("打开并入的档案"), href=reverse("record", args=[record.merged_into]), icon="arrow-right")
    text = _("它的文件现在属于另一件档案；登记、历史和凭证保留在这里。")
    return [Notice("info", _("这件档案已并入另一件。"), text, act)]
