"""Signatures and seals inside OFD files (GB/T 33190-2016 clause 18, GM/T 0099-2020): every digest recomputed."""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Sequence

from lxml import etree

from lantai.archival.formats.cms import ASN1_FAULTS, WEAK_DIGESTS, CmsCheck, digest, digest_name, verify_cms
from lantai.archival.formats.der import IDENTIFIER, INTEGER, parse_der
from lantai.archival.formats.model import SignatureFact
from lantai.archival.formats.ofd_document import OfdDocument, OfdFault
from lantai.archival.formats.reading import fault
from lantai.archival.formats.seals import verify_ses
from lantai.archival.formats.xmlsafe import every, first, said

_NAMED = 20
"""How many members one line of detail names."""


def verify_ofd_signatures(document: OfdDocument) -> tuple[SignatureFact, ...]:
    """Recompute every signature an OFD lists: protected members' digests, the data hash, the signature value.

    A list that is named and missing or broken counts as one broken signature, since what it protected is unknown.
    """
    found: list[SignatureFact] = []
    for each in every(document.root, "Signatures"):
        if not said(each):
            continue
        listing = document.resolve(document.entry, said(each))
        try:
            entries = every(document.xml(listing), "Signature")
        except OfdFault as failure:
            detail = fault("signatures-damaged", f"{failure.key} {failure.detail}")
            found.append(SignatureFact("ofd-seal", "broken", detail=detail))
            continue
        for number, entry in enumerate(entries):
            found.append(_verify(document, listing, entry, later=len(entries) - number - 1))
    return tuple(found)


def _verify(document: OfdDocument, listing: str, entry: etree._Element, *, later: int) -> SignatureFact:
    kind = "ofd-sign" if entry.get("Type") == "Sign" else "ofd-seal"
    path = document.resolve(listing, entry.get("BaseLoc", ""))
    try:
        data = document.read(path)
        root = document.xml(path)
        value_path = document.resolve(path, said(first(root, "SignedValue")))
        value = document.read(value_path)
    except OfdFault as failure:
        detail = fault("signatures-damaged", f"{failure.key} {failure.detail}")
        return SignatureFact(kind, "broken", detail=detail)  # type: ignore[arg-type]
    references = next(iter(every(root, "References")), None)
    method = (references.get("CheckMethod") if references is not None else "") or "MD5"
    lines, held = _check_references(document, path, references, method, listing=listing if later else "")
    own = {listing, path, value_path, *(document.resolve(path, said(each)) for each in _seal_files(root))}
    covered = {document.resolve("", each.get("FileRef", "").lstrip("/")) for each in every(root, "Reference")}
    covered |= {document.resolve(path, each.get("FileRef", "")) for each in every(root, "Reference")}
    others = [name for name in document.names if name not in covered and name not in own]
    later_ones = [name for name in others if later and posixpath.dirname(name).startswith(posixpath.dirname(listing))]
    uncovered = [name for name in others if name not in later_ones]
    if uncovered:
        lines.append(fault("not-covered", _listed(uncovered)))
    check = _check_value(value, data, method)
    integrity = check.integrity
    if held == "broken" or (held == "unverified" and integrity == "intact"):
        integrity = held  # type: ignore[assignment]
    return SignatureFact(
        kind,  # type: ignore[arg-type]
        integrity,
        check.signer,
        check.signed_at or said(next(iter(every(root, "SignatureDateTime")), None)),
        check.algorithm,
        detail="\n".join(filter(None, [check.detail, *lines])),
    )


def _seal_files(root: etree._Element) -> list[etree._Element]:
    return [each for seal in every(root, "Seal") for each in every(seal, "BaseLoc")]


def _check_references(
    document: OfdDocument, path: str, references: etree._Element | None, method: str, *, listing: str
) -> tuple[list[str], str]:
    """Recompute the digest of every protected member.

    ``listing`` names the list of signatures where later signatures exist: signing again changes it, so a difference
    there is told, not judged.
    """
    name = digest_name(method)
    if references is None or not len(references):
        return [fault("part-missing", "References")], "broken"
    if not name:
        return [fault("algorithm-unsupported", method)], "unverified"
    lines = [fault("weak-digest", name.upper())] if name in WEAK_DIGESTS else []
    differing, missing, excused = [], [], False
    for each in every(references, "Reference"):
        member = document.resolve(path, each.get("FileRef", ""))
        if not document.has(member):
            member = document.resolve("", each.get("FileRef", ""))
        try:
            stated = base64.b64decode(said(first(each, "CheckValue")), validate=False)
            same = stated == digest(name, [document.read(member)])
        except OfdFault:
            missing.append(member)
            continue
        except binascii.Error:
            same = False
        if same:
            continue
        if member == listing:
            excused = True
        else:
            differing.append(member)
    if excused:
        lines.append(fault("later-signature", listing))
    if differing:
        lines.append(fault("digest-differs", _listed(differing)))
    if missing:
        lines.append(fault("protected-missing", _listed(missing)))
    return lines, "broken" if differing or missing else "intact"


def _check_value(value: bytes, data: bytes, method: str) -> CmsCheck:
    """The signature value: a SES signature, a CMS of GM/T 0010, or a bare pair of numbers that names no signer."""
    try:
        head = parse_der(value).parts[0]
    except ASN1_FAULTS as failure:
        return CmsCheck("unverified", detail=fault("form-unsupported", failure))
    if head.tag == IDENTIFIER:
        return verify_cms(value, [data], length=len(data))
    if head.tag == INTEGER:
        return CmsCheck("unverified", detail=fault("no-certificate"))
    return verify_ses(value, data, method)


def _listed(names: Sequence[str]) -> str:
    more = f" (+{len(names) - _NAMED})" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
