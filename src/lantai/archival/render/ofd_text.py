"""Where the glyphs of an OFD text object stand (GB/T 33190-2016 clause 11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from lantai.archival.formats.ofd_document import deltas, numbers, written_deltas
from lantai.archival.formats.xmlsafe import first, local, said
from lantai.archival.render.fonts import Face, face_for, is_ours, shows
from lantai.archival.render.matrices import Matrix, joined, moved, turned
from lantai.archival.render.ofd_resources import Resources

_BOLD = 600
"""Weights from here on are drawn bold."""

_AIR = 1.12
"""A letter's width with its air, in parts of the room its ink needs."""

_GLYPHS = 100_000
"""Glyphs one transform may name."""


@dataclass(frozen=True, slots=True)
class PlacedGlyph:
    """One glyph of a font, what it says, and the matrix from ems (y upwards) to the object's coordinates."""

    face: Face
    glyph: int
    text: str
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class _Setting:
    """How a text object sets its glyphs: size in millimetres, scale across, slant, directions in degrees."""

    own: Face | None
    size: float
    scale: float
    slant: float
    reading: float
    standing: float


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Characters that are shown together, and the glyphs the document names for them, if it names any."""

    text: str
    glyphs: tuple[int, ...] = ()

    @property
    def slots(self) -> int:
        """How many steps of DeltaX it takes."""
        return len(self.glyphs) or 1


def is_bold(element: etree._Element, resources: Resources) -> bool:
    """Whether the strokes of the text have to be made fatter than its font's."""
    if _first(element, "Weight", 400.0) >= _BOLD:
        return True
    identifier = element.get("Font", "")
    return resources.face(identifier) is None and resources.said_of_font(identifier, "Bold")


def placed_glyphs(element: etree._Element, resources: Resources) -> Iterator[PlacedGlyph]:
    """The glyphs of a text object that leave ink, in order.

    Where the document's font is missing or lacks a character, one of ours stands in; a character none of them has
    shows an empty box.

    Raises:
        FontMissing: the house font was not built in and is needed.
    """
    identifier = element.get("Font", "")
    own = resources.face(identifier)
    italic = element.get("Italic", "").lower() in ("true", "1")
    slanted = italic or (own is None and resources.said_of_font(identifier, "Italic"))
    setting = _Setting(
        own,
        _first(element, "Size", 3.5),
        _first(element, "HScale", 1.0) or 1.0,
        0.2 if slanted else 0.0,
        _first(element, "ReadDirection", 0.0) % 360,
        _first(element, "CharDirection", 0.0),
    )
    x = y = 0.0
    named: dict[int, tuple[int, tuple[int, ...]]] = {}
    passed = started = 0
    fresh = False
    for child in element:
        kind = local(child)
        if kind == "CGTransform":
            if not fresh:
                named, started, fresh = {}, passed, True
            named.update(_named_glyphs(child))
        elif kind == "TextCode":
            fresh = False
            x, y = _first(child, "X", x), _first(child, "Y", y)
            written = (child.text or "").replace("\r", "").replace("\n", "")
            begin = passed - started
            if started and named and begin == 0 and min(named) >= max(1, len(written)):
                begin = passed  # counted through the whole object
            yield from _placed(setting, child, list(_clusters(written, named, begin)), x, y)
            passed += len(written)


def _clusters(written: str, named: dict[int, tuple[int, tuple[int, ...]]], begin: int) -> Iterator[_Cluster]:
    at = 0
    while at < len(written):
        count, glyphs = named.get(begin + at, (1, ()))
        yield _Cluster(written[at : at + count], glyphs)
        at += count


def _placed(
    setting: _Setting, code: etree._Element, clusters: list[_Cluster], x: float, y: float
) -> Iterator[PlacedGlyph]:
    steps_x, steps_y = (_steps(code.get(name), clusters) for name in ("DeltaX", "DeltaY"))
    across, turn = setting.size * setting.scale, turned(setting.standing)
    even = _even(clusters, steps_x)
    narrow, aside, before = 1.0, 0.0, 0.0
    for index, cluster in enumerate(clusters):
        glyphs = _chosen(setting.own, cluster)
        wide = sum(face.advance(glyph) for face, glyph in glyphs)
        step = sum(steps_x[index]) if steps_x else 0.0
        if index < len(clusters) - 1 or abs(wide - before) > 0.2:  # no step follows the last, which is set as its like
            room = step / across if across and not setting.standing and index < len(clusters) - 1 else 0.0
            ours = all(is_ours(face) for face, _glyph in glyphs)
            narrow, aside = _fitted(wide, room, even and cluster.text.isascii()) if ours else (1.0, 0.0)
        before = wide
        parts_x, parts_y = (steps[index] if steps else [] for steps in (steps_x, steps_y))
        pen = aside * across
        for nth, (face, glyph) in enumerate(glyphs):
            dx, dy = sum(parts_x[:nth]) + aside * across, sum(parts_y[:nth])
            if len(glyphs) != len(parts_x or parts_y):
                dx, dy = pen, 0.0
            if glyph or (is_ours(face) and any(map(shows, cluster.text))):
                upright = (across * narrow, 0.0, setting.slant * setting.size, -setting.size, 0.0, 0.0)
                said = cluster.text if nth == 0 else ""
                yield PlacedGlyph(face, glyph, said, joined(joined(upright, turn), moved(x + dx, y + dy)))
            pen += face.advance(glyph) * across * narrow
        if steps_x or steps_y:
            x, y = x + step, y + (sum(steps_y[index]) if steps_y else 0.0)
            continue
        along = (setting.reading - setting.standing) % 180 == 0
        room = (pen or across) if along else setting.size
        right, down, *_ = turned(setting.reading)
        x, y = x + room * right, y + room * down


def _fitted(wide: float, room: float, even: bool) -> tuple[float, float]:
    """How much a glyph of our fonts is narrowed to fit the room the document's font would have needed, in ems, and how
    far it is put aside.

    A letter has a little air on both sides, which may stand over: its ink is what must fit. Letters set all as wide
    stand in the middle of their rooms.
    """
    if room <= 0 or not wide:
        return 1.0, 0.0
    narrow = min(1.0, max(0.5, room * _AIR / wide))
    spare = (room - wide * narrow) / 2
    return narrow, spare if even else min(0.0, spare)


def _even(clusters: list[_Cluster], steps: list[list[float]]) -> bool:
    """Whether Latin letters are set all as wide, as those of Song and Fangsong are."""
    rooms = [sum(step) for each, step in zip(clusters[:-1], steps, strict=False) if each.text.isascii()]
    letters = sum(each.text.isascii() and each.text.isalpha() for each in clusters)
    return letters > 1 and bool(rooms) and min(rooms) > 0 and max(rooms) - min(rooms) < 0.03 * max(rooms)


def _chosen(own: Face | None, cluster: _Cluster) -> list[tuple[Face, int]]:
    """The glyphs that show a cluster, with their fonts: those the document names, else by its characters."""
    known = own is not None and all(glyph < own.count for glyph in cluster.glyphs)
    if own is not None and known and (any(cluster.glyphs) or not any(map(shows, cluster.text))):
        return [(own, glyph) for glyph in cluster.glyphs]
    found = []
    for character in cluster.text:
        face = own if own is not None and own.glyph(character) else face_for(character)
        found.append((face, face.glyph(character)))
    return found


def _steps(written: str | None, clusters: list[_Cluster]) -> list[list[float]]:
    """The steps after each glyph of each cluster.

    The standard counts glyphs (clause 11.4). Writers that count characters, or their halves in UTF-16, are known by
    how many steps they write.
    """
    slots = [each.slots for each in clusters]
    characters = [len(each.text) for each in clusters]
    halves = [sum(2 if each > "\uffff" else 1 for each in cluster.text) for cluster in clusters]
    count = len(written_deltas(written, sum(halves) + sum(slots)))
    counts = slots
    if count + 1 != sum(slots):
        counts = next((each for each in (characters, halves) if count + 1 == sum(each)), slots)
    every = deltas(written, sum(counts))
    if not every:
        return []
    found, at = [], 0
    for number in counts:
        found.append(every[at : at + number])
        at += number
    return found


def _named_glyphs(transform: etree._Element) -> dict[int, tuple[int, tuple[int, ...]]]:
    """Glyphs the document names, by position of the first character they stand for (CGTransform), with how many
    characters they stand for."""
    start = int(_first(transform, "CodePosition", 0.0))
    glyphs = [int(value) & 0xFFFF for value in numbers(said(first(transform, "Glyphs")))][:_GLYPHS]
    count = min(int(_first(transform, "CodeCount", 1.0)), _GLYPHS)
    if not glyphs or start < 0 or count < 1:
        return {}
    if transform.get("CodeCount") is None and transform.get("GlyphCount") is None:
        count = len(glyphs)  # counts left out by writers that mean one glyph a character
    if count == len(glyphs):
        return {start + index: (1, (glyph,)) for index, glyph in enumerate(glyphs)}
    return {start: (count, tuple(glyphs))}


def _first(element: etree._Element, name: str, default: float) -> float:
    return next(iter(numbers(element.get(name))), default)
