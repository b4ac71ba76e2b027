"""The shape of a check (检测项), of what it needs to know, and of what it found (DA/T 70-2018, four natures 四性)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["pass", "fail", "warning", "not-applicable", "manual"]
Severity = Literal["blocking", "warning", "note"]
Decision = Literal["accepted", "rejected", "manual"]
Method = Literal["A", "M", "P"]


@dataclass(frozen=True, slots=True)
class CheckDefinition:
    """One row of the register: code (``GD-1-1``), Chinese and English name, nature 1 to 4, group (``1-1``), stage
    (GD, YJ, CQ), method A automatic, P partly, M manual, default severity, and the clause or source."""

    code: str
    name_zh: str
    name_en: str
    stage: Literal["GD", "YJ", "CQ"]
    nature: Literal[1, 2, 3, 4]
    group: str
    method: Method
    severity: Severity
    clause: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check said of one object.

    ``reason`` is a message key of the check's catalogue, ``values`` what it compared (expected, found, path ...), so
    that the sentence can be said in Chinese and in English; ``path`` names the component or element. ``advice`` is the
    key of what the department should do about it. A pass carries what was looked at in ``values``.
    """

    code: str
    verdict: Verdict
    reason: str = ""
    path: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    advice: str = ""
    severity: Severity = "note"


@dataclass(frozen=True, slots=True)
class ValueList:
    """A code list (代码表) in the version that holds on the record's own date.

    ``words`` are its codes and what they mean. A list ``binding`` takes the place of the value domain of a profile; one
    that is not stands beside it.
    """

    name: str
    name_en: str
    version: str
    valid_from: str
    words: frozenset[str]
    shown: str
    binding: bool


@dataclass(frozen=True, slots=True)
class Holdings:
    """The facts only the archive knows, gathered for one package before its examination.

    ``known`` names the facts that were really asked for; a check whose ground is not in it answers not-applicable
    with that reason, as on a lone machine with ``lantai check``. Its names are ``record_codes`` (with
    package_digests and key_values), ``fonds``, ``source_registered``, ``agreement``, ``catalogue_readable``,
    ``virus``, ``batch``, ``carrier``.

    ``key_values`` maps the code of a key rule to the values held elsewhere, of those ``key_values()`` of the checks
    asked for. ``agreement`` may list ``fonds`` and ``items`` (codes) the sender may send. ``carrier`` is what an
    offline package came on, empty for the network. ``evidence`` maps the code of a check a person signed to who,
    when and on what ground. ``batch_count`` and ``batch_bytes`` are what the hand-over list registers,
    ``..._found`` what came. ``today`` is an ISO date, as checks have no clock. ``lists`` are the code lists on the
    record's own date, by column of the description (``item_type``) or element of DA/T 46 (``M34``).
    """

    known: frozenset[str] = frozenset()
    record_codes: frozenset[str] = frozenset()
    package_digests: frozenset[str] = frozenset()
    key_values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    replaces: str = ""
    fonds: frozenset[str] = frozenset()
    source_registered: bool | None = None
    agreement: Mapping[str, Any] = field(default_factory=dict)
    catalogue_readable: bool | None = None
    virus_engine: str = ""
    virus_signatures: str = ""
    virus_found: Mapping[str, str] = field(default_factory=dict)
    batch_count: int | None = None
    batch_bytes: int | None = None
    batch_count_found: int | None = None
    batch_bytes_found: int | None = None
    batch_serials: tuple[str, ...] = ()
    classified_environment: bool = False
    carrier: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    today: str = ""
    lists: Mapping[str, ValueList] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Examination:
    """The outcome of all checks on one package, in register order, with the decision policy made of it."""

    stage: str
    decision: Decision
    findings: tuple[Finding, ...]
    rule_pack: str
    profile: str

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Every finding that is not a pass, not-applicable or manual, blocking ones first, then in register order."""
        order = {"blocking": 0, "warning": 1, "note": 2}
        bad = [each for each in self.findings if each.verdict in ("fail", "warning")]
        return tuple(sorted(bad, key=lambda each: order[each.severity]))
