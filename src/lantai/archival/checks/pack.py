"""The rule pack (规则包): everything an archive decides about what it takes in, as one frozen, versioned value.

The server exports it, ``lantai check`` reads it, and both reach the same verdict. Dates are ISO 8601 text; an empty
``valid_to`` means still valid, and both ends count. Wherever a rule names an element it may say the column of the
description (``title``, ``item_code``, ``retention``: the ``field`` of a profile's element), which is the same in every
profile, or a profile's own tag; ``@profile`` is the profile's code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lantai.archival.checks.model import Decision, Severity

FORMAT = "lantai/rule-pack/1"

Operator = Literal["is", "in", "not-in", "matches", "contains", "present", "absent"]
Level = Literal["default", "region", "unit"]
Mode = Literal["add", "replace"]
RuleType = Literal["1", "2", "3"]
DigitKind = Literal["identity", "credit", "region", "item"]


@dataclass(frozen=True, slots=True)
class Condition:
    """What one element must say: ``is``/``in``/``not-in`` compare whole values, ``matches`` a regular expression
    from the start to the end, ``contains`` a part; ``present`` and ``absent`` need no values. All comparisons
    ignore outer space."""

    element: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """A term of a material rule: at least ``minimum`` materials with this stage code (``A``, ``B17``, ``B*``) and
    this name (材料名称). An empty code or name does not restrict."""

    code: str = ""
    name: str = ""
    minimum: int = 1


@dataclass(frozen=True, slots=True)
class AllOf:
    """AND (全部具备): every part must hold."""

    all: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """OR (具备其一) with a count: at least ``minimum`` parts must hold."""

    any: tuple[Expression, ...]
    minimum: int = 1


Expression = Material | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class MaterialRule:
    """One rule of the archiving rule engine: ``type`` 1 application (申报), 2 procedure (过程), 3 result (办结).

    The rule counts only where all of ``when`` hold. A rule of the same ``code`` on a later level takes its place.
    """

    code: str
    type: RuleType
    name: str
    needs: Expression
    when: tuple[Condition, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Material rules of one level above the item: for everybody, for a region (行政区划编码) or a unit (全宗号).

    ``mode`` add keeps the rules of earlier levels (those of the same code are replaced), replace drops them all.
    """

    level: Level
    key: str = ""
    valid_from: str = ""
    valid_to: str = ""
    mode: Mode = "add"
    rules: tuple[MaterialRule, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """One version of a service item's material catalogue (事项版本), valid for cases accepted between two dates."""

    version: str
    valid_from: str
    valid_to: str = ""
    mode: Mode = "add"
    rules: tuple[MaterialRule, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceItem:
    """A service item (政务服务事项): its code, name, type (行政许可 ...), promised working days and its versions."""

    code: str
    name: str
    type: str = ""
    category: str = ""
    promised_days: int = 0
    versions: tuple[ItemVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeRule:
    """One line of the archiving scope (归档范围) or of the negative list (不归档清单), with its basis.

    ``materials`` (negative list only): names of materials that must not be archived.
    """

    code: str
    name: str
    when: tuple[Condition, ...] = ()
    materials: tuple[str, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One line of the approved retention table (保管期限表): where all of ``when`` hold, ``retention`` (Y, D30,
    D10)."""

    code: str
    name: str
    retention: str
    when: tuple[Condition, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class RetentionTable:
    """The retention table: rules are tried by ``order`` of their code, then as listed. ``default`` holds where none
    does."""

    version: str
    order: tuple[str, ...] = ("Y", "D30", "D10")
    rules: tuple[RetentionRule, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class FormatRule:
    """Accepted formats (归档格式) of one kind of material, by our short names; ``natures`` empty means every nature."""

    name: str
    formats: tuple[str, ...]
    natures: tuple[str, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class FormatPolicy:
    """What may lie in a package: accepted formats, forbidden ones, tolerated active content, and what has a viewer."""

    accepted: tuple[FormatRule, ...] = ()
    forbidden: tuple[str, ...] = ()
    tolerated_active_content: tuple[str, ...] = ()
    viewable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Elements whose values together must be unique (重复性): within the archive and within the batch."""

    code: str
    elements: tuple[str, ...]
    name_zh: str
    name_en: str
    severity: Severity = "blocking"


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """The archive-code rule (档号规则) of the packages ``when`` fits: ``element`` carries the code, ``rule`` is
    data in the grammar of ``lantai.archival.codes``, ``agrees`` maps components of the code to the elements that
    repeat them."""

    element: str
    rule: Mapping[str, Any] = field(default_factory=dict)
    agrees: Mapping[str, str] = field(default_factory=dict)
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A time limit in working days (办理时限) between two elements; suspension (挂起) is taken off. Only ever reported.

    ``promised`` True takes the item's promised days where they are shorter.
    """

    code: str
    name_zh: str
    name_en: str
    start: str
    end: str
    days: int
    promised: bool = False
    clause: str = ""
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Working days: Monday to Friday, without ``holidays`` (法定节假日), with ``workdays`` (调休上班), for known
    years."""

    years: tuple[int, ...] = ()
    holidays: frozenset[str] = frozenset()
    workdays: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SecrecyPolicy:
    """Which values of the secrecy element (密级) an ordinary installation refuses (Secrets Law 2024, Art. 14)."""

    element: str = "secrecy"
    refused: tuple[str, ...] = ("秘密", "机密", "绝密")


@dataclass(frozen=True, slots=True)
class StepRule:
    """A process step (环节) that must be recorded where all of ``when`` hold; any of ``codes`` will do."""

    codes: tuple[str, ...]
    name: str
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderRule:
    """Two elements whose moments must not run backwards (受理 ≤ 办结 ≤ 归档)."""

    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class DigitRule:
    """An element whose check digit (校验码) is recomputed; only ever reported. ``when`` limits it, e.g. to one card
    type.

    Item codes (事项编码) have no digit known to us: ``pattern`` gives the form of the archive's scheme.
    """

    element: str
    kind: DigitKind
    pattern: str = ""
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class ElementOverride:
    """What the archive asks of one element beyond the profile's element table; None leaves the profile's word."""

    element: str
    mandatory: bool | None = None
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    values: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reasonableness:
    """The cross-field rules of GD-1-5: order of moments, numbers that must be positive, moments that have passed."""

    order: tuple[OrderRule, ...] = ()
    positive: tuple[str, ...] = ()
    not_future: tuple[str, ...] = ()
    retention: str = "retention"


@dataclass(frozen=True, slots=True)
class TextRule:
    """An element whose value should stand in the text of the case's documents (GD-1-9)."""

    element: str
    natures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What policy makes of one verdict of one check (``GD-1-5``) or one reason (``GD-1-5:retention``)."""

    check: str
    verdict: Literal["fail", "warning", "manual"]
    decision: Decision


@dataclass(frozen=True, slots=True)
class RulePack:
    """All rules of one archive in one version, valid between two dates. ``off`` names the checks that this archive does
    not make, each with the reason; reading faults count all the same.
    """

    code: str
    version: str
    name: str
    effective_from: str
    effective_to: str = ""
    note: str = ""
    items: tuple[ServiceItem, ...] = ()
    rule_sets: tuple[RuleSet, ...] = ()
    scope: tuple[ScopeRule, ...] = ()
    negative_list: tuple[ScopeRule, ...] = ()
    retention: RetentionTable = field(default_factory=lambda: RetentionTable(version=""))
    formats: FormatPolicy = field(default_factory=FormatPolicy)
    keys: tuple[KeyRule, ...] = ()
    codes: tuple[CodeEntry, ...] = ()
    time_limits: tuple[TimeLimit, ...] = ()
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    secrecy: SecrecyPolicy = field(default_factory=SecrecyPolicy)
    steps: tuple[StepRule, ...] = ()
    reasonableness: Reasonableness = field(default_factory=Reasonableness)
    digits: tuple[DigitRule, ...] = ()
    elements: tuple[ElementOverride, ...] = ()
    texts: tuple[TextRule, ...] = ()
    environments: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    off: Mapping[str, str] = field(default_factory=dict)
    regions: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How reports name the pack: ``code/version``."""
        return f"{self.code}/{self.version}"

    def item(self, code: str) -> ServiceItem | None:
        """The service item of that code, or None."""
        return next((each for each in self.items if each.code == code), None)
