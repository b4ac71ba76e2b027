"""What an item is composed of (组件): its own package's files and the scans of its paper, or the parts people assigned
to it, in their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lantai.catalog.components import StoredComponent, unpack_components
from lantai.catalog.models import Describing, Record, Representation

OWN_FORMS = (Representation.Kind.RECEIVED, Representation.Kind.ACCESS, Representation.Kind.SCANNED)
"""The forms whose files are a record's own, in the order of their files: what came in, and its paper as it is read
(the access copy) and as it was scanned."""
ROLES = ("main", "attachment", "draft", "sheet", "other")
"""Roles in an item (DA/T 22): main text 正文, attachment 附件, draft 底稿, processing sheet 处理单, other 其他."""


@dataclass(frozen=True, slots=True)
class StoredPackage:
    """Where the bytes of a record lie. A component that lies in another package says so itself; ``whole`` says that the
    record's files are those of this package, so that it may go out as it was received; components of a whole package
    that lie elsewhere are scans of the record's paper.
    """

    object_id: str
    path: str
    container: str
    bytes: int
    sha512: str
    components: tuple[StoredComponent, ...]
    confirmed_at: datetime | None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an item: the representation that holds it, its path there, and what it is in the item."""

    representation_id: int
    path: str
    role: str


def package_of(
    record: Record, describing: Describing | None, forms: Sequence[Representation] | None = None
) -> StoredPackage | None:
    """The package of a record as it stands now; None when it has no file. One query, none when its own *forms* were
    read with the record and nothing was composed.
    """
    parts = describing.parts if describing is not None else None
    if parts is None:
        own = _own_forms(record, forms)
        return _with_scans(own) if own else None
    rows = Representation.objects.in_bulk({each["r"] for each in parts})
    return _assembled(record, parts, rows)


def _own_forms(record: Record, forms: Sequence[Representation] | None = None) -> list[Representation]:
    """A record's own forms in the order of their files."""
    found = record.representations.filter(kind__in=OWN_FORMS) if forms is None else forms
    return sorted(found, key=lambda each: OWN_FORMS.index(Representation.Kind(each.kind)))


def _with_scans(forms: Sequence[Representation]) -> StoredPackage:
    """The package of the first form with the files of those beside it; an access copy is no package that came in."""
    first, *others = (package_from(each) for each in forms)
    more = [replace(each, held_in=(one.object_id, one.path)) for one in others for each in one.components]
    whole = forms[0].kind == Representation.Kind.RECEIVED
    return replace(first, components=(*first.components, *more), whole=whole)


def package_from(row: Representation) -> StoredPackage:
    """The package of one representation, whole."""
    components = unpack_components(bytes(row.components))
    if row.kind == Representation.Kind.ACCESS:
        components = tuple(replace(each, read=True) for each in components)
    return StoredPackage(
        object_id=row.object_id,
        path=row.path,
        container=row.container,
        bytes=row.bytes,
        sha512=row.sha512,
        components=components,
        confirmed_at=row.confirmed_at,
    )


def _assembled(
    record: Record, parts: Sequence[Mapping[str, object]], rows: Mapping[int, Representation]
) -> StoredPackage | None:
    """The files of *parts* in their order, each with the place of its own package where that is not the first's."""
    if not parts:
        return None
    packages = {pk: package_from(row) for pk, row in rows.items()}
    files = {(pk, each.path): each for pk, package in packages.items() for each in package.components}
    first = packages[int(str(parts[0]["r"]))]
    components = []
    for each in parts:
        package = packages[int(str(each["r"]))]
        component = replace(files[int(str(each["r"])), str(each["p"])], role=str(each["role"]))
        if package is not first:
            component = replace(component, held_in=(package.object_id, package.path))
        components.append(component)
    own = all(each.record_id == record.pk for each in rows.values())
    whole = own and len(rows) == 1 and len(components) == len(first.components)
    return replace(first, components=tuple(components), whole=whole)


def parts_of(record: Record, describing: Describing | None) -> list[Part]:
    """The parts of an item. Of one nobody composed, the files of its package with the roles they seem to have."""
    if describing is not None and describing.parts is not None:
        return [Part(each["r"], each["p"], each["role"]) for each in describing.parts]
    return own_parts(_own_forms(record))


def own_parts(forms: Sequence[Representation]) -> list[Part]:
    """The files of these forms of a record, each with the role it seems to have; an access copy is the main text where
    nothing else came in."""
    first = forms[0].kind if forms else ""
    return [
        Part(form.pk, each.path, "main" if form.kind == first == Representation.Kind.ACCESS else seeming_role(each))
        for form in forms
        for each in unpack_components(bytes(form.components))
    ]


def seeming_role(component: StoredComponent) -> str:
    """The role that a file seems to have: a result is the main text, declared material an attachment, else other."""
    if component.role:
        return component.role
    if component.stage.startswith("C"):
        return "main"
    return "attachment" if component.material else "other"
