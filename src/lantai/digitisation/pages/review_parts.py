"""Regions and values of a page as its reviewer sees them: what is marked, what was found, what kind of page it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from lantai.administration.queries.bodies import list_organisations
from lantai.archival.imaging.fields import FAULTS, FIELDS
from lantai.archival.imaging.sorting import KINDS, kind_words
from lantai.common.shown_documents import Place, TextLine
from lantai.digitisation.models import FieldState, RegionKind
from lantai.digitisation.pages.placing import language_place
from lantai.digitisation.queries import marking as queries

LINE = "line"
"""What a marked box is called that holds a line which reading missed."""
SYSTEM = "system"
_MOST_OWNERS = 1_000


@dataclass(frozen=True, slots=True)
class RegionForm:
    """One region and the form that changes it."""

    id: int
    kind: str
    kind_name: str
    text: str
    owner: str
    shape: str
    colour: str
    box: tuple[int, int, int, int]
    facts: str
    seal: bool
    dismissed: bool


@dataclass(frozen=True, slots=True)
class FieldForm:
    """One value and the form that answers it."""

    id: int
    name: str
    value: str
    fault: str
    facts: str
    state: str
    state_name: str


@dataclass(frozen=True, slots=True)
class RegionsPart:
    """The regions of a page, and what a new one may be."""

    regions: Sequence[RegionForm]
    kinds: Sequence[tuple[str, str]]
    shapes: Sequence[tuple[str, str]]
    colours: Sequence[tuple[str, str]]
    owners: Sequence[str]
    places: Sequence[TextLine]
    wide: int
    high: int
    new: RegionForm


@dataclass(frozen=True, slots=True)
class FieldsPart:
    """The values on a page, and its kind; ``sound`` is how many suggestions have nothing against them."""

    fields: Sequence[FieldForm]
    kinds: Sequence[tuple[str, str]]
    kind: str
    kind_facts: str
    sound: int
    places: Sequence[TextLine]


def shapes_said() -> dict[str, str]:
    """The shapes of seals in words."""
    return {
        "round": _("圆形"), "oval": _("椭圆形"), "square": _("方形"), "rectangle": _("长方形"), "other": _("其他形状")
    }  # fmt: skip


def colours_said() -> dict[str, str]:
    """The colours of seals in words."""
    return {"red": _("红色"), "blue": _("蓝色"), "black": _("黑色")}


def seal_facts(region: queries.RegionSeen) -> str:
    """What a seal looks like, and who said so."""
    parts = [shapes_said().get(region.shape, ""), colours_said().get(region.colour, "")]
    return " · ".join(each for each in parts if each)


def regions_part(page_id: int, size: tuple[int, int], typed: Mapping[str, str]) -> RegionsPart:
    """The regions of a page *size* pixels wide and high; *typed* is what was sent for one and could not be kept."""
    found = queries.regions_of_page(page_id=page_id)
    seals = any(each.kind == RegionKind.SEAL for each in found)
    return RegionsPart(
        regions=[_retyped(_region(each), typed) for each in found],
        kinds=[*((value, str(label)) for value, label in RegionKind.choices), (LINE, _("漏识的一行"))],
        shapes=[("", "—"), *shapes_said().items()],
        colours=[("", "—"), *colours_said().items()],
        owners=[each.name for each in list_organisations()[:_MOST_OWNERS]] if seals else (),
        places=[
            _place(f"r{each.id}", each.text or each.kind_name, each.box, size) for each in found if not each.dismissed
        ],
        wide=size[0],
        high=size[1],
        new=_retyped(_EMPTY, typed),
    )


def fields_part(page_id: int, kind: str, kind_by: str, sure: float, by_name: str, size: tuple[int, int]) -> FieldsPart:
    """The values and the kind of a page; *by_name* is who set the kind."""
    found = queries.fields_of_page(page_id=page_id)
    known = list(KINDS)
    others = [each for each in {*queries.kinds_in_use(), kind} if each and each not in KINDS]
    said = _("系统建议，可信度 %(n)s%%") % {"n": int(sure * 100)} if kind_by in ("", SYSTEM) else by_name
    spoken = language_place()
    return FieldsPart(
        fields=[_field(each) for each in found],
        kinds=[("", _("不能判断")), *((each, kind_words(each)[spoken]) for each in (*known, *sorted(others)))],
        kind=kind,
        kind_facts=said,
        sound=sum(each.state == FieldState.SUGGESTED and not each.fault for each in found),
        places=[_place(f"f{each.id}", each.value, each.box, size) for each in found if each.state != "refused"],
    )


def _region(each: queries.RegionSeen) -> RegionForm:
    by = _("系统找到，可信度 %(n)s%%") % {"n": int(each.confidence * 100)} if each.by == SYSTEM else _("人工标注")
    seal = each.kind == RegionKind.SEAL
    facts = " · ".join(part for part in (seal_facts(each) if seal else "", by) if part)
    return RegionForm(
        each.id, each.kind, each.kind_name, each.text, each.owner, each.shape, each.colour, each.box, facts, seal,
        each.dismissed,
    )  # fmt: skip


_EMPTY = RegionForm(0, "seal", "", "", "", "", "", (0, 0, 0, 0), "", seal=True, dismissed=False)


def _retyped(form: RegionForm, typed: Mapping[str, str]) -> RegionForm:
    """A form as it was typed when it is the one that was sent."""
    if typed.get("region", "") != str(form.id):
        return form
    left, top, right, bottom = (number_typed(typed.get(name, "")) for name in ("left", "top", "right", "bottom"))
    return replace(
        form,
        box=(left, top, right, bottom),
        kind=typed.get("kind", ""),
        text=typed.get("text", ""),
        owner=typed.get("owner", ""),
        shape=typed.get("shape", ""),
        colour=typed.get("colour", ""),
    )


def number_typed(text: str) -> int:
    """A number of pixels as it was typed; nonsense counts as 0."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def _field(each: queries.FieldSeen) -> FieldForm:
    spoken = language_place()
    names = {zh: (zh, en) for zh, en in FIELDS.values()}
    faults = {zh: (zh, en) for zh, en in FAULTS.values()}
    name = names.get(each.name, (each.name, each.name))[spoken]
    fault = faults.get(each.fault, (each.fault, each.fault))[spoken]
    source = _("按表格模板") if each.source.startswith("template:") else _("按规则")
    facts = source + " · " + _("可信度 %(n)s%%") % {"n": int(each.confidence * 100)}
    state = {"suggested": "suggested", "accepted": "done", "refused": "void"}[each.state]
    return FieldForm(each.id, name, each.value, fault, facts, state, str(FieldState(each.state).label))


def _place(key: str, text: str, box: tuple[int, int, int, int], size: tuple[int, int]) -> TextLine:
    wide, high = max(1, size[0]), max(1, size[1])
    left, top, right, bottom = box
    place = Place(100 * left / wide, 100 * top / high, 100 * (right - left) / wide, 100 * (bottom - top) / high)
    return TextLine(text, place, key=key)
