"""Making a specimen: a page of a kind, set by seed, with its seals stamped on it."""

from __future__ import annotations

from random import Random

from lantai.archival.imaging.pictures import Picture
from lantai.archival.imaging.specimens.documents import SetPage, set_page
from lantai.archival.imaging.specimens.inventing import Inventor
from lantai.archival.imaging.specimens.model import KINDS, Kind, Shape, Specimen, TrueSeal
from lantai.archival.imaging.specimens.seals import REDS, Die, impression, stamp
from lantai.archival.imaging.specimens.sheets import DPI

_COUNTS = ("round", "round", "round", "middle", "code", "oval", "rectangle")


def make_specimen(seed: int, kind: Kind | None = None, *, sealed: bool = True) -> Specimen:
    """A page as it was set and sealed, A4 at 300 dpi, nothing worn. The same arguments give the same pixels.

    Args:
        seed: of every word, typeface and seal.
        kind: what page; by turns, by the seed, when None.
        sealed: False for the same page before it was sealed.

    Raises:
        FontMissing: the typefaces were not built in.
    """
    chosen = kind or KINDS[seed % len(KINDS)]
    page = set_page(chosen, Inventor(Random(f"{chosen} {seed}")))
    picture = page.sheet.picture()
    seals = _sealed(picture, page, Random(f"seals {chosen} {seed}")) if sealed and page.seal_name else ()
    return Specimen(chosen, seed, picture, DPI, tuple(page.sheet.lines), tuple(seals), tuple(page.sheet.tables))


def stamp_seal(
    picture: Picture, die: Die, middle: tuple[int, int], chance: Random, *, size: int = 496, fade: float = 1.0
) -> TrueSeal:
    """Stamp a seal on a page, which changes, a little askew, in one of the reds that ink pads have.

    Args:
        picture: changed in place.
        die: what is cut.
        middle: x and y of its middle.
        chance: of its angle, colour and unevenness.
        size: pixels it is wide.
        fade: 1 for full ink.
    """
    angle = chance.uniform(-12, 12)
    colour = chance.choice(REDS)
    ink = impression(die, size, chance, fade=fade, angle=angle)
    box = stamp(picture, ink, colour, middle[0] - ink.shape[1] // 2, middle[1] - ink.shape[0] // 2)
    return TrueSeal(die.name, die.shape, box, fade, die.middle, die.code, angle)


def _sealed(picture: Picture, page: SetPage, chance: Random) -> list[TrueSeal]:
    """The office's seal, and on a third of the pages somebody's name seal."""
    x, y = page.seal_at
    words = Inventor(chance)
    style = chance.choice(_COUNTS)
    shape: Shape = "oval" if style == "oval" else "rectangle" if style == "rectangle" else "round"
    middle = words.one("seal_middles") if style in ("middle", "oval", "rectangle") else ""
    code = str(chance.randint(10**12, 10**13 - 1)) if style == "code" else ""
    die = Die(shape, page.seal_name, middle, code, typeface=chance.choice(("song", "song-bold", "hei")))
    at = x + chance.randint(-60, 60), y + chance.randint(-40, 40)
    size = {"oval": 531, "rectangle": 590}.get(style) or chance.choice((449, 496, 496))
    seals = [stamp_seal(picture, die, at, chance, size=size, fade=chance.uniform(0.65, 1))]
    if chance.random() < 0.35:
        name = words.person()
        name += "印" if len(name) == 3 else "之印"
        die = Die("square", name, typeface=chance.choice(("song-bold", "hei")))
        at = chance.randint(520, 1020), min(page.sheet.y, 3100) + 120
        seals.append(stamp_seal(picture, die, at, chance, size=240, fade=chance.uniform(0.8, 1)))
    return seals
