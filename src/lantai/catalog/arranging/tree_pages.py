"""The tree and the pages of its places: what lies in them, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries import ClassView, FondsView, list_classes, list_fonds
from lantai.administration.queries.people import Reader, Role
from lantai.catalog.arranging.words import class_words, node_address
from lantai.catalog.queries import RecordSummary, summaries
from lantai.catalog.queries.arranging import (
    PORTIONS,
    ArrangementView,
    Children,
    Node,
    Portion,
    VolumeView,
    YearCount,
    children_of,
    counts_of,
    draft_of,
    records_by_fonds,
    volume_at,
    years_of_fonds,
)
from lantai.common.components import Act, Bulk, Cell, Column, Empty, Link, Row, Tab, Table
from lantai.common.pages import ListPage, Page
from lantai.common.paging import text_asked
from lantai.common.written import written_day, written_retention

SIZE = 50
VOLUMES_IN_TREE = 100
NO_CLASS = "-"


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the tree. ``children`` are shown when it is ``opened``; ``leaf`` lines cannot be opened."""

    id: str
    text: str
    href: str
    count: int | None = None
    here: bool = False
    opened: bool = False
    leaf: bool = False
    children: Sequence[Branch] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePage(ListPage):
    """A place of the tree: the tree beside it, its children as a list, and the ways to the pages before and after."""

    template: ClassVar[str] = "catalog/arranging/tree.html"
    branches: Sequence[Branch] = ()
    previous: str = ""
    following: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPage(Page):
    """One line of the tree with what is below it, as the script swaps it in."""

    template: ClassVar[str] = "catalog/arranging/branch.html"
    branch: Branch


def root_page(reader: Reader) -> TreePage:
    """All fonds that hold something this reader may see."""
    counts = records_by_fonds(reader=reader)
    names = list_fonds()
    known = {each.code for each in names}
    rows = [(each.code, each.name, each.organisation_name) for each in names if counts.get(each.code) or _acts(reader)]
    rows += [(code, code, "") for code in counts if code not in known]
    return TreePage(
        title=_title(reader),
        here="arrangement",
        facts=_("全宗—类别—年度/案卷—件"),
        acts=[Act(_("档号使用情况"), href=reverse("arrangement-codes"), icon="list-numbers")] if _acts(reader) else [],
        branches=[_fonds_branch(each, "") for each in names if each.code in counts],
        table=Table(
            label=_("全宗"),
            columns=[Column(_("全宗")), Column(_("立档单位")), Column(_("件数"), right=True)],
            rows=[
                Row(
                    [
                        Cell(name, href=node_address(Node(code)), code=code, main=True),
                        Cell(body, wide=True),
                        Cell(f"{counts.get(code, 0):,}", right=True),
                    ]
                )
                for code, name, body in rows
            ],
            empty=Empty(
                icon="folder-off", title=_("没有可以查看的全宗"), text=_("档案进馆后，会按全宗和类别列在这里。")
            ),
        ),
    )


def _acts(reader: Reader) -> bool:
    return reader.role == Role.ARCHIVIST


def _title(reader: Reader) -> str:
    return _("本单位档案") if reader.role == Role.DEPARTMENT else _("全宗与分类")


def _fonds_branch(fonds: FondsView, here: str, children: Sequence[Branch] = ()) -> Branch:
    return Branch(
        id=f"f-{fonds.code}",
        text=f"{fonds.code} {fonds.name}",
        href=node_address(Node(fonds.code)),
        here=here == fonds.code,
        opened=bool(children),
        children=children,
    )


def fonds_page(fonds: str, reader: Reader) -> TreePage:
    """A fonds: its classes."""
    years, names, classes = _known(fonds, reader)
    title = names[fonds].name if fonds in names else fonds
    counted = _by_class(years)
    print_acts = [Act(_("分类与档号规则"), href=reverse("arrangement-scheme", args=[fonds]), icon="adjustments")]
    return TreePage(
        title=title,
        here="arrangement",
        back=[Link(_title(reader), reverse("arrangement")), Link(fonds, code=True)],
        facts=_facts(years),
        acts=print_acts if _acts(reader) else [],
        branches=_tree(Node(fonds), years, names, classes),
        table=Table(
            label=_("类别"),
            columns=[Column(_("类别")), Column(_("年度")), Column(_("案卷"), right=True), Column(_("件"), right=True)],
            rows=[
                Row(
                    [
                        Cell(
                            class_words(path, classes),
                            href=node_address(Node(fonds, path or NO_CLASS)),
                            code=path,
                            main=True,
                        ),
                        Cell(_span([each.year for each in found])),
                        Cell(f"{sum(each.volumes for each in found):,}", right=True),
                        Cell(f"{sum(each.items for each in found):,}", right=True),
                    ]
                )
                for path, found in counted.items()
            ],
            empty=Empty(icon="folder-off", title=_("这个全宗还没有档案"), text=_("进馆或目录导入后会列在这里。")),
        ),
    )


def class_page(fonds: str, path: str, reader: Reader) -> TreePage:
    """A class of a fonds: its years."""
    path = "" if path == NO_CLASS else path
    years, names, classes = _known(fonds, reader)
    found = _by_class(years).get(path)
    if found is None:
        raise Http404
    return TreePage(
        title=class_words(path, classes),
        here="arrangement",
        back=_crumb(Node(fonds, path), classes, reader),
        facts=_facts(found),
        branches=_tree(Node(fonds, path), years, names, classes),
        table=Table(
            label=_("年度"),
            columns=[Column(_("年度")), Column(_("案卷"), right=True), Column(_("件"), right=True)],
            rows=[
                Row(
                    [
                        Cell(str(each.year), href=node_address(Node(fonds, path, each.year)), main=True),
                        Cell(f"{each.volumes:,}", right=True),
                        Cell(f"{each.items:,}", right=True),
                    ]
                )
                for each in found
            ],
        ),
    )


def year_page(request: HttpRequest, fonds: str, path: str, year: int, reader: Reader) -> TreePage:
    """A year of a class: its volumes and the items outside of volumes."""
    path = "" if path == NO_CLASS else path
    years, names, classes = _known(fonds, reader)
    node = Node(fonds, path, year)
    if not any((each.classes, each.year) == (path, year) for each in years):
        raise Http404
    page = TreePage(
        title=f"{year} · {class_words(path, classes)}",
        here="arrangement",
        back=_crumb(node, classes, reader),
        acts=_print_acts(node) if _acts(reader) else [],
        branches=_tree(node, years, names, classes),
        table=Table("", [], []),
    )
    return _with_children(request, page, node, reader)


def volume_page(request: HttpRequest, code: str, reader: Reader) -> TreePage:
    """A volume: the items in it."""
    volume = volume_at(code=code, reader=reader)
    if volume is None:
        raise Http404
    classes = {each.path: each for each in list_classes()}
    acts = _print_acts(volume.node) if _acts(reader) else []
    page = TreePage(
        title=volume.title,
        here="arrangement",
        back=_crumb(volume.node, classes, reader, volume),
        facts=" · ".join(
            each
            for each in (
                volume.archive_code or _("案卷未编档号"),
                _("案卷号 %(n)s") % {"n": volume.number} if volume.number else "",
                written_retention(volume.retention),
            )
            if each
        ),
        acts=[Act(_("案卷著录"), href=reverse("record", args=[volume.record_code]), icon="file-text"), *acts],
        table=Table("", [], []),
    )
    return _with_children(request, page, volume.node, reader)


def _known(fonds: str, reader: Reader) -> tuple[list[YearCount], dict[str, FondsView], dict[str, ClassView]]:
    """Counts of a fonds, the names of fonds and classes. Raises Http404 for a fonds the reader knows nothing of."""
    years = years_of_fonds(fonds=fonds, reader=reader)
    names = {each.code: each for each in list_fonds()}
    if not years and (fonds not in names or not _acts(reader)):
        raise Http404
    return years, names, {each.path: each for each in list_classes()}


def _by_class(years: Sequence[YearCount]) -> dict[str, list[YearCount]]:
    found: dict[str, list[YearCount]] = {}
    for each in years:
        found.setdefault(each.classes, []).append(each)
    return found


def _span(years: Sequence[int]) -> str:
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first}–{last}"


def _facts(years: Sequence[YearCount]) -> str:
    items, volumes = sum(each.items for each in years), sum(each.volumes for each in years)
    counted = ngettext("%(n)s 件", "%(n)s 件", items) % {"n": f"{items:,}"}
    if volumes:
        counted += " · " + ngettext("%(n)s 卷", "%(n)s 卷", volumes) % {"n": f"{volumes:,}"}
    return counted


def _crumb(
    node: Node, classes: Mapping[str, ClassView], reader: Reader, volume: VolumeView | None = None
) -> list[Link]:
    links = [Link(_title(reader), reverse("arrangement")), Link(node.fonds, node_address(Node(node.fonds)), code=True)]
    words = class_words(node.classes, classes)
    if node.year is None:
        return [*links, Link(words)]
    links.append(Link(words, node_address(Node(node.fonds, node.classes or NO_CLASS))))
    if volume is None:
        return [*links, Link(str(node.year))]
    year = node_address(replace(node, volume=""))
    return [*links, Link(str(node.year), year), Link(volume.archive_code or volume.record_code, code=True)]


def _tree(
    node: Node, years: Sequence[YearCount], names: Mapping[str, FondsView], classes: Mapping[str, ClassView]
) -> list[Branch]:
    """All fonds, with the one of *node* open down to its years."""
    below = [
        class_branch(node.fonds, path, found, classes, opened=path == node.classes and bool(path), here=node)
        for path, found in _by_class(years).items()
    ]
    own = names.get(node.fonds, FondsView(node.fonds, "", 0, ""))
    if node.fonds not in names:
        return [_fonds_branch(own, node.fonds, below)]
    return [
        replace(_fonds_branch(each, "", below), here=node == Node(node.fonds), opened=True)
        if each.code == node.fonds
        else _fonds_branch(each, "")
        for each in names.values()
    ]


def class_branch(
    fonds: str,
    path: str,
    years: Sequence[YearCount],
    classes: Mapping[str, ClassView],
    *,
    opened: bool,
    here: Node | None = None,
) -> Branch:
    """A class in the tree, with its years when it is open."""
    lines = [
        Branch(
            id=f"y-{fonds}-{path}-{each.year}",
            text=str(each.year),
            href=node_address(Node(fonds, path, each.year)),
            count=each.items + each.volumes,
            here=here == Node(fonds, path, each.year),
            leaf=not each.volumes,
        )
        for each in years
    ]
    return Branch(
        id=f"c-{fonds}-{path}",
        text=class_words(path, classes),
        href=node_address(Node(fonds, path or NO_CLASS)),
        count=sum(each.items + each.volumes for each in years),
        here=here == Node(fonds, path),
        opened=opened,
        children=lines if opened else (),
    )


def branch_page(node: Node, reader: Reader, *, opened: bool) -> BranchPage:
    """One line of the tree, opened or shut, for the script. Raises Http404 for what the reader knows nothing of."""
    whole = not node.classes
    node = replace(node, classes="" if node.classes == NO_CLASS else node.classes)
    years, names, classes = _known(node.fonds, reader)
    by_class = _by_class(years)
    if node.year is not None:
        line = next((each for each in years if (each.classes, each.year) == (node.classes, node.year)), None)
        if line is None:
            raise Http404
        branch = class_branch(node.fonds, node.classes, [line], classes, opened=True).children[0]
        branch = replace(branch, opened=opened, children=_volumes(node, reader) if opened else ())
    elif not whole:
        if node.classes not in by_class:
            raise Http404
        branch = class_branch(node.fonds, node.classes, by_class[node.classes], classes, opened=opened)
    else:
        below = [class_branch(node.fonds, path, found, classes, opened=False) for path, found in by_class.items()]
        own = names.get(node.fonds, FondsView(node.fonds, "", 0, ""))
        branch = replace(_fonds_branch(own, "", below if opened else ()), opened=opened)
    return BranchPage(title=branch.text, branch=branch)


def _volumes(node: Node, reader: Reader) -> list[Branch]:
    found = children_of(node=node, portion="volumes", reader=reader, limit=VOLUMES_IN_TREE)
    lines = [
        Branch(
            id=f"v-{each.record_code}",
            text=" ".join(part for part in (each.archive_code, each.title) if part),
            href=reverse("arrangement-volume", args=[each.record_code]),
            leaf=True,
        )
        for each in summaries(record_ids=found.ids, reader=reader)
    ]
    if found.following:
        lines.append(Branch(id="more", text=_("更多案卷…"), href=f"{node_address(node)}?show=volumes", leaf=True))
    return lines


def _with_children(request: HttpRequest, page: TreePage, node: Node, reader: Reader) -> TreePage:
    """The page with one portion of the node's children and the tabs to the others."""
    counts = counts_of(node=node, reader=reader)
    asked = request.GET.get("show", "")
    portion: Portion = next((each for each in PORTIONS if each == asked), _first(counts))
    found = children_of(
        node=node,
        portion=portion,
        reader=reader,
        after=text_asked(request, "after"),
        before=text_asked(request, "before"),
        limit=SIZE,
    )
    words = {"volumes": _("案卷"), "items": _("件"), "unnumbered": _("未编号")}
    base = node_address(node)
    draft = draft_of(person=reader.reference) if _acts(reader) else None
    rows = summaries(record_ids=found.ids, reader=reader)
    facts = page.facts
    shown = ngettext("共 %(n)s 件", "共 %(n)s 件", counts[portion]) % {"n": f"{counts[portion]:,}"}
    return replace(
        page,
        facts=f"{facts} · {shown}" if facts else shown,
        tabs=[
            Tab(words[each], f"{base}?show={each}", here=each == portion, count=counts[each])
            for each in PORTIONS
            if counts[each] or each == portion
        ],
        previous=_turned(base, portion, before=found.previous),
        following=_turned(base, portion, after=found.following),
        table=_children_table(rows, found, draft, node, portion, counts[portion], reader),
    )


def _first(counts: Mapping[Portion, int]) -> Portion:
    return next((each for each in PORTIONS if counts[each]), "items")


def _turned(base: str, portion: Portion, **key: str) -> str:
    (name, value), *_rest = key.items()
    return f"{base}?{urlencode({'show': portion, name: value})}" if value else ""


def _children_table(
    rows: Sequence[RecordSummary],
    found: Children,
    draft: ArrangementView | None,
    node: Node,
    portion: Portion,
    total: int,
    reader: Reader,
) -> Table:
    chosen = set(draft.members) if draft is not None else set()
    return Table(
        label=_("本节点的档案"),
        columns=[
            Column(_("题名")),
            Column(_("文号")),
            Column(_("日期")),
            Column(_("保管期限")),
            Column(_("开放")),
        ],
        rows=[
            Row(
                [
                    Cell(
                        each.title,
                        href=reverse("arrangement-volume", args=[each.record_code])
                        if portion == "volumes"
                        else reverse("record", args=[each.record_code]),
                        code=each.archive_code or each.record_code,
                        main=True,
                    ),
                    Cell(each.document_number, wide=True),
                    Cell(written_day(each.formed_on), whole=True),
                    Cell(written_retention(each.retention), whole=True),
                    Cell(state=each.open_state),
                ],
                key=each.record_code,
                name=each.title,
                selected=each.id in chosen,
            )
            for each in rows
        ],
        bulk=_bulk(node, portion, total, len(chosen - {*found.ids})) if _acts(reader) and rows else None,
        empty=Empty(icon="folder-off", title=_("这里没有档案"), text=_("换一个标签，或从左边的树选择别处。")),
    )


def _bulk(node: Node, portion: Portion, total: int, elsewhere: int) -> Bulk:
    """What can be done with the ticked rows and with those chosen on other pages."""
    acts = [Act(_("移动…"), icon="arrows-move-horizontal", kind="primary", name="act", value="move")]
    if portion != "volumes":
        acts.append(Act(_("组成案卷…"), icon="folder-plus", name="act", value="volume"))
    acts.append(Act(_("编号…"), icon="list-numbers", name="act", value="number"))
    acts.append(Act(_("记住所选"), icon="bookmark", name="act", value="keep"))
    whole = Act(
        ngettext("选择全部 %(n)s 件", "选择全部 %(n)s 件", total) % {"n": f"{total:,}"}, name="act", value="all"
    )
    place = urlencode({"from": f"{node_address(node)}?show={portion}"})
    return Bulk(
        f"{reverse('arrangement-choose')}?{place}",
        acts,
        elsewhere=elsewhere,
        select_all=whole,
        clear=Act(_("清空所选"), name="act", value="clear"),
    )


def _print_acts(node: Node) -> list[Act]:
    """Printed forms of a year or volume."""
    asked = {"fonds": node.fonds, "classes": node.classes, "year": str(node.year), "volume": node.volume}
    query = urlencode({name: value for name, value in asked.items() if value})
    return [Act(_("打印目录与盒签"), href=f"{reverse('arrangement-printing')}?{query}", icon="printer")]
