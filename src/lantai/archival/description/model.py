"""What the description document of one record holds, as plain values (DA/T 46-2009, DA/T 18-2022)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class DescribedSignature:
    """One electronic signature or seal found in a component (M57), and what recomputing it showed.

    ``trusted`` is None where trust was not judged. ``algorithm`` is an object identifier or a name (M64). ``verdict``
    is valid, untrusted, invalid or unjudged, ``reason`` the lines that decided it; both are empty in older documents.
    """

    kind: str
    integrity: str
    signer: str = ""
    signed_at: str = ""
    algorithm: str = ""
    trusted: bool | None = None
    detail: str = ""
    verdict: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DescribedComponent:
    """One computer file of the record (组件) and its electronic attributes (M46-M50).

    ``path`` is its name in the package; ``raw_name`` the bytes of that name where they are not the UTF-8 of ``path``,
    with ``name_encoding`` telling how they were read. ``offset``, ``stored_size`` and ``method`` (``stored``,
    ``deflated``, ``file``) say where its bytes lie in ``package.zip``. ``digests`` maps ``sha512``, ``sha256`` and
    ``sm3`` to hex. ``title``, ``stage_code`` (A, B0-B99, C) and ``nature`` (B, P, R) are what the department
    declared of it.
    """

    path: str
    size: int
    digests: Mapping[str, str] = field(default_factory=dict)
    raw_name: bytes = b""
    name_encoding: str = "utf-8"
    offset: int | None = None
    stored_size: int = 0
    method: str = "stored"
    modified: str = ""
    format_key: str = ""
    format_name: str = ""
    format_version: str = ""
    puid: str = ""
    mime: str = ""
    application: str = ""
    readable: bool | None = None
    pages: int | None = None
    title: str = ""
    stage_code: str = ""
    nature: str = ""
    share: str = ""
    share_basis: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    signatures: tuple[DescribedSignature, ...] = ()


@dataclass(frozen=True, slots=True)
class DescribedAct:
    """One act done in handling or keeping the record (管理过程元数据, M76-M84).

    ``fields`` holds what else the source's process record said, by its own tag.
    """

    action: str
    time: str
    actor: str = ""
    status: Literal["历史行为", "计划任务"] = "历史行为"
    basis: str = ""
    detail: str = ""
    step: str = ""
    actor_type: str = ""
    actor_code: str = ""
    actor_position: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DescribedFinding:
    """What one check of the examination found; ``sentence`` says it in words a stranger can read, ``reason`` and
    ``values`` let it be said in another language.
    """

    code: str
    verdict: str
    severity: str = "note"
    reason: str = ""
    path: str = ""
    advice: str = ""
    sentence: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DescribedExamination:
    """The check report (四性检测报告) the record was accepted on. ``facts`` names engines and versions used."""

    stage: str
    decision: str
    rule_pack: str
    profile: str
    at: str = ""
    findings: tuple[DescribedFinding, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DescribedRetention:
    """How the retention period was decided: ``code`` (Y, D30 ...), the rule and the version of the table it stands
    in."""

    code: str
    rule: str
    table: str
    version: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DescribedRelation:
    """A tie to another entity (M85-M88): ``kind`` is the relation type, such as ``replaces`` or ``follows``."""

    kind: str
    target: str
    name: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DescribedPackage:
    """The information package as it was received: its name, bytes and digests."""

    name: str
    size: int
    container: str = ""
    profile: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordDescription:
    """Everything the archives says of one record, in one value.

    ``elements`` maps the number of a simple element of DA/T 46 (``M22``) to its values; ``M8`` is the whole archive
    code, M9-M20 its parts. ``fields`` maps keys of DA/T 18-2022 fields to text where DA/T 46 has no element;
    ``identifiers`` numbers other systems gave the case (业务流水号, 事项编码 ...); ``access`` the fields the access
    rule looks at.
    """

    elements: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, str] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=dict)
    package: DescribedPackage | None = None
    components: tuple[DescribedComponent, ...] = ()
    process: tuple[DescribedAct, ...] = ()
    examination: DescribedExamination | None = None
    retention: DescribedRetention | None = None
    access: Mapping[str, str] = field(default_factory=dict)
    relations: tuple[DescribedRelation, ...] = ()
