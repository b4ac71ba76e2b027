"""Manifests in the form of ``sha512sum``: one line a file, digest, two characters, path. Any system can check them."""

from __future__ import annotations

from collections.abc import Mapping

from lantai.archival.fixity.digests import is_digest


class ManifestRefused(ValueError):
    """A manifest that cannot be trusted to say what it means; ``line`` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def write_manifest(digests: Mapping[str, str]) -> bytes:
    """The manifest of *digests* (path to hex), sorted by path, in UTF-8.

    As coreutils does, a path with a backslash or a line break is escaped and its line begins with a backslash.
    """
    lines: list[str] = []
    for path, digest in sorted(digests.items()):
        escaped = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        mark = "\\" if escaped != path else ""
        lines.append(f"{mark}{digest}  {escaped}\n")
    return "".join(lines).encode()


def read_manifest(data: bytes, algorithm: str) -> dict[str, str]:
    """Path to lower-case hex, of a manifest of *algorithm* as `write_manifest` or coreutils (text or binary mode)
    writes it. Raises `ManifestRefused` for a line of another form, a wrong length of digest, or a path named twice."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ManifestRefused(data.count(b"\n", 0, error.start) + 1, "not UTF-8") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line:
            continue
        escaped = line.startswith("\\")
        digest, mark, path = line.removeprefix("\\").partition(" ")
        if not mark or path[:1] not in (" ", "*") or len(path) < 2:
            raise ManifestRefused(number, "not 'digest, two characters, path'")
        if not is_digest(algorithm, digest):
            raise ManifestRefused(number, f"not a digest of {algorithm}")
        path = _unescape(path[1:], number) if escaped else path[1:]
        if path in found:
            raise ManifestRefused(number, f"names {path!r} a second time")
        found[path] = digest.lower()
    return found


def _unescape(text: str, number: int) -> str:
    found: list[str] = []
    letters = iter(text)
    for letter in letters:
        if letter != "\\":
            found.append(letter)
            continue
        meant = {"\\": "\\", "n": "\n", "r": "\r"}.get(next(letters, ""))
        if meant is None:
            raise ManifestRefused(number, "an escape that means nothing")
        found.append(meant)
    return "".join(found)
