"""The formats we speak of by name, as data: short key, PRONOM identifier, version, MIME type."""

from __future__ import annotations

import tomllib
from pathlib import Path

from lantai.archival.formats.model import Format

_TABLE = tomllib.loads((Path(__file__).parent / "formats.toml").read_text(encoding="utf-8"))
_BY_NAME: dict[tuple[str, str], Format] = {}
_BY_PUID: dict[str, Format] = {}
for _row in _TABLE["format"]:
    _format = Format(**_row)
    _BY_NAME[_format.key, _format.version] = _format
    _BY_PUID[_format.puid] = _format

TABLE_DATE: str = _TABLE["date"]
PRONOM_OF_TABLE: str = _TABLE["pronom"]


def formats() -> tuple[Format, ...]:
    """Every format of the table, in its order."""
    return tuple(_BY_NAME.values())


def named(key: str, version: str = "") -> Format:
    """The format of that short key and version.

    Raises:
        KeyError: the table has no such row.
    """
    return _BY_NAME[key, version]


def by_puid(puid: str) -> Format | None:
    """The table's row of a PRONOM identifier, or None where the table does not name it."""
    return _BY_PUID.get(puid)


_BEYOND_PRONOM: dict[str, frozenset[str]] = {row["puid"]: frozenset(row["seen_as"]) for row in _TABLE["beyond_pronom"]}


def agree(ours: Format, pronoms: Format | None) -> bool:
    """Whether PRONOM's word on a file bears out ours.

    A format PRONOM has no entry for (OFD, WPS) agrees with what PRONOM takes it for (ZIP, OLE2); every other one
    agrees only with its own identifier.
    """
    if pronoms is None:
        return False
    return ours.puid == pronoms.puid or pronoms.puid in _BEYOND_PRONOM.get(ours.puid, frozenset())


_OURS: dict[str, tuple[str, frozenset[str]]] = {
    known.key: (puid, seen) for puid, seen in _BEYOND_PRONOM.items() if (known := _BY_PUID.get(puid)) is not None
}


def known_as(key: str, puid: str) -> str:
    """The identifier under which a format register speaks of a file: PRONOM's, or ours where PRONOM has no entry for
    what the file is (an OFD that PRONOM takes for a ZIP); empty for a file nobody could name.

    Args:
        key: our short name of its format, if our own signatures named it.
        puid: PRONOM's identifier, if PRONOM named it.
    """
    ours, seen = _OURS.get(key, ("", frozenset()))
    return ours if ours and (not puid or puid in seen) else puid
