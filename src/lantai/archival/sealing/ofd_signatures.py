"""Signatures and seals inside OFD files (GB/T 33190-2016 clause 18, GM/T 0099-2020): every digest recomputed."""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from lxml import etree

from lantai.archival.formats.content import Content
from lantai.archival.formats.model import SignatureFact
from lantai.archival.formats.ofd_document import OfdDocument, OfdFault
from lantai.archival.formats.xmlsafe import every, first, said
from lantai.archival.sealing.algorithms import WEAK_DIGESTS, digest, digest_name
from lantai.archival.sealing.cms import SignedValue, is_cms, read_cms
from lantai.archival.sealing.judging import conclude
from lantai.archival.sealing.ofd_coverage import shown_members
from lantai.archival.sealing.seals import is_ses, read_ses
from lantai.archival.sealing.trust import Trust
from lantai.archival.sealing.weighing import Weighing

_NAMED = 20
"""How many members one line of detail names."""
_MOST = 500
"""How many signatures of one file are judged."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One signature of a list: the list's member, the entry, how many come after it, and what a reader shows that it
    must cover: its own document, and whatever no signature of the file covers at all."""

    listing: str
    element: etree._Element
    later: int
    shown: frozenset[str] = frozenset()


def judge_ofd_signatures(content: Content, trust: Trust) -> tuple[SignatureFact, ...]:
    """Judge every signature an OFD lists: protected members' digests, what lies outside them, the data hash, the
    value, the seal, times and chains. A list that is named and missing or broken counts as one invalid signature,
    since the file says it is signed and what it protected is unknown.

    Raises:
        OfdFault: the file is no OFD that can be followed.
    """
    document = OfdDocument(content.file())
    found: list[SignatureFact] = []
    entries: list[tuple[int, _Entry]] = []
    for number, body in enumerate(document.bodies):
        for each in every(body, "Signatures"):
            if not said(each):
                continue
            listing = document.resolve(document.entry, said(each))
            try:
                listed = every(document.xml(listing), "Signature")
            except OfdFault as failure:
                found.append(_damaged("ofd-seal", listing, failure, trust))
                continue
            entries += [(number, _Entry(listing, one, len(listed) - at - 1)) for at, one in enumerate(listed[:_MOST])]
    if not entries:
        return tuple(found)
    of_bodies = shown_members(document)
    named = {member for _number, entry in entries for member in _named_members(document, entry)}
    nobodys = frozenset().union(*of_bodies) - named
    for number, entry in entries:
        own = of_bodies[number] if number < len(of_bodies) else frozenset()
        found.append(_judge(document, replace(entry, shown=own | nobodys), trust))
    return tuple(found)


def _named_members(document: OfdDocument, entry: _Entry) -> set[str]:
    """The members a signature says it protects; none where it cannot be read."""
    path = document.resolve(entry.listing, entry.element.get("BaseLoc", ""))
    try:
        root = document.xml(path)
    except OfdFault:
        return set()
    return {_member(document, path, each) for each in every(root, "Reference")}


def _member(document: OfdDocument, path: str, reference: etree._Element) -> str:
    member = document.resolve(path, reference.get("FileRef", ""))
    return member if document.has(member) else document.resolve("", reference.get("FileRef", ""))


def _damaged(kind: str, place: str, failure: OfdFault, trust: Trust) -> SignatureFact:
    weighing = Weighing()
    weighing.breaks("signatures-damaged")
    weighing.breaks(failure.key, failure.detail)
    return conclude(kind, SignedValue(), weighing, trust, place=place)


def _judge(document: OfdDocument, entry: _Entry, trust: Trust) -> SignatureFact:
    kind = "ofd-sign" if entry.element.get("Type") == "Sign" else "ofd-seal"
    path = document.resolve(entry.listing, entry.element.get("BaseLoc", ""))
    try:
        data = document.read(path)
        root = document.xml(path)
        value_path = document.resolve(path, said(first(root, "SignedValue")))
        value = document.read(value_path)
    except OfdFault as failure:
        return _damaged(kind, path, failure, trust)
    weighing = Weighing()
    references = next(iter(every(root, "References")), None)
    method = (references.get("CheckMethod") if references is not None else "") or "MD5"
    covered = _check_references(document, path, references, method, entry, weighing)
    own = {entry.listing, path, value_path, *(document.resolve(path, said(each)) for each in _seal_files(root))}
    _weigh_uncovered(document, covered | own, entry, weighing)
    signed, seal = _read_value(kind, value, data, method, weighing, trust)
    written = said(next(iter(every(root, "SignatureDateTime")), None))
    return conclude(kind, signed, weighing, trust, written_at=written, place=path, seal=seal)


def _seal_files(root: etree._Element) -> list[etree._Element]:
    return [each for seal in every(root, "Seal") for each in every(seal, "BaseLoc")]


def _check_references(
    document: OfdDocument,
    path: str,
    references: etree._Element | None,
    method: str,
    entry: _Entry,
    weighing: Weighing,
) -> set[str]:
    """Recompute the digest of every protected member; returns the members whose digest holds.

    Signing again changes the list of signatures: where later signatures exist, a difference there is told, not judged.
    """
    name = digest_name(method)
    if references is None or not len(references):
        weighing.breaks("part-missing", "References")
        return set()
    if not name:
        weighing.doubt("algorithm-unsupported", method)
        return set()
    if name in WEAK_DIGESTS:
        weighing.note("weak-digest", name.upper())
    held: set[str] = set()
    differing: list[str] = []
    missing: list[str] = []
    for each in every(references, "Reference"):
        member = _member(document, path, each)
        try:
            if _stated(each) == digest(name, [document.read(member)]):
                held.add(member)
            elif member == entry.listing and entry.later:
                weighing.note("later-signature", member)
            else:
                differing.append(member)
        except OfdFault:
            missing.append(member)
    if differing:
        weighing.breaks("digest-differs", _listed(differing))
    if missing:
        weighing.breaks("protected-missing", _listed(missing))
    if not (differing or missing) and held:
        weighing.prove("members")
    return held | set(differing)


def _stated(reference: etree._Element) -> bytes:
    try:
        return base64.b64decode("".join(said(first(reference, "CheckValue")).split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _weigh_uncovered(document: OfdDocument, covered: set[str], entry: _Entry, weighing: Weighing) -> None:
    """What the list leaves out: what a reader shows leaves a doubt, the rest is told."""
    folder = f"{posixpath.dirname(entry.listing)}/"
    others = [name for name in document.names if name not in covered]
    visible = [name for name in others if name in entry.shown]
    quiet = [name for name in others if name not in entry.shown and not name.startswith(folder)]
    if visible:
        weighing.doubt("shown-not-covered", _listed(visible))
    if document.twice:
        weighing.doubt("member-twice", _listed(document.twice))
    if quiet:
        weighing.note("not-covered", _listed(quiet))
    if not visible and not document.twice:
        weighing.prove("coverage")


def _read_value(
    kind: str, value: bytes, data: bytes, method: str, weighing: Weighing, trust: Trust
) -> tuple[SignedValue, str]:
    """The signature value by its own form: a SES signature, a CMS of GM/T 0010, or a bare pair of numbers that names
    no signer."""
    if is_cms(value):
        signed = read_cms(value, lambda: [data], weighing, length=len(data))
        if kind == "ofd-seal" and "value" in weighing.proven:
            weighing.note("sealed-without-seal")
            weighing.prove("seal")
        return signed, ""
    if is_ses(value):
        names = dict.fromkeys(("sm3", digest_name(method) or "sm3"))
        return read_ses(value, [partial(digest, name, [data]) for name in names], weighing, trust)
    if value[:1] == b"\x30" and value[2:3] == b"\x02":
        weighing.doubt("no-certificate")
    else:
        weighing.doubt("form-unsupported", value[:8].hex())
    return SignedValue(), ""


def _listed(names: Sequence[str]) -> str:
    more = f" (+{len(names) - _NAMED})" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
