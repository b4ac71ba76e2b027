"""The lines of the tree: fonds, their classes, years and volumes, opened in place by the script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries import ClassView, FondsView, list_classes, list_fonds
from lantai.administration.queries.people import Reader, Role
from lantai.catalog.arranging.words import class_words, node_address
from lantai.catalog.queries import summaries_of
from lantai.catalog.queries.arranging import Node, YearCount, children_of, years_of_fonds
from lantai.common.pages import ListPage, Page

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


def arranges(reader: Reader) -> bool:
    return reader.role == Role.ARCHIVIST


def fonds_branch(fonds: FondsView, here: str, children: Sequence[Branch] = ()) -> Branch:
    return Branch(
        id=f"f-{fonds.code}",
        text=f"{fonds.code} {fonds.name}",
        href=node_address(Node(fonds.code)),
        here=here == fonds.code,
        opened=bool(children),
        children=children,
    )


def known_of(fonds: str, reader: Reader) -> tuple[list[YearCount], dict[str, FondsView], dict[str, ClassView]]:
    """Counts of a fonds, the names of fonds and classes. Raises Http404 for a fonds the reader knows nothing of."""
    years = years_of_fonds(fonds=fonds, reader=reader)
    names = {each.code: each for each in list_fonds()}
    if not years and (fonds not in names or not arranges(reader)):
        raise Http404
    return years, names, {each.path: each for each in list_classes()}


def by_class(years: Sequence[YearCount]) -> dict[str, list[YearCount]]:
    found: dict[str, list[YearCount]] = {}
    for each in years:
        found.setdefault(each.classes, []).append(each)
    return found


def tree_lines(
    node: Node, years: Sequence[YearCount], names: Mapping[str, FondsView], classes: Mapping[str, ClassView]
) -> list[Branch]:
    """All fonds, with the one of *node* open down to its years."""
    below = [
        class_branch(node.fonds, path, found, classes, opened=path == node.classes and bool(path), here=node)
        for path, found in by_class(years).items()
    ]
    own = names.get(node.fonds, FondsView(node.fonds, "", 0, ""))
    if node.fonds not in names:
        return [fonds_branch(own, node.fonds, below)]
    return [
        replace(fonds_branch(each, "", below), here=node == Node(node.fonds), opened=True)
        if each.code == node.fonds
        else fonds_branch(each, "")
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
    years, names, classes = known_of(node.fonds, reader)
    found = by_class(years)
    if node.year is not None:
        line = next((each for each in years if (each.classes, each.year) == (node.classes, node.year)), None)
        if line is None:
            raise Http404
        branch = class_branch(node.fonds, node.classes, [line], classes, opened=True).children[0]
        branch = replace(branch, opened=opened, children=_volumes(node, reader) if opened else ())
    elif not whole:
        if node.classes not in found:
            raise Http404
        branch = class_branch(node.fonds, node.classes, found[node.classes], classes, opened=opened)
    else:
        below = [class_branch(node.fonds, path, each, classes, opened=False) for path, each in found.items()]
        own = names.get(node.fonds, FondsView(node.fonds, "", 0, ""))
        branch = replace(fonds_branch(own, "", below if opened else ()), opened=opened)
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
        for each in summaries_of(rows=found.rows, reader=reader)
    ]
    if found.following:
        lines.append(Branch(id="more", text=_("更多案卷…"), href=f"{node_address(node)}?show=volumes", leaf=True))
    return lines
