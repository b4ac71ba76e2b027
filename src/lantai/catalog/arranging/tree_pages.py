"""The pages of the tree's places: all fonds, a fonds, a class, a year, a volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries import ClassView, list_classes, list_fonds
from lantai.administration.queries.people import Reader, Role
from lantai.catalog.arranging.children import with_children
from lantai.catalog.arranging.tree import (
    NO_CLASS,
    TreePage,
    arranges,
    by_class,
    fonds_branch,
    known_of,
    tree_lines,
)
from lantai.catalog.arranging.words import class_words, node_address
from lantai.catalog.queries.arranging import Node, VolumeView, YearCount, records_by_fonds, volume_at
from lantai.common.components import Act, Cell, Column, Empty, Link, Row, Tab, Table
from lantai.common.written import written_retention
from lantai.work.queries import ViewsShown


def root_page(reader: Reader, views: ViewsShown) -> TreePage:
    """All fonds that hold something this reader may see."""
    counts = records_by_fonds(reader=reader)
    names = list_fonds()
    known = {each.code for each in names}
    rows = [
        (each.code, each.name, each.organisation_name) for each in names if counts.get(each.code) or arranges(reader)
    ]
    rows += [(code, code, "") for code in counts if code not in known]
    return TreePage(
        title=_title(reader),
        here="arrangement",
        facts=_("全宗—类别—年度/案卷—件"),
        tabs=[Tab(_("全宗"), f"{reverse('arrangement')}?view=all", here=True), *views.tabs] if views.tabs else [],
        acts=[
            Act(_("分类方案"), href=reverse("arrangement-classes"), icon="sitemap"),
            Act(_("档号使用情况"), href=reverse("arrangement-codes"), icon="list-numbers"),
        ]
        if arranges(reader)
        else [],
        branches=[fonds_branch(each, "") for each in names if each.code in counts],
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


def fonds_page(fonds: str, reader: Reader) -> TreePage:
    """A fonds: its classes."""
    years, names, classes = known_of(fonds, reader)
    title = names[fonds].name if fonds in names else fonds
    counted = by_class(years)
    print_acts = [Act(_("分类与档号规则"), href=reverse("arrangement-scheme", args=[fonds]), icon="adjustments")]
    return TreePage(
        title=title,
        here="arrangement",
        back=[Link(_title(reader), reverse("arrangement")), Link(fonds, code=True)],
        facts=_facts(years),
        acts=print_acts if arranges(reader) else [],
        branches=tree_lines(Node(fonds), years, names, classes),
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
    years, names, classes = known_of(fonds, reader)
    found = by_class(years).get(path)
    if found is None:
        raise Http404
    return TreePage(
        title=class_words(path, classes),
        here="arrangement",
        back=_crumb(Node(fonds, path), classes, reader),
        facts=_facts(found),
        branches=tree_lines(Node(fonds, path), years, names, classes),
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
    years, names, classes = known_of(fonds, reader)
    node = Node(fonds, path, year)
    if not any((each.classes, each.year) == (path, year) for each in years):
        raise Http404
    page = TreePage(
        title=f"{year} · {class_words(path, classes)}",
        here="arrangement",
        back=_crumb(node, classes, reader),
        acts=_print_acts(node) if arranges(reader) else [],
        branches=tree_lines(node, years, names, classes),
        table=Table("", [], []),
    )
    return with_children(request, page, node, reader)


def volume_page(request: HttpRequest, code: str, reader: Reader) -> TreePage:
    """A volume: the items in it."""
    volume = volume_at(code=code, reader=reader)
    if volume is None:
        raise Http404
    classes = {each.path: each for each in list_classes()}
    acts = _print_acts(volume.node) if arranges(reader) else []
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
    return with_children(request, page, volume.node, reader)


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


def _title(reader: Reader) -> str:
    return _("本单位档案") if reader.role == Role.DEPARTMENT else _("全宗与分类")


def _print_acts(node: Node) -> list[Act]:
    """Printed forms of a year or volume."""
    asked = {"fonds": node.fonds, "classes": node.classes, "year": str(node.year), "volume": node.volume}
    query = urlencode({name: value for name, value in asked.items() if value})
    return [Act(_("打印目录与盒签"), href=f"{reverse('arrangement-printing')}?{query}", icon="printer")]
