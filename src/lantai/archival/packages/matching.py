"""Which component is meant by a declared file."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from lantai.archival.packages.model import Component, Material
from lantai.archival.packages.names import fold


def match_materials(materials: Sequence[Material], components: Sequence[Component], root: str) -> tuple[Material, ...]:
    """*materials*, each with the path of its component, "" where none fits. *root* is the package's folder.

    Tried in this order, and a component is given to one material only: the declared path below the material's folder;
    the declared path below the root; both again without regard to letter case and Unicode composition; last the only
    component anywhere that bears the declared file name. A declared path may use ``\\`` and begin with ``/`` or ``./``.
    """
    exact = {each.path: each.path for each in components}
    used: set[str] = set()
    found: list[str] = []
    missed: list[int] = []
    for index, material in enumerate(materials):
        path = next((each for each in _places(material, root) if each in exact and each not in used), "")
        found.append(path)
        if path:
            used.add(path)
        else:
            missed.append(index)
    if missed:
        _match_loosely(materials, components, root, found, missed, used)
    return tuple(
        replace(material, path=path) if path else material for material, path in zip(materials, found, strict=True)
    )


def _match_loosely(
    materials: Sequence[Material],
    components: Sequence[Component],
    root: str,
    found: list[str],
    missed: list[int],
    used: set[str],
) -> None:
    free = [each.path for each in components if each.path not in used]
    folded = {fold(path): path for path in free}
    by_name: dict[str, list[str]] = {}
    for path in free:
        by_name.setdefault(fold(path.rpartition("/")[2]), []).append(path)
    for index in missed:
        places = _places(materials[index], root)
        path = next((folded[fold(each)] for each in places if fold(each) in folded), "")
        if not path and places:
            bearers = by_name.get(fold(places[0].rpartition("/")[2]), [])
            path = bearers[0] if len(bearers) == 1 else ""
        if path and path not in used:
            used.add(path)
            found[index] = path


def _places(material: Material, root: str) -> list[str]:
    declared = material.declared_path
    if not declared:
        return []
    declared = unicodedata.normalize("NFC", declared.replace("\\", "/")).strip().removeprefix("./").lstrip("/")
    raw = material.declared_path
    in_folder = [f"{root}{material.folder}/{each}" for each in (raw, declared)] if material.folder else []
    return [*in_folder, root + raw, root + declared]
