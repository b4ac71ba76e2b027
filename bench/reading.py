"""How exactly are scanned pages read, in reading order, and what does a page cost beside plain rapidocr?

Pages of known content (decisions, forms, receipts, permits, red-header documents, sealed, half of them at 200 and half
at 300 dpi) are made by seed and worn to four levels, and by single faults. Accuracy is 1 - edit distance / length over
the whole page in its reading order, of characters in one width and without spaces; seals are no text of the page.
worst_repair_loss is the most that any page lost against the scan read as it lies, repair left out.

CPU seconds are of one process on one thread. exact_cpu and fast_cpu are of recognition alone (turning, finding,
reading, ordering; of a bad page both versions) over the mix 4 clean : 4 typical : 2 bad, divided by those of plain
rapidocr with its default settings on the same pages in this run. Repair, and finding seals and tables and taking seals
off, are timed where they happen and told apart. Each reader runs in a process of its own, whose peak is worker_mib.
Pages an hour are of two cores by processor time, with everything.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from report import ROOT, Bar, arguments, finish, say, workplace

sys.path.insert(0, str(ROOT / "src"))

import numpy as np
from PIL import Image

from lantai.archival.imaging import reading
from lantai.archival.imaging.models import installed_models
from lantai.archival.imaging.pictures import Picture
from lantai.archival.imaging.specimens import FAULTS, KINDS, LEVELS, make_specimen, worn

SEED = 70_000
"""Nothing was ever tried on pages from here on but this bench."""
MIX = {"clean": 4, "typical": 4, "bad": 2}
_APART = {
    "repair": "repair",
    "find_seals": "apart",
    "without_seals": "apart",
    "find_ruled_tables": "apart",
    "tables_with": "apart",
}
"""Steps of reading that are no recognition, and under what they are told."""
FLAT_FAULTS = tuple(each for each in FAULTS if not each.startswith(("turned", "mirrored")))
_ALIKE = {
    "-": "—–―─━−－~～",
    "(": "〔【［[",
    ")": "〕】］]",
    "'": "‘’`",
    '"': "“”",
    ".": "。·•",
    ",": "，、",
}
SAME = {ord(each): kept for kept, marks in _ALIKE.items() for each in marks}
"""Marks that look alike in print."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the bench: its number, what was done to it, what stands on it."""

    number: int
    wear: str
    text: str


def main() -> int:
    """Run the bench; as a reader's own process where it is called so."""
    if "--reader" in sys.argv:
        return read_pages(sys.argv[-2], Path(sys.argv[-1]))
    chosen = arguments(__doc__ or "")
    with workplace(chosen.folder) as folder:
        pages = list(make_pages(folder, quick=chosen.quick))
        said = {mode: ask(mode, folder) for mode in ("exact", "fast", "plain")}
    figures = accuracies(pages, said) | costs(pages, said)
    return finish(
        question="How exactly are scanned pages read, in order, and what does a page cost beside plain rapidocr?",
        figures=figures,
        bars=[
            Bar("clean", 0.985),
            Bar("bad", 0.97),
            Bar("skew10", 0.99),
            Bar("worst_repair_loss", 0.002, at_least=False),
            Bar("exact_cpu", 0.45, at_least=False),
            Bar("fast_cpu", 0.12, at_least=False),
            Bar("worker_mib", 500, at_least=False),
        ],
    )


def make_pages(folder: Path, *, quick: bool) -> Iterator[Page]:
    """Pages of every level, and of every fault that leaves them upright; as PNG in the folder."""
    each_level = 1 if quick else 2 * len(KINDS)
    levels = LEVELS[:3] if quick else LEVELS
    plan = [(level, place) for level in levels for place in range(each_level)]
    plan += [("skew10", place) for place in range(1 if quick else 5)]
    if not quick:
        plan += [(fault, place) for fault in FLAT_FAULTS if fault != "skew10" for place in range(2)]
    for number, (wear, place) in enumerate(plan):
        seed = SEED + 10 * place + number % 7
        kind = KINDS[(place + number // each_level) % len(KINDS)] if quick else KINDS[place % len(KINDS)]
        back = make_specimen(seed + 5_000, KINDS[(place + 1) % len(KINDS)]).picture
        dpi = 200 if quick or place % 2 else 300
        page = worn(make_specimen(seed, kind), wear, seed=seed, dpi=dpi, back=back)
        Image.fromarray(page.picture).save(folder / f"{number:03}-{wear}.png", compress_level=1)
        yield Page(number, wear, page.text)
    say(f"{len(plan)} pages are made")


def ask(mode: str, folder: Path) -> list[dict[str, Any]]:
    """What a reader in a process of its own says of every page."""
    command = [sys.executable, str(Path(__file__).resolve()), "--reader", mode, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    say(f"{mode} has read")
    return [json.loads(each) for each in done.stdout.splitlines()]


def read_pages(mode: str, folder: Path) -> int:
    """A reader's own process: a line a page."""
    answer = plain_reader() if mode == "plain" else own_reader(mode)
    for path in sorted(folder.glob("*.png")):
        if mode != "exact" and path.stem[4:] not in MIX and (mode == "plain" or path.stem[4:] not in LEVELS):
            continue
        said = answer(np.asarray(Image.open(path).convert("RGB")))
        status = Path("/proc/self/status").read_text()
        peak = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024
        print(json.dumps({"number": int(path.stem[:3]), "mib": peak, **said}, ensure_ascii=False), flush=True)
    return 0


def own_reader(mode: str) -> Any:
    """Lantai's reader; in exact mode it also reads every scan as it lies."""
    spent: dict[str, float] = {}
    for name, kept in _APART.items():
        setattr(reading, name, timed(getattr(reading, name), spent, kept))
    reader = reading.Reader(installed_models(mode))  # type: ignore[arg-type]
    reader.read_straight(make_specimen(1).picture)  # the first page pays for the start

    def answer(picture: Picture) -> dict[str, Any]:
        spent.update(repair=0.0, apart=0.0)
        started = time.process_time()
        read = reader.read(picture)
        costs = {"cpu": time.process_time() - started - sum(spent.values()), **spent}
        lies = "\n".join(each.text for each in reader.read_straight(picture)) if mode == "exact" else ""
        return {
            "text": read.text,
            "lies": lies,
            "version": f"{read.version} {[one.name for one in read.steps]}",
            **costs,
        }

    return answer


def timed(step: Callable[..., Any], spent: dict[str, float], name: str) -> Callable[..., Any]:
    """A step of reading that adds its processor time to *spent*."""

    def call(*arguments: Any) -> Any:
        started = time.process_time()
        try:
            return step(*arguments)
        finally:
            spent[name] = spent.get(name, 0.0) + time.process_time() - started

    return call


def plain_reader() -> Any:
    """rapidocr as it comes out of its box: its settings, its threads, its order."""
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})

    def answer(picture: Picture) -> dict[str, Any]:
        started = time.process_time()
        found = engine(np.ascontiguousarray(picture[:, :, ::-1]))
        spent = time.process_time() - started
        return {"text": "\n".join(found.txts or ()), "cpu": spent}

    answer(make_specimen(1).picture)
    return answer


def accuracies(pages: Sequence[Page], said: Mapping[str, list[dict[str, Any]]]) -> dict[str, float]:
    """Accuracy by level and reader, by fault, and the most that any page lost by repair."""
    true = {each.number: each for each in pages}
    by: dict[str, list[float]] = {}
    losses = []
    for mode, told in said.items():
        for one in told:
            page = true[one["number"]]
            right = accuracy(page.text, one["text"])
            by.setdefault(page.wear if mode == "exact" else f"{mode}_{page.wear}", []).append(right)
            if mode == "exact":
                losses.append(accuracy(page.text, one["lies"]) - right)
                say(f"{page.number} {page.wear}: {right:.4f}, as it lies {right + losses[-1]:.4f}, {one['version']}")
    means = {name: sum(values) / len(values) for name, values in by.items()}
    return means | {
        "worst_repair_loss": max(0.0, *losses),
        "worst_bad": min(by["bad"]),
        "worst_clean": min(by["clean"]),
    }


def costs(pages: Sequence[Page], said: Mapping[str, list[dict[str, Any]]]) -> dict[str, float]:
    """CPU seconds a page of the mix, beside plain rapidocr; pages an hour; memory."""
    wears = {each.number: each.wear for each in pages}
    figures = {f"{mode}_s": mixed(told, wears, "cpu") for mode, told in said.items()}
    figures["repair_s"] = mixed(said["exact"], wears, "repair")
    figures["seals_tables_s"] = mixed(said["exact"], wears, "apart")
    for mode in ("exact", "fast"):
        figures[f"{mode}_cpu"] = figures[f"{mode}_s"] / figures["plain_s"]
        figures[f"{mode}_pages_an_hour"] = (
            2 * 3600 / (figures[f"{mode}_s"] + figures["repair_s"] + figures["seals_tables_s"])
        )
        figures[f"{mode}_mib"] = max(each["mib"] for each in said[mode])
    figures["plain_mib"] = max(each["mib"] for each in said["plain"])
    return figures | {"worker_mib": figures["exact_mib"]}


def mixed(told: Sequence[Mapping[str, Any]], wears: Mapping[int, str], key: str) -> float:
    """The mean of the mix."""
    total = 0.0
    for level, share in MIX.items():
        values = [each[key] for each in told if wears[each["number"]] == level]
        total += share * sum(values) / len(values)
    return total / sum(MIX.values())


def accuracy(true: str, read: str) -> float:
    """1 less the edit distance by the length of the true text."""
    wanted, found = plain(true), plain(read)
    return 1 - distance(wanted, found) / max(1, len(wanted))


def plain(text: str) -> str:
    """Characters of one width, marks that look alike made one, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).translate(SAME).split())


def distance(one: str, other: str) -> int:
    """Characters to insert, delete or exchange (Levenshtein), by Myers' bits: a column of the table is two numbers."""
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for number, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << number
    whole, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    more, less, far = whole, 0, len(one)
    for letter in other:
        same = places.get(letter, 0)
        level = (((same & more) + more) ^ more) | same
        up = less | (~(level | more) & whole)
        down = more & level
        far += bool(up & last) - bool(down & last)
        up, down = ((up << 1) | 1) & whole, (down << 1) & whole
        kept = same | less
        more, less = down | (~(kept | up) & whole), up & kept
    return far


if __name__ == "__main__":
    sys.exit(main())
