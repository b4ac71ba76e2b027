"""The tag files of a bag (RFC 8493) around a payload that is already digested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lantai.archival.bagit.reading import payload_oxum
from lantai.archival.fixity import digest_bytes


def write_tag_files(
    sizes: Mapping[str, int],
    digests: Mapping[str, Mapping[str, str]],
    *,
    information: Mapping[str, str],
    algorithms: Sequence[str] = ("sha512", "sha256"),
) -> dict[str, bytes]:
    """The tag files, by name, of a version 1.0 bag whose payload paths (``data/...``) have *sizes* and *digests*.

    *information* becomes bag-info.txt in its order, with Payload-Oxum added at the end. Raises ValueError for a label
    or value a line of bag-info.txt cannot hold.
    """
    lines = [f"{label}: {_value(label, value)}\n" for label, value in information.items()]
    lines.append(f"Payload-Oxum: {payload_oxum(sizes)}\n")
    made = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": "".join(lines).encode(),
    }
    for algorithm in algorithms:
        made[f"manifest-{algorithm}.txt"] = _manifest({path: digests[path][algorithm] for path in sizes})
    tags = {path: digest_bytes(data, algorithms) for path, data in made.items()}
    for algorithm in algorithms:
        made[f"tagmanifest-{algorithm}.txt"] = _manifest({path: each[algorithm] for path, each in tags.items()})
    return made


def _value(label: str, value: str) -> str:
    if ":" in label or label != label.strip() or not label or len(f"{label}{value}".splitlines()) > 1:
        raise ValueError(f"bag-info.txt cannot hold {label!r}: {value!r}")
    return value


def _manifest(digests: Mapping[str, str]) -> bytes:
    lines = []
    for path in sorted(digests):
        escaped = path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
        lines.append(f"{digests[path]}  {escaped}\n")
    return "".join(lines).encode()
