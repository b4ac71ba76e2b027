"""What the catalogue and the ledger are told of records whose content lies sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from lantai.catalog.services import StoredComponent
from lantai.storage.queries import SealedFact, content_digests, content_facts


@dataclass(frozen=True, slots=True)
class Stored:
    """What lies in boxes by logical path: the digests of what is stored, and what is told of that which is sealed."""

    digests: Mapping[str, str]
    facts: Mapping[str, SealedFact]

    def evidence(self, *, package: str, document: str) -> dict[str, Any]:
        """The part of a record's entry that ties it to the shelf: the digest of its description, and of a sealed record
        the algorithm, the digest of its data key and the keyed digest of the package as received."""
        sealed = {"sealed": asdict(self.facts[package])} if package in self.facts else {}
        return {"description_sha512": self.digests[document]} | sealed

    def components(self, *, package: str, found: Sequence[StoredComponent]) -> Sequence[StoredComponent]:
        """The files *found* in a package; of a sealed one without plain digests, which would outlive the content and
        confirm a guess of it."""
        return tuple(replace(each, sha256="") for each in found) if package in self.facts else found


def stored_contents(*, cleartexts: Mapping[str, Mapping[str, str]]) -> Stored:
    """What lies in the boxes whose packages (logical path to the SHA-512 of the cleartext) *cleartexts* names."""
    digests: dict[str, str] = {}
    facts: dict[str, SealedFact] = {}
    for object_id, packages in cleartexts.items():
        digests |= content_digests(object_id=object_id)
        facts |= content_facts(object_id=object_id, cleartexts=packages)
    return Stored(digests, facts)
