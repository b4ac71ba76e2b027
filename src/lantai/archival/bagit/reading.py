"""Read and verify a bag (RFC 8493, and versions 0.93 to 0.97 before it) wherever it lies: in a folder or in an archive.

The paths of the bag, the bytes of its tag files and the digests of its files are handed in, so a package is read once.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lantai.archival.fixity import is_digest

_DECLARATION = re.compile(r"BagIt-Version: (\d+)\.(\d+)(?:\r\n|\n|\r)Tag-File-Character-Encoding: (\S+)(?:\r\n|\n|\r)?")
# What was meant by a declaration that is not well formed, so that the other faults can be told at the same time.
_MEANT = re.compile(r"\ufeff?\s*BagIt-Version\s*:\s*(\d+)\.(\d+)\s+Tag-File-Character-Encoding\s*:\s*(\S+)\s*")
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+(.+)")
_LINES = re.compile(r"\r\n|\n|\r")
_ESCAPES = re.compile("%(0A|0D|25)", re.IGNORECASE)
ALGORITHMS = frozenset({"md5", "sha1", "sha256", "sha384", "sha512", "sm3"})


@dataclass(frozen=True, slots=True)
class BagFault:
    """Something wrong with a bag: ``code`` such as ``bag.digest``, the path inside the bag, and what was found."""

    code: str
    path: str = ""
    detail: str = ""


@dataclass(slots=True)
class Bag:
    """The tag files of a bag. ``manifests`` and ``tag_manifests`` map algorithm to path to lower-case hex;
    ``information`` holds bag-info.txt in order, labels may repeat; ``fetch`` the paths to be fetched."""

    version: tuple[int, int] = (0, 0)
    encoding: str = "utf-8"
    information: list[tuple[str, str]] = field(default_factory=list)
    manifests: dict[str, dict[str, str]] = field(default_factory=dict)
    tag_manifests: dict[str, dict[str, str]] = field(default_factory=dict)
    fetch: list[str] = field(default_factory=list)
    faults: list[BagFault] = field(default_factory=list)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The digests needed of every file to verify the bag."""
        return tuple(sorted({*self.manifests, *self.tag_manifests} & ALGORITHMS))

    def said(self, label: str) -> str:
        """The first value of *label* in bag-info.txt, whatever its letter case; "" if none."""
        return next((value for each, value in self.information if each.lower() == label.lower()), "")


def tag_files(paths: Mapping[str, int]) -> list[str]:
    """Those of a bag's *paths* whose bytes `read_bag` asks for."""
    return [
        each for each in paths if each in ("bagit.txt", "bag-info.txt", "fetch.txt") or _MANIFEST.fullmatch(each)
    ]  # fmt: skip


def read_bag(paths: Mapping[str, int], read: Callable[[str], bytes]) -> Bag:
    """The bag whose files are *paths* (relative to its folder, with sizes); *read* gives a tag file's bytes."""
    bag = Bag()
    declaration = read("bagit.txt")
    told = declaration[:1000].decode("utf-8", "replace")
    match = _DECLARATION.fullmatch(told)
    if match is None:
        bag.faults.append(BagFault("bag.declaration", "bagit.txt", told[:200]))
        match = _MEANT.fullmatch(told)
        if match is None:
            return bag
    bag.version = (int(match[1]), int(match[2]))
    try:
        bag.encoding = codecs.lookup(match[3]).name
    except LookupError:
        bag.faults.append(BagFault("bag.encoding", "bagit.txt", match[3]))
        return bag
    for path in tag_files(paths):
        if path == "bagit.txt":
            continue
        try:
            text = read(path).decode(bag.encoding)
        except UnicodeError:
            bag.faults.append(BagFault("bag.encoding", path, bag.encoding))
            continue
        name = _MANIFEST.fullmatch(path)
        if path == "bag-info.txt":
            _read_information(bag, text)
        elif path == "fetch.txt":
            _read_fetch(bag, text)
        elif name:
            _read_manifest(bag, paths, path, name[2], text, of_tags=bool(name[1]))
    if not bag.manifests:
        bag.faults.append(BagFault("bag.no-manifest"))
    return bag


def verify_bag(bag: Bag, sizes: Mapping[str, int], digests: Mapping[str, Mapping[str, str]]) -> list[BagFault]:
    """Every fault of *bag*: those of its tag files, then what its manifests and the files disagree about.

    *sizes* and *digests* (by algorithm) are of all files of the bag, tag files too, by path inside it. A file that
    could not be digested has no digests, and is a fault.
    """
    faults = list(bag.faults)
    payload = {path for path in sizes if path.startswith("data/")}
    for algorithm, listed in (*bag.manifests.items(), *bag.tag_manifests.items()):
        for path, declared in listed.items():
            if path not in sizes:
                faults.append(BagFault("bag.missing-file", path, "to be fetched" if path in bag.fetch else algorithm))
                continue
            found = digests.get(path, {}).get(algorithm, "")
            if found != declared:
                faults.append(BagFault("bag.digest", path, f"{algorithm} {found or '?'} where {declared} is declared"))
    listed_by = [set(each) for each in bag.manifests.values()]
    if listed_by:
        # RFC 8493 2.1.3 asks every manifest to list every payload file; before 1.0 one of them was enough.
        listed_paths = set.intersection(*listed_by) if bag.version >= (1, 0) else set.union(*listed_by)
        faults.extend(BagFault("bag.unlisted-file", path) for path in sorted(payload - listed_paths))
    if (oxum := bag.said("Payload-Oxum")) and oxum != (true := payload_oxum(sizes)):
        faults.append(BagFault("bag.oxum", "bag-info.txt", f"{oxum} where {true} is found"))
    return list(dict.fromkeys(faults))


def payload_oxum(sizes: Mapping[str, int]) -> str:
    """Payload-Oxum: bytes of the payload, a point, number of its files."""
    payload = [size for path, size in sizes.items() if path.startswith("data/")]
    return f"{sum(payload)}.{len(payload)}"


def _read_information(bag: Bag, text: str) -> None:
    for number, line in enumerate(_LINES.split(text), start=1):
        if not line.strip():
            continue
        if line[0] in " \t" and bag.information:
            label, value = bag.information[-1]
            bag.information[-1] = (label, f"{value} {line.strip()}")
            continue
        label, colon, value = line.partition(":")
        if not colon or not label.strip() or (bag.version >= (1, 0) and label != label.strip()):
            bag.faults.append(BagFault("bag.information", "bag-info.txt", f"line {number}"))
            continue
        bag.information.append((label.strip(), value.strip()))


def _read_fetch(bag: Bag, text: str) -> None:
    for number, line in enumerate(_LINES.split(text), start=1):
        parts = line.split(None, 2)
        if not parts:
            continue
        if len(parts) != 3 or not parts[2].startswith("data/") or _is_unsafe(parts[2]):
            bag.faults.append(BagFault("bag.unsafe-path", "fetch.txt", f"line {number}: {line[:200]}"))
        else:
            bag.fetch.append(parts[2])


def _read_manifest(bag: Bag, paths: Mapping[str, int], name: str, algorithm: str, text: str, *, of_tags: bool) -> None:
    if algorithm not in ALGORITHMS:
        bag.faults.append(BagFault("bag.algorithm", name, algorithm))
        return
    found: dict[str, str] = {}
    composed: dict[str, str] = {}
    for number, line in enumerate(_LINES.split(text), start=1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None or not is_digest(algorithm, match[1]):
            bag.faults.append(BagFault("bag.manifest", name, f"line {number}: {line[:200]}"))
            continue
        path = match[2] if bag.version >= (1, 0) else match[2].removeprefix("*").removeprefix("./")
        if _is_unsafe(path) or path.startswith("data/") == of_tags:
            bag.faults.append(BagFault("bag.unsafe-path", name, f"line {number}: {path[:200]}"))
            continue
        if path not in paths:
            composed = composed or {unicodedata.normalize("NFC", each): each for each in paths}
            path = _actual(path, paths, composed)
        digest = match[1].lower()
        if path in found and (bag.version >= (1, 0) or found[path] != digest):
            bag.faults.append(BagFault("bag.listed-twice", path, f"{name}, line {number}"))
        found[path] = digest
    (bag.tag_manifests if of_tags else bag.manifests)[algorithm] = found


def _is_unsafe(path: str) -> bool:
    return path.startswith(("/", "~", "\\")) or path[1:2] == ":" or ".." in re.split(r"[/\\]", path)


def _actual(path: str, paths: Mapping[str, int], composed: Mapping[str, str]) -> str:
    """The file meant by a manifest's *path*: line breaks and % may stand encoded, and Unicode may be composed otherwise
    on the system the bag was made on."""
    decoded = _ESCAPES.sub(lambda match: chr(int(match[1], 16)), path)
    if decoded in paths:
        return decoded
    return composed.get(unicodedata.normalize("NFC", path)) or composed.get(unicodedata.normalize("NFC", decoded), path)
