"""A fast validator of one object (OCFL 1.0 and 1.1): declaration, inventories, sidecars, file set, digests."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from typing import Any

from lantai.archival.fixity import ALGORITHMS, digest_stream
from lantai.archival.ocfl.layout import StorageRoot
from lantai.archival.ocfl.problems import Problem
from lantai.archival.ocfl.rules import INVENTORY_ALGORITHMS, VERSION, InventoryRules

_SIDECAR = re.compile(r"(\S+)[ \t]+inventory\.json\s*", re.ASCII)
_DECLARATION = re.compile(r"0=ocfl_object_(1\.[01])", re.ASCII)
EXTENSIONS = frozenset({"initial", "0001-digest-algorithms", "0002-flat-direct-storage-layout",
    "0003-hash-and-id-n-tuple-storage-layout", "0004-hashed-n-tuple-storage-layout", "0005-mutable-head",
    "0006-flat-omit-prefix-storage-layout", "0007-n-tuple-omit-prefix-storage-layout", "0008-schema-registry",
    "0009-digest-algorithms", "0010-differential-n-tuple-omit-prefix-storage-layout",
    "0011-direct-clean-path-layout"})  # fmt: skip
_PART = 256 << 10


def check_object(root: StorageRoot, object_id: str, *, inventory_digest: str = "") -> list[Problem]:
    """Validate the object with that id in *root*; warnings are left out. Empty when all is well.

    *inventory_digest* is what the register says the inventory's SHA-512 is: another one is a problem (L002) even
    when the object is valid in itself, because whoever can write the object can write its sidecar.
    """
    path = root.object_path(object_id)
    if not os.path.isdir(path):  # noqa: PTH112
        return [Problem("L001", path)]
    validation = _Validation(path, digests=True)
    problems = [each for each in validation.run() if each.is_error]
    if validation.rules and validation.rules.document.get("id") != object_id:
        problems.append(Problem("E037", "inventory.json", str(validation.rules.document.get("id"))))
    if inventory_digest and validation.inventory_digest != inventory_digest:
        problems.append(Problem("L002", "inventory.json", validation.inventory_digest))
    return problems


def validate_object(path: str | os.PathLike[str], *, digests: bool = True) -> list[Problem]:
    """Every problem of the object in the folder *path*, errors and warnings, each with its code.

    With *digests* every file is read and compared; without, only declaration, inventories and the file set. A file
    that cannot be read is a problem (L003), not an exception.
    """
    return _Validation(os.fspath(path), digests=digests).run()


class _Validation:
    """One run over one object."""

    def __init__(self, path: str, *, digests: bool) -> None:
        self.path = path
        self.digests = digests
        self.problems: list[Problem] = []
        self.rules: InventoryRules | None = None
        self.inventory_digest = ""
        self.expected: dict[str, dict[str, tuple[str, str]]] = {}  # content path -> algorithm -> (digest, code)
        self.padded: dict[str, str] = {}

    def run(self) -> list[Problem]:
        try:
            self._check_object()
        except OSError as error:
            self._say("L003", os.path.relpath(error.filename or self.path, self.path), error.strerror or "")
        return self.problems

    def _say(self, code: str, path: str, detail: str = "") -> None:
        self.problems.append(Problem(code, path, detail))

    def _check_object(self) -> None:
        files, folders = _entries(self.path)
        self._check_declaration(files)
        data = self._read("inventory.json") if "inventory.json" in files else None
        if data is None:
            self._say("E063", "inventory.json")
            return
        self.inventory_digest = hashlib.sha512(data).hexdigest()
        rules = self.rules = self._parse(data, "inventory.json")
        if rules is None:
            return
        self.problems += rules.problems
        self._check_sidecar("", files, data, rules.algorithm)
        self._check_root_entries(files, folders, rules)
        if not rules.usable:
            return
        present: set[str] = set()
        inventories: dict[str, InventoryRules] = {}
        for name in sorted(rules.versions, key=_number):
            if name in folders:
                self._check_version(name, rules, data, inventories, present)
        listed = {path for paths in rules.manifest.values() for path in paths}
        for path in sorted(present - listed):
            self._say("E023", path)
        for path in sorted(listed - present):
            self._say("E092", path, "missing")
        for name, earlier in inventories.items():
            self._compare_inventories(name, earlier, rules, present)
        used = {digest for block in rules.versions.values() for digest in block["state"]}
        for digest in rules.manifest.keys() - used:
            self._say("E107", "inventory.json", digest)
        self._expect(rules.manifest, rules.algorithm, "E092")
        self._expect_fixity(rules, present)
        if self.digests:
            for path in sorted(present & self.expected.keys()):
                self._check_digests(path)

    def _check_declaration(self, files: set[str]) -> None:
        declarations = [name for name in files if name.startswith("0=")]
        if len(declarations) != 1:
            self._say("E003", "", ", ".join(sorted(declarations)))
        for name in declarations:
            if not _DECLARATION.fullmatch(name):
                self._say("E006", name)
            elif self._read(name) != name.removeprefix("0=").encode() + b"\n":
                self._say("E007", name)

    def _parse(self, data: bytes, where: str) -> InventoryRules | None:
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            self._say("E033", where, str(error))
            return None
        return InventoryRules(document, where)

    def _check_sidecar(self, folder: str, files: set[str], data: bytes, algorithm: str) -> None:
        if not algorithm:
            return
        name = f"inventory.json.{algorithm}"
        if name not in files:
            self._say("E058", f"{folder}{name}")
            return
        matched = _SIDECAR.fullmatch((self._read(f"{folder}{name}")).decode("utf-8", "replace"))
        if not matched:
            self._say("E061", f"{folder}{name}")
        elif matched[1].lower() != hashlib.new(algorithm, data).hexdigest():
            self._say("E060", f"{folder}inventory.json")

    def _check_root_entries(self, files: set[str], folders: set[str], rules: InventoryRules) -> None:
        known = {"inventory.json", *(name for name in files if name.startswith("0="))}
        known |= {f"inventory.json.{each}" for each in INVENTORY_ALGORITHMS if rules.algorithm in ("", each)}
        for name in sorted(files - known):
            self._say("E001", name)
        versions = {name for name in rules.versions if VERSION.fullmatch(name)}
        for name in sorted(folders - versions - {"logs", "extensions"}):
            self._say("E046" if VERSION.fullmatch(name) else "E001", name)
        if missing := sorted(versions - folders, key=_number):
            self._say("E046", missing[0], "missing")
            if _number(missing[0]) < max((_number(name) for name in versions & folders), default=0):
                self._say("E010", missing[0], "missing")
        if "extensions" in folders:
            loose, extensions = _entries(f"{self.path}/extensions")
            for name in sorted(loose):
                self._say("E067", f"extensions/{name}")
            for name in sorted(extensions - EXTENSIONS):
                self._say("W013", f"extensions/{name}")

    def _check_version(
        self, name: str, rules: InventoryRules, root: bytes, inventories: dict[str, InventoryRules], present: set[str]
    ) -> None:
        files, folders = _entries(f"{self.path}/{name}")
        for folder in sorted(folders - {rules.content_directory}):
            self._say("W002", f"{name}/{folder}")
        if rules.content_directory in folders:
            found = list(self._walk(f"{name}/{rules.content_directory}"))
            present.update(found)
            if not found:
                self._say("W003", f"{name}/{rules.content_directory}")
        sidecars = {each for each in files if each.startswith("inventory.json.")}
        for loose in sorted(files - sidecars - {"inventory.json"}):
            self._say("E015", f"{name}/{loose}")
        if "inventory.json" not in files:
            self._say("W010", name)
            return
        data = self._read(f"{name}/inventory.json")
        if name == rules.document.get("head"):
            self._check_sidecar(f"{name}/", files, data, rules.algorithm)
            if data != root:
                self._say("E064", f"{name}/inventory.json")
            return
        earlier = self._parse(data, f"{name}/inventory.json")
        if earlier is None:
            return
        self.problems += earlier.problems
        self._check_sidecar(f"{name}/", files, data, earlier.algorithm)
        if earlier.usable:
            inventories[name] = earlier

    def _walk(self, folder: str) -> Iterator[str]:
        """Paths of all files below *folder*; says so where a folder is empty."""
        files, folders = _entries(f"{self.path}/{folder}")
        if not files and not folders and folder.count("/") > 1:
            self._say("E024", folder)
        for name in files:
            yield f"{folder}/{name}"
        for name in folders:
            yield from self._walk(f"{folder}/{name}")

    def _compare_inventories(
        self, name: str, earlier: InventoryRules, rules: InventoryRules, present: set[str]
    ) -> None:
        where = earlier.where
        if earlier.document.get("id") != rules.document.get("id"):
            self._say("E037", where)
        if earlier.document.get("head") != name:
            self._say("E040", where)
        if earlier.content_directory != rules.content_directory:
            self._say("E019", where)
        if str(earlier.document.get("type")) > str(rules.document.get("type")):
            self._say("E103", where)
        number = _number(name)
        listed = {path for paths in earlier.manifest.values() for path in paths}
        for path in sorted(path for path in present - listed if _number(path.partition("/")[0]) <= number):
            self._say("E023", path, f"not in {where}")
        for path in sorted(listed - present):
            self._say("E092", path, f"in {where}")
        expected = {each for each in rules.versions if _number(each) <= number}
        if expected != earlier.versions.keys():
            self._say("E066", where)
        for version in sorted(expected & earlier.versions.keys(), key=_number):
            if _states(earlier, version) != _states(rules, version) or (
                earlier.algorithm == rules.algorithm
                and _digests_used(earlier, version) != _digests_used(rules, version)
            ):
                self._say("E066", where, version)
            for key in ("created", "message", "user"):
                if earlier.versions[version].get(key) != rules.versions[version].get(key):
                    self._say("W011", where, f"{version} {key}")
        self._expect(earlier.manifest, earlier.algorithm, "E092")

    def _expect(self, block: dict[str, list[str]], algorithm: str, code: str) -> None:
        if not algorithm:
            return
        for digest, paths in block.items():
            for path in paths:
                wanted = self.expected.setdefault(path, {})
                held = wanted.get(algorithm)
                if held is None:
                    wanted[algorithm] = (digest.lower(), code)
                elif held[0] != digest.lower():
                    self._say(code, path, f"{algorithm} is told in two ways")

    def _expect_fixity(self, rules: InventoryRules, present: set[str]) -> None:
        fixity = rules.document.get("fixity")
        if not isinstance(fixity, dict):
            return
        for algorithm, block in fixity.items():
            if not isinstance(block, dict):
                continue
            for digest, paths in block.items():
                for path in paths if isinstance(paths, list) else []:
                    if path not in present:
                        self._say("E093", str(path), "missing")
                    elif _computable(algorithm):
                        self._expect({digest: [path]}, algorithm, "E093")

    def _check_digests(self, path: str) -> None:
        wanted = self.expected[path]
        try:
            found = _digests(f"{self.path}/{path}", tuple(wanted))
        except OSError as error:
            self._say("L003", path, error.strerror or "")
            return
        for algorithm, (digest, code) in wanted.items():
            if found[algorithm] != digest:
                self._say(code, path, f"{algorithm} is {found[algorithm]}")

    def _read(self, path: str) -> bytes:
        with open(f"{self.path}/{path}", "rb", buffering=0) as file:  # noqa: PTH123
            return file.read()


def _entries(path: str) -> tuple[set[str], set[str]]:
    """Names of files (and whatever else is no folder) and of folders; a link is never followed."""
    files: set[str] = set()
    folders: set[str] = set()
    with os.scandir(path) as found:
        for each in found:
            (folders if each.is_dir(follow_symlinks=False) else files).add(each.name)
    return files, folders


def _digests(path: str, algorithms: tuple[str, ...]) -> dict[str, str]:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # no link, and no waiting for a pipe
    with os.fdopen(handle, "rb", buffering=0) as file:
        if algorithms == ("sha512",):
            digest = hashlib.sha512()
            while part := file.read(_PART):  # the system reads ahead while a part is digested
                digest.update(part)
            return {"sha512": digest.hexdigest()}
        ours = tuple(each for each in algorithms if each in ALGORITHMS)
        found = digest_stream(file, ours)[1] if ours else {}
        for algorithm in algorithms:
            if algorithm not in ours:
                file.seek(0)
                found[algorithm] = _other_digest(algorithm, file.read())
        return found


def _other_digest(algorithm: str, data: bytes) -> str:
    if algorithm == "size":
        return str(len(data))
    if algorithm.startswith("blake2b-"):
        return hashlib.blake2b(data, digest_size=int(algorithm.removeprefix("blake2b-")) // 8).hexdigest()
    return hashlib.new({"sha512/256": "sha512_256"}.get(algorithm, algorithm), data).hexdigest()


def _computable(algorithm: str) -> bool:
    """Whether a digest of the fixity block can be computed here; others are only looked at by their form."""
    return algorithm in ALGORITHMS or algorithm in {
        "md5", "sha1", "size", "sha512/256", "blake2b-160", "blake2b-256", "blake2b-384", "blake2b-512",
    }  # fmt: skip


def _states(rules: InventoryRules, version: str) -> Any:
    """A version's state as logical path to the content paths its digest stands for, whatever the algorithm."""
    return {
        path: frozenset(rules.manifest.get(digest, ()))
        for digest, paths in rules.versions[version]["state"].items()
        if isinstance(paths, list)
        for path in paths
        if isinstance(path, str)
    }


def _digests_used(rules: InventoryRules, version: str) -> set[str]:
    return {digest.lower() for digest in rules.versions[version]["state"]}


def _number(name: str) -> int:
    matched = VERSION.fullmatch(name)
    return int(matched[2]) if matched else 0
