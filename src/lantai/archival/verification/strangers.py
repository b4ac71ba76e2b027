"""Anything somebody brings, judged by what it is: an OCFL storage root, an OCFL object, a BagIt bag, an EEP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lantai.archival import ocfl
from lantai.archival.eep import judge_eep, read_eep
from lantai.archival.formats import SignatureFact
from lantai.archival.packages.bag_check import check_bag
from lantai.archival.packages.eep_packages import is_eep
from lantai.archival.sealing import Trust
from lantai.archival.verification.findings import Found

Kind = Literal["ocfl-root", "ocfl-object", "bag", "eep", "proof", "unknown"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was judged, and what was found. ``objects`` counts those of a root, ``readable`` is False where the medium
    or the kind kept it from being judged at all, ``signatures`` are those of an EEP.
    """

    kind: Kind
    findings: tuple[Found, ...] = ()
    objects: int = 0
    readable: bool = True
    signatures: tuple[SignatureFact, ...] = ()

    @property
    def verdict(self) -> Literal["valid", "invalid", "unreadable"]:
        """``valid`` also where something could be better."""
        if not self.readable:
            return "unreadable"
        return "invalid" if any(each.is_error for each in self.findings) else "valid"


def verify_path(path: Path, *, progress: Callable[[int], object] = lambda _objects: None) -> Verified:
    """Judge what lies at *path* whole, every digest computed. *progress* is told the number of objects done.

    What cannot be read at all, or is none of the kinds we judge, comes back with ``readable`` False and says so.
    """
    try:
        if path.is_dir():
            names = {each.name for each in path.iterdir()}
            if any(name.startswith("0=ocfl_object_") for name in names):
                return _object(path)
            if any(name.startswith("0=ocfl_") for name in names) or "ocfl_layout.json" in names:
                return _root(path, progress)
            if "inventory.json" in names and "bagit.txt" not in names:
                return _object(path)
        if path.exists() and not path.is_dir() and not path.is_file():
            return Verified("unknown", (Found("input.unknown", path.name),), readable=False)  # a pipe would never end
        if looks_like_eep(path):
            return verify_eep(path, Trust())
        bag = check_bag(path)
    except OSError as error:
        told = {"detail": error.strerror or type(error).__name__}
        return Verified("unknown", (Found("input.unreadable", str(error.filename or path), told),), readable=False)
    if bag is None:
        return Verified("unknown", (Found("input.unknown", path.name),), readable=False)
    return Verified("bag", tuple(Found(each.code, each.path, {"detail": each.detail or "-"}) for each in bag.problems))


def looks_like_eep(path: Path) -> bool:
    """Whether the file at *path* begins like an EEP. Raises OSError of the medium."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return is_eep(file.read(4096))


def verify_eep(path: Path, trust: Trust) -> Verified:
    """Judge the EEP at *path* whole: structure, data, and the signatures of all its layers by *trust*. Raises OSError.

    A signature that holds and whose issuer is unknown, or that cannot be judged, is told and is no error.
    """
    with path.open("rb") as stream:
        found = read_eep(stream)
    findings = [Found(each.code, each.where or path.name, {"detail": each.detail or "-"}) for each in found.faults]
    signatures = judge_eep(found, trust)
    for each in signatures:
        if each.verdict != "valid":
            detail = f"{each.signer or '-'}: {each.reason.partition(chr(10))[0]}"
            findings.append(Found(f"eep.signature-{each.verdict}", each.place, {"detail": detail}))
    return Verified("eep", tuple(findings), signatures=signatures)


def _object(path: Path) -> Verified:
    return Verified("ocfl-object", tuple(_found(each) for each in ocfl.validate_object(path)), objects=1)


def _root(path: Path, progress: Callable[[int], object]) -> Verified:
    findings: list[Found] = []
    objects = 0
    for place in ocfl.validate_root(path):
        findings += [_found(each) for each in place.problems]
        objects += place.is_object
        progress(objects)
    return Verified("ocfl-root", tuple(findings), objects)


def _found(problem: ocfl.Problem) -> Found:
    return Found(problem.code, problem.path, {"detail": problem.detail} if problem.detail else {})
