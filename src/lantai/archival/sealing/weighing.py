"""From single observations to one verdict: what speaks against a signature, what stays unknown, what was proven."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lantai.archival.formats.model import SignatureVerdict
from lantai.archival.formats.reading import fault

Effect = Literal["note", "distrust", "doubt", "fault"]
Proof = Literal["content", "members", "value", "coverage", "seal", "trust"]
"""What must be shown of a signature: its content and the members it lists are as signed, its value was made by the
certificate's key, nothing shown lies outside it, the seal was made by its maker, and the chains lead to anchors of the
trust store."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One observation: a row of ``sentences.toml`` with its detail, and what it does to the verdict."""

    effect: Effect
    key: str
    detail: str = ""

    @property
    def line(self) -> str:
        """The observation as a line ``key: detail``."""
        return fault(self.key, self.detail)


@dataclass(slots=True)
class Weighing:
    """The observations on one signature. A fault makes it invalid, a doubt not to be judged, a distrust valid but not
    trusted; valid it is only when everything needed was proven and nothing speaks against it."""

    remarks: list[Remark] = field(default_factory=list)
    proven: set[Proof] = field(default_factory=set)
    broken: bool = False

    def note(self, key: str, detail: object = "") -> None:
        """Something to know that changes nothing."""
        self.remarks.append(Remark("note", key, str(detail)))

    def distrust(self, key: str, detail: object = "") -> None:
        """The signature holds, but nothing says who vouches for the signer."""
        self.remarks.append(Remark("distrust", key, str(detail)))

    def doubt(self, key: str, detail: object = "") -> None:
        """Something could not be looked at."""
        self.remarks.append(Remark("doubt", key, str(detail)))

    def fault(self, key: str, detail: object = "") -> None:
        """The signature does not count, though content and value may hold."""
        self.remarks.append(Remark("fault", key, str(detail)))

    def breaks(self, key: str, detail: object = "") -> None:
        """Content or value do not hold."""
        self.broken = True
        self.fault(key, detail)

    def prove(self, *what: Proof) -> None:
        """Something that must be shown was shown."""
        self.proven.update(what)

    def verdict(self, needed: frozenset[Proof]) -> tuple[SignatureVerdict, str]:
        """The verdict and the lines that decided it.

        Args:
            needed: what must be proven for a signature of this kind.
        """
        missing = needed - self.proven
        unproven = fault("not-proven", ", ".join(sorted(missing)))
        for effect, verdict in _BY_EFFECT:
            lines = list(dict.fromkeys(each.line for each in self.remarks if each.effect == effect))
            if lines and verdict == "untrusted" and missing - {"trust"}:
                return "unjudged", unproven
            if lines:
                return verdict, "\n".join(lines)
        if missing:
            return "unjudged", unproven
        return "valid", next((each.line for each in self.remarks if each.key == "chain-trusted"), "")

    def integrity(self, needed: frozenset[Proof]) -> Literal["intact", "broken", "unverified"]:
        """What recomputing alone showed."""
        if self.broken:
            return "broken"
        return "unverified" if (needed - {"trust", "coverage"}) - self.proven else "intact"

    def detail(self) -> str:
        """All lines, those that decide first."""
        order = {"fault": 0, "doubt": 1, "distrust": 2, "note": 3}
        lines = [each.line for each in sorted(self.remarks, key=lambda each: order[each.effect])]
        return "\n".join(dict.fromkeys(lines))


_BY_EFFECT: tuple[tuple[Effect, SignatureVerdict], ...] = (
    ("fault", "invalid"),
    ("doubt", "unjudged"),
    ("distrust", "untrusted"),
)
