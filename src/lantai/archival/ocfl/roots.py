"""A storage root judged as a whole (OCFL 1.1 clause 4): its declaration, its layout, what lies between its objects."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lantai.archival.ocfl.layout import LAYOUT, TUPLE_SIZE, TUPLES, object_folder
from lantai.archival.ocfl.problems import Problem
from lantai.archival.ocfl.validator import EXTENSIONS, validate_object

_DECLARATION = re.compile(r"0=ocfl_(1\.[01])", re.ASCII)
_OBJECT = re.compile(r"0=ocfl_object_(1\.[01])", re.ASCII)
_OURS = {"extensionName": LAYOUT, "digestAlgorithm": "sha256", "tupleSize": TUPLE_SIZE, "numberOfTuples": TUPLES}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of a root where the walk ended: an object, or something that does not belong there.

    ``folder`` is its path below the root; "" stands for the root itself. Paths in ``problems`` begin there, too.
    """

    folder: str
    is_object: bool
    problems: tuple[Problem, ...] = ()


def validate_root(path: str | os.PathLike[str], *, digests: bool = True, after: str = "") -> Iterator[Place]:
    """Everything that is wrong with the storage root at *path*, place by place, sound objects among them.

    First the root itself, then what lies below it in the order of folders, those behind *after* only, each object
    validated (see ``validate_object``; *digests* as there). Raises OSError only when the root cannot be read.
    """
    base = os.fspath(path)
    version = declared_version(base)
    ours = _layout_is_ours(base)
    ids: set[str] = set()
    for place in walk_root(base, after=after):
        if not place.is_object:
            yield place
            continue
        problems = [
            *place.problems,
            *(
                Problem(each.code, f"{place.folder}/{each.path}" if each.path else place.folder, each.detail)
                for each in validate_object(f"{base}/{place.folder}", digests=digests)
            ),
        ]
        if (newer := declared_version(f"{base}/{place.folder}", pattern=_OBJECT)) > version and version:
            problems.append(Problem("E081", place.folder, f"{newer} > {version}"))
        object_id = told_id(f"{base}/{place.folder}")
        if object_id:
            if object_id in ids:
                problems.append(Problem("E110", place.folder, object_id))
            ids.add(object_id)
            if ours and object_folder(object_id) != place.folder:
                problems.append(Problem("E083", place.folder, object_folder(object_id)))
        yield Place(place.folder, True, tuple(problems))


def walk_root(path: str | os.PathLike[str], *, after: str = "") -> Iterator[Place]:
    """The root itself (unless *after* is given), then its objects, unread, and whatever lies where only folders of the
    layout may: in order of folders, those behind *after* only. Links are never followed.
    """
    base = os.fspath(path)
    if not after:
        yield Place("", False, tuple(_root_problems(base)))
    with os.scandir(base) as found:
        tops = sorted(each.name for each in found if each.is_dir(follow_symlinks=False))
    for name in tops:
        if name != "extensions" and name >= after[: len(name)]:
            yield from _walk(base, name, after)


def declared_version(folder: str, *, pattern: re.Pattern[str] = _DECLARATION) -> str:
    """The version of OCFL that a root declares (or an object, with its *pattern*); "" when there is no one name."""
    found = [match[1] for name in _names(folder) if (match := pattern.fullmatch(name))]
    return found[0] if len(found) == 1 else ""


def told_id(folder: str) -> str:
    """The id an object's inventory gives; "" when it cannot be read."""
    try:
        with open(f"{folder}/inventory.json", "rb", buffering=0) as file:  # noqa: PTH123
            document = json.loads(file.read().decode())
    except (OSError, ValueError, RecursionError):
        return ""
    object_id = document.get("id") if isinstance(document, dict) else None
    return object_id if isinstance(object_id, str) and _is_text(object_id) else ""


def _is_text(value: str) -> bool:
    """Whether no half of a character stands in it, as JSON can say."""
    return not any("\ud800" <= each <= "\udfff" for each in value)


def _walk(base: str, folder: str, after: str) -> Iterator[Place]:
    try:
        with os.scandir(f"{base}/{folder}") as found:
            entries = [(each.name, each.is_dir(follow_symlinks=False)) for each in found]
    except OSError as error:
        yield Place(folder, False, (Problem("L003", folder, error.strerror or ""),))
        return
    files = sorted(name for name, is_folder in entries if not is_folder)
    if any(name.startswith("0=ocfl_object_") for name in files):
        if folder > after:
            yield Place(folder, True)
        return
    if folder > after:
        if not entries:
            yield Place(folder, False, (Problem("E073", folder),))
        elif files:
            yield Place(folder, False, tuple(Problem("E072", f"{folder}/{name}") for name in files))
    for name in sorted(name for name, is_folder in entries if is_folder):
        below = f"{folder}/{name}"
        if below >= after[: len(below)]:
            yield from _walk(base, below, after)


def _root_problems(base: str) -> Iterator[Problem]:
    names = _names(base)
    declarations = sorted(name for name in names if name.startswith("0="))
    if len(declarations) != 1 or not _DECLARATION.fullmatch(declarations[0]):
        yield Problem("E069", "", ", ".join(declarations))
    elif _read(base, declarations[0]) != declarations[0].removeprefix("0=").encode() + b"\n":
        yield Problem("E080", declarations[0])
    if "ocfl_layout.json" in names:
        layout = _object(base, "ocfl_layout.json")
        if not all(isinstance(layout.get(key), str) for key in ("extension", "description")):
            yield Problem("E070", "ocfl_layout.json")
        elif layout["extension"] not in EXTENSIONS:
            yield Problem("E071", "ocfl_layout.json", str(layout["extension"]))
    if "extensions" in names:
        with os.scandir(f"{base}/extensions") as found:
            for each in sorted(found, key=lambda entry: entry.name):
                if not each.is_dir(follow_symlinks=False):
                    yield Problem("E112", f"extensions/{each.name}")
                elif each.name not in EXTENSIONS:
                    yield Problem("W013", f"extensions/{each.name}")


def _layout_is_ours(base: str) -> bool:
    """Whether the root says that its objects lie by extension 0003 with its standard parameters."""
    return (
        _object(base, "ocfl_layout.json").get("extension") == LAYOUT
        and _object(base, f"extensions/{LAYOUT}/config.json") == _OURS
    )


def _object(base: str, name: str) -> dict[str, object]:
    try:
        document = json.loads(_read(base, name))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _read(base: str, name: str) -> bytes:
    try:
        with open(f"{base}/{name}", "rb", buffering=0) as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""


def _names(folder: str) -> list[str]:
    with os.scandir(folder) as found:
        return [each.name for each in found]
