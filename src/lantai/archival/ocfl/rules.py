"""The rules of an inventory by itself (OCFL 1.0 and 1.1, section 3.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lantai.archival.ocfl.problems import Problem

INVENTORY_ALGORITHMS = {"sha512": 128, "sha256": 64}
FIXITY_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "blake2b-160": 40, "blake2b-256": 64,
                  "blake2b-384": 96, "blake2b-512": 128, "sha512/256": 64, "size": 0, "sm3": 64}  # fmt: skip
SPECIFICATIONS = {f"https://ocfl.io/{version}/spec/#inventory": version for version in ("1.0", "1.1")}
VERSION = re.compile(r"v(0*)([1-9][0-9]*)", re.ASCII)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_HEX = re.compile(r"[0-9a-fA-F]+", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})")


class InventoryRules:
    """Checks one inventory; ``problems`` holds what was found, ``usable`` whether its files can be compared."""

    def __init__(self, document: object, where: str) -> None:
        """Check *document*, the parsed JSON of the inventory at the path *where*."""
        self.where = where
        self.problems: list[Problem] = []
        self.document: dict[str, Any] = document if isinstance(document, dict) else {}
        self.manifest: dict[str, list[str]] = {}
        self.versions: dict[str, dict[str, Any]] = {}
        self.content_directory = "content"
        if not isinstance(document, dict):
            self._say("E033", "not an object")
            return
        self._check_head_block()
        self._check_manifest()
        self._check_versions()
        self._check_fixity()

    @property
    def usable(self) -> bool:
        """Whether manifest and versions are there to compare the files with."""
        return bool(self.versions) and isinstance(self.document.get("manifest"), dict)

    @property
    def algorithm(self) -> str:
        """The digest algorithm the inventory names; "" when it is none that OCFL allows."""
        named = self.document.get("digestAlgorithm")
        return named if isinstance(named, str) and named in INVENTORY_ALGORITHMS else ""

    def _say(self, code: str, detail: str = "") -> None:
        self.problems.append(Problem(code, self.where, detail))

    def _check_head_block(self) -> None:
        document = self.document
        for key in ("id", "type", "digestAlgorithm", "head"):
            if key not in document:
                self._say("E036", key)
        if "id" in document:
            if not isinstance(document["id"], str) or not document["id"]:
                self._say("E037")
            elif not _URI.fullmatch(document["id"]):
                self._say("W005", document["id"])
        if "type" in document and str(document["type"]) not in SPECIFICATIONS:
            self._say("E038", str(document["type"]))
        if "digestAlgorithm" in document and not self.algorithm:
            self._say("E025", str(document["digestAlgorithm"]))
        elif self.algorithm == "sha256":
            self._say("W004")
        if "contentDirectory" in document:
            named = document["contentDirectory"]
            if not isinstance(named, str) or not named or "/" in named:
                self._say("E017", str(named))
            elif named in (".", ".."):
                self._say("E018", named)
            else:
                self.content_directory = named

    def _check_manifest(self) -> None:
        manifest = self.document.get("manifest")
        if not isinstance(manifest, dict):
            self._say("E041", "manifest")
            return
        length = INVENTORY_ALGORITHMS.get(self.algorithm, 0)
        for digest, paths in manifest.items():
            if length and (len(digest) != length or not _HEX.fullmatch(digest)):
                self._say("E025", digest)
            if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
                self._say("E091", digest)
                continue
            self.manifest[digest] = paths
        if len({digest.lower() for digest in manifest}) != len(manifest):
            self._say("E096")
        self._check_content_paths(path for paths in self.manifest.values() for path in paths)
        for paths in self.manifest.values():
            for path in paths:
                version, _, rest = path.partition("/")
                if not VERSION.fullmatch(version) or not rest.startswith(f"{self.content_directory}/"):
                    self._say("E042", path)

    def _check_content_paths(self, paths: Iterable[str]) -> None:
        seen: set[str] = set()
        for path in paths:
            if path.startswith("/") or path.endswith("/"):
                self._say("E100", path)
            if bad_element(path.strip("/")):
                self._say("E099", path)
            if path in seen:
                self._say("E101", path)
            seen.add(path)
        if both := also_folder(seen):
            self._say("E101", both)

    def _check_versions(self) -> None:
        versions = self.document.get("versions")
        if versions is None:
            self._say("E041", "versions")
            self._say("E008")
            return
        if not isinstance(versions, dict):
            self._say("E044")
            return
        if not versions:
            self._say("E008")
            return
        numbers = self._check_names(versions)
        for name, block in versions.items():
            self._check_version(name, block)
        head = self.document.get("head")
        if "head" in self.document and numbers and head != numbers[max(numbers)]:
            self._say("E040", str(head))

    def _check_names(self, versions: dict[str, Any]) -> dict[int, str]:
        numbers: dict[int, str] = {}
        widths: set[int] = set()
        for name in versions:
            matched = VERSION.fullmatch(name)
            if not matched:
                self._say("E046", name)
                continue
            numbers[int(matched[2])] = name
            widths.add(len(name) if matched[1] else 0)
        if widths - {0}:
            self._say("W001")
            if 0 in widths:
                self._say("E011", ", ".join(name for name in numbers.values() if not name.startswith("v0")))
            if len(widths) > 1:
                self._say("E013", ", ".join(versions))
        if numbers and 1 not in numbers:
            self._say("E009")
        elif numbers and sorted(numbers) != list(range(1, len(numbers) + 1)):
            self._say("E010", ", ".join(numbers[number] for number in sorted(numbers)))
        return numbers

    def _check_version(self, name: str, block: object) -> None:
        if not isinstance(block, dict):
            self._say("E048", name)
            return
        created = block.get("created")
        if created is None:
            self._say("E048", f"{name} created")
        elif not is_time(created):
            self._say("E049", f"{name} {created}")
        state = block.get("state")
        if state is None:
            self._say("E048", f"{name} state")
        elif not isinstance(state, dict):
            self._say("E050", name)
        else:
            self.versions[name] = block
            self._check_state(name, state)
        self._check_authorship(name, block)

    def _check_state(self, name: str, state: dict[str, Any]) -> None:
        seen: set[str] = set()
        for digest, paths in state.items():
            if digest not in self.manifest:
                self._say("E050", f"{name} {digest}")
            if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
                self._say("E050", f"{name} {digest}")
                continue
            for path in paths:
                if path.startswith("/") or path.endswith("/"):
                    self._say("E053", f"{name} {path}")
                if bad_element(path.strip("/")):
                    self._say("E052", f"{name} {path}")
                if path in seen:
                    self._say("E095", f"{name} {path}")
                seen.add(path)
        if both := also_folder(seen):
            self._say("E095", f"{name} {both}")

    def _check_authorship(self, name: str, block: dict[str, Any]) -> None:
        if "message" not in block or "user" not in block:
            self._say("W007", name)
        if "message" in block and not isinstance(block["message"], str):
            self._say("E094", name)
        if "user" not in block:
            return
        user = block["user"]
        if not isinstance(user, dict) or not isinstance(user.get("name"), str) or not user["name"]:
            self._say("E054", name)
            return
        if "address" not in user:
            self._say("W008", name)
        elif not isinstance(user["address"], str):
            self._say("E054", f"{name} address")
        elif not _URI.fullmatch(user["address"]):
            self._say("W009", f"{name} {user['address']}")

    def _check_fixity(self) -> None:
        fixity = self.document.get("fixity")
        if fixity is None:
            return
        if not isinstance(fixity, dict):
            self._say("E056")
            return
        for algorithm, block in fixity.items():
            if not isinstance(block, dict) or not all(isinstance(paths, list) for paths in block.values()):
                self._say("E057", algorithm)
                continue
            if len({digest.lower() for digest in block}) != len(block):
                self._say("E097", algorithm)
            length = FIXITY_LENGTHS.get(algorithm, 0)
            for digest in block:
                if length and (len(digest) != length or not _HEX.fullmatch(digest)):
                    self._say("E057", f"{algorithm} {digest}")
            self._check_content_paths(path for paths in block.values() for path in paths if isinstance(path, str))


def is_time(value: object) -> bool:
    """Whether *value* is a time to the second with its zone (RFC 3339)."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def bad_element(path: str) -> bool:
    """Whether the path has an element that is empty, "." or ".."."""
    return not {"", ".", ".."}.isdisjoint(path.split("/"))


def also_folder(paths: set[str]) -> str:
    """A path among *paths* that is also a folder of another; "" when there is none."""
    folders: set[str] = set()
    for path in paths:
        at = path.rfind("/")
        while at > 0 and path[:at] not in folders:
            folders.add(path[:at])
            at = path.rfind("/", 0, at)
    return min(paths & folders, default="")
