"""Inventories (清单): what an object holds, version by version (OCFL 1.1, 3.5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha512
from typing import Any

ALGORITHM = "sha512"
TYPE = "https://ocfl.io/1.1/spec/#inventory"
SIDECAR = f"inventory.json.{ALGORITHM}"
OBJECT_DECLARATION = "0=ocfl_object_1.1"


class InventoryBroken(ValueError):
    """An inventory cannot be used: not JSON, not ours, or not what its sidecar says."""


class PathMissing(LookupError):
    """The object has no such logical path in that version."""


@dataclass(frozen=True)
class Inventory:
    """A parsed inventory. *document* is its JSON as it stands, *digest* the SHA-512 of its bytes."""

    document: dict[str, Any]
    digest: str

    @property
    def object_id(self) -> str:
        """The object's id."""
        return str(self.document["id"])

    @property
    def head(self) -> str:
        """The newest version, as "v3"."""
        return str(self.document["head"])

    @property
    def manifest(self) -> dict[str, list[str]]:
        """Digest to content paths."""
        manifest: dict[str, list[str]] = self.document["manifest"]
        return manifest

    @cached_property
    def logical(self) -> dict[str, str]:
        """Logical paths of the newest version, each with its SHA-512."""
        return self.logical_in(self.head)

    def logical_in(self, version: str) -> dict[str, str]:
        """Logical paths of *version*, each with its SHA-512. Raises PathMissing for an unknown version."""
        block = self.document["versions"].get(version)
        if block is None:
            raise PathMissing(f"{self.object_id} has no version {version}")
        return {path: digest for digest, paths in block["state"].items() for path in paths}

    def content_path(self, path: str, *, version: str = "") -> str:
        """Where the content of a logical path lies, below the object. Raises PathMissing."""
        logical = self.logical_in(version) if version else self.logical
        if path not in logical:
            raise PathMissing(f"{self.object_id} has no {path} in {version or self.head}")
        return self.manifest[logical[path]][0]


def parse_inventory(data: bytes, sidecar: bytes | None = None) -> Inventory:
    """The inventory in *data*, compared with its *sidecar* where that is given. Raises InventoryBroken."""
    digest = sha512(data).hexdigest()
    if sidecar is not None and sidecar != sidecar_bytes(digest):
        raise InventoryBroken("the inventory is not the one its sidecar tells of")
    try:
        document = json.loads(data)
    except ValueError as error:
        raise InventoryBroken("the inventory is not JSON") from error
    if not isinstance(document, dict) or document.get("digestAlgorithm") != ALGORITHM:
        raise InventoryBroken(f"the inventory does not use {ALGORITHM}")
    inventory = Inventory(document, digest)
    try:
        _ = inventory.logical, inventory.manifest.keys()
    except (KeyError, AttributeError, TypeError) as error:
        raise InventoryBroken("the inventory lacks a part") from error
    return inventory


def build_inventory(
    *,
    object_id: str,
    manifest: Mapping[str, list[str]],
    versions: Mapping[str, Mapping[str, Any]],
) -> tuple[bytes, str]:
    """Bytes of an inventory and their SHA-512. The last of *versions* is the head."""
    document = {
        "id": object_id,
        "type": TYPE,
        "digestAlgorithm": ALGORITHM,
        "head": list(versions)[-1],
        "manifest": manifest,
        "versions": versions,
    }
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return data, sha512(data).hexdigest()


def version_block(
    *, logical: Mapping[str, str], created: datetime, message: str, user: str, address: str
) -> dict[str, Any]:
    """One version's block: *logical* maps paths to digests, *created* bears a time zone, *address* is a URI."""
    if created.tzinfo is None:
        raise ValueError(f"the time of a version bears a zone: {created}")
    state: dict[str, list[str]] = {}
    for path, digest in logical.items():
        state.setdefault(digest, []).append(path)
    return {
        "created": created.isoformat(timespec="seconds"),
        "state": state,
        "message": message,
        "user": {"name": user, "address": address},
    }


def sidecar_bytes(digest: str) -> bytes:
    """Content of the sidecar of an inventory with that digest."""
    return f"{digest} inventory.json\n".encode("ascii")


def named_files(inventory: Inventory) -> list[str]:
    """Every file an object of ours has by its inventory: contents, inventories, sidecars, the declaration."""
    books = [f"{place}{name}" for place in inventory_places(inventory) for name in ("inventory.json", SIDECAR)]
    return [*(path for paths in inventory.manifest.values() for path in paths), *books, OBJECT_DECLARATION]


def inventory_places(inventory: Inventory) -> list[str]:
    """Where the inventories lie: at the top of the object, and in the folder of each version."""
    return ["", *(f"{version}/" for version in inventory.document["versions"])]
