"""The gallery of seals (印章): found on all scanned pages, looked for by words, shape, colour and owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.common.components import Empty, Link, Table
from lantai.common.pages import ListPage
from lantai.common.paging import portion_asked, text_asked
from lantai.digitisation.pages.placing import HERE
from lantai.digitisation.pages.review_parts import colours_said, seal_facts, shapes_said
from lantai.digitisation.pages.reviewing import page_title
from lantai.digitisation.queries import marking as queries

SHOWN = 24


class SealForm(forms.Form):
    """What a seal is looked for by."""

    q = forms.CharField(label=gettext_lazy("印文或所属单位"), required=False, max_length=100)
    shape = forms.ChoiceField(label=gettext_lazy("形状"), required=False)
    colour = forms.ChoiceField(label=gettext_lazy("颜色"), required=False)
    owned = forms.ChoiceField(label=gettext_lazy("所属"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "shape": shapes_said(),
            "colour": colours_said(),
            "owned": {"known": _("已对上单位"), "unknown": _("没有对上单位")},
        }
        for name, given in choices.items():
            self.fields[name].choices = [("", _("全部")), *given.items()]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class ShownSeal:
    """One seal: its picture, what it says, whose it is, where it stands."""

    text: str
    owner: str
    facts: str
    where: str
    picture: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealsPage(ListPage):
    """Seals as pictures."""

    template: ClassVar[str] = "digitisation/seals.html"
    shown: Sequence[ShownSeal]
    empty: Empty


def seals_page(request: HttpRequest) -> SealsPage:
    """The seals that the address asks for, the latest first."""
    form = SealForm(request.GET)
    shape, colour, owned = (request.GET.get(name, "") for name in ("shape", "colour", "owned"))
    found = portion_asked(
        request,
        size=SHOWN,
        read=lambda offset, limit: queries.find_seals(
            words=text_asked(request, "q", longest=100),
            shape=shape if shape in shapes_said() else "",
            colour=colour if colour in colours_said() else "",
            owned=owned,
            offset=offset,
            limit=limit,
        ),
    )
    return SealsPage(
        title=_("印章"),
        here=HERE,
        back=[Link(_("数字化与识别"), reverse("digitising")), Link(_("印章"))],
        facts=_("扫描页上找到或标注的印章；印文和所属单位都可以检索。"),
        form=form,
        reset=reverse("digitising-seals") if request.GET else "",
        table=Table(label=_("印章"), columns=[], rows=[], pager=found.pager),
        shown=[_shown(each) for each in found.lines],
        empty=Empty(
            icon="rubber-stamp", title=_("没有这样的印章"), text=_("换一个词，或放宽条件。识别过的页上的印章列在这里。")
        ),
    )


def _shown(each: queries.SealSeen) -> ShownSeal:
    region = each.region
    review = reverse("digitising-review-page", args=[each.batch_id, each.page_id]) + "?tab=regions"
    return ShownSeal(
        text=region.text or _("印文未能识别"),
        owner=region.owner or _("没有对上单位"),
        facts=seal_facts(region),
        where=page_title(each.code, each.number, each.path, 1),
        picture=reverse("digitising-region-picture", args=[each.batch_id, region.id]),
        href=review if each.read else reverse("digitising-pages", args=[each.batch_id]),
    )
