"""The page that shows what a bulk act will do before it is confirmed (rule 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.forms import Form
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.common.components import Act, Cell, Column, Link, Notice, Row, Table
from lantai.common.pages import FormPage
from lantai.work.bulk import Letter
from lantai.work.queries import BulkLine, BulkView
from lantai.work.queries.mails import mail_notice

LETTERS = 5
"""Letters that are shown whole before they are sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPage(FormPage):
    """What an act will do: how many rows, which, who is told, what is left out and why."""

    template: ClassVar[str] = "work/bulk.html"
    table: Table | None
    left_out: Table | None
    left_title: str = ""
    doing_title: str = ""
    letters: Sequence[Letter] = ()
    letters_title: str = ""
    possible: bool = True


def bulk_page(found: BulkView, form: Form) -> BulkPage:
    """A bulk order before it is confirmed."""
    n, left, words = found.number, found.counts.get("left-out", 0), str(found.act.words)
    told = _("通知：%(bodies)s") % {"bodies": _("、").join(found.told)} if found.told else _("不通知其他人")
    notices = []
    if left:
        said = ngettext("%(n)s 项不包括在内。", "%(n)s 项不包括在内。", left) % {"n": left}
        notices.append(Notice("warn", said, _("原因列在下面；其余照办。") if n else _("没有可以办理的事项。")))
    without_server = mail_notice() if any(each.address for each in found.letters) else None
    if without_server is not None:
        notices.append(without_server)
    return BulkPage(
        title=words,
        here="work",
        back=[Link(_("返回列表"), found.back), Link(words)],
        facts=" · ".join((ngettext("将办理 %(n)s 项", "将办理 %(n)s 项", n) % {"n": n}, told)),
        notices=notices,
        form=form,
        action=reverse("bulk", args=[found.id]),
        submit=Act(
            found.act.button(n), icon=found.act.icon, kind="danger" if found.act.key.endswith("-return") else "primary"
        ),
        cancel=found.back,
        warning=found.act.consequence(n, found.told) + _("在后台逐项办理，办不成的会列出原因。") if n else "",
        table=_table(_("将要办理"), found.doing, n, why=False) if n else None,
        doing_title=ngettext("将办理 %(n)s 项", "将办理 %(n)s 项", n) % {"n": n},
        left_out=_table(_("不包括"), found.left_out, left, why=True) if left else None,
        left_title=ngettext("不包括 %(n)s 项", "不包括 %(n)s 项", left) % {"n": left},
        letters=found.letters[:LETTERS],
        letters_title=_letters_title(len(found.letters)),
        possible=n > 0,
    )


def _letters_title(n: int) -> str:
    said = ngettext("将发出 %(n)s 封", "将发出 %(n)s 封", n) % {"n": n}
    return said + _("，以下是前 %(n)s 封") % {"n": LETTERS} if n > LETTERS else said


def _table(label: str, lines: Sequence[BulkLine], number: int, *, why: bool) -> Table:
    """The first rows; the rest is counted in the last one."""
    rows = [
        Row(
            [
                Cell(each.name or each.key, href=each.href, code=each.key.rpartition(":")[2], main=True, wide=True),
                *([Cell(each.why, wide=True)] if why else []),
            ]
        )
        for each in lines
    ]
    more = number - len(lines)
    if more > 0:
        said = ngettext("另有 %(n)s 项，没有列出。", "另有 %(n)s 项，没有列出。", more) % {"n": more}
        rows.append(Row([Cell(said, tone="muted", wide=True), *([Cell()] if why else [])]))
    columns = [Column(_("事项")), *([Column(_("原因"))] if why else [])]
    return Table(label=label, columns=columns, rows=rows, keyed=False)
