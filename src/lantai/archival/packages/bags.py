"""A bag as the wrapping of a package: its payload is the package, its manifests say what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lantai.archival.bagit import Bag, read_bag, tag_files, verify_bag
from lantai.archival.packages.components import ComponentReader
from lantai.archival.packages.listing import Entry
from lantai.archival.packages.model import Component, Problem
from lantai.archival.packages.source import ContentDamaged

PROFILE_LABEL = "Lantai-Profile"


def bag_folder(entries: Sequence[Entry]) -> str | None:
    """The folder of the bag in a container, ending with ``/`` or "" for the top; None when there is no bag."""
    paths = {entry.path for entry in entries}
    if "bagit.txt" in paths:
        return ""
    tops = {path.partition("/")[0] for path in paths}
    if len(tops) == 1 and (top := f"{tops.pop()}/") + "bagit.txt" in paths:
        return top
    return None


def open_bag(reader: ComponentReader, entries: Sequence[Entry], folder: str) -> Bag | None:
    """The bag in *folder*, or None with the problem told to *reader*."""
    inside = {entry.path.removeprefix(folder): entry for entry in entries}
    sizes = {path: entry.size for path, entry in inside.items()}
    for path in tag_files(sizes):
        if sizes[path] > reader.limits.metadata_size:
            reader.problems.append(Problem("bag.too-large", inside[path].path, f"{sizes[path]} bytes", fatal=True))
            return None
    try:
        return read_bag(sizes, lambda path: reader.bytes_of(inside[path]))
    except ContentDamaged as damage:
        reader.problems.append(Problem("entry.damaged", folder + "bagit.txt", str(damage), fatal=True))
        return None


def read_payload(reader: ComponentReader, entries: Sequence[Entry], folder: str, bag: Bag) -> list[Component]:
    """The payload's components, after the whole bag was verified; its faults are told to *reader*."""
    payload_folder = folder + "data/"
    wanted = reader.algorithms
    characterise = reader.characterise
    reader.algorithms = tuple(dict.fromkeys([*wanted, *bag.algorithms]))
    payload = reader.read_all([entry for entry in entries if entry.path.startswith(payload_folder)])
    reader.characterise, nested, reader.nested_archives = None, reader.nested_archives, True
    tags = reader.read_all([entry for entry in entries if not entry.path.startswith(payload_folder)])
    reader.algorithms, reader.characterise, reader.nested_archives = wanted, characterise, nested
    everything = {each.path.removeprefix(folder): each for each in (*payload, *tags)}
    sizes = {path: each.size for path, each in everything.items()}
    digests = {path: each.digests for path, each in everything.items()}
    for fault in verify_bag(bag, sizes, digests)[: reader.limits.problems]:
        reader.problems.append(Problem(fault.code, folder + fault.path if fault.path else "", fault.detail))
    return [
        replace(each, digests={name: each.digests[name] for name in wanted if name in each.digests}) for each in payload
    ]
