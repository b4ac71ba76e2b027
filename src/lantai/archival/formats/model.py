"""What the bytes of one file say about themselves (电子属性, 特征信息)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Format:
    """A file format, named the way PRONOM names it.

    ``puid`` is PRONOM's identifier, or ``lantai/ofd`` and the like where PRONOM has none.
    ``key`` is our own short name (``pdf``, ``ofd``, ``docx``, ``jpeg`` ...), by which policy speaks of formats.
    """

    key: str
    name: str
    puid: str = ""
    version: str = ""
    mime: str = "application/octet-stream"


SignatureVerdict = Literal["valid", "untrusted", "invalid", "unjudged"]
"""Valid; valid but not trusted; invalid; cannot be judged. Nothing is valid by default."""


@dataclass(frozen=True, slots=True)
class CertificateFact:
    """One certificate (证书) of a chain as a person reads it; times are ISO 8601, ``sha256`` is its fingerprint."""

    subject: str
    issuer: str
    serial: str
    sha256: str
    not_before: str = ""
    not_after: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class SignatureFact:
    """One electronic signature or seal (电子签名, 电子印章) inside a file, what recomputing it showed, and the verdict.

    ``integrity`` is ``intact`` when every digest and the signature value hold, ``broken`` when one does not, and
    ``unverified`` when the form or algorithm is not one we can recompute. ``verdict`` weighs certificates, times and
    later changes as well; ``reason`` holds the lines that decided it, ``detail`` every line (see ``reading.sentence``).
    ``place`` is the field or the member it stands in, ``seal`` the name of the seal, ``time_source`` says whether
    ``signed_at`` was ``stated`` by the signer or comes from a trusted ``timestamp``. ``certificates`` is the chain,
    the signer first.
    """

    kind: Literal["pades", "pdf-timestamp", "ofd-seal", "ofd-sign", "eep-sign", "eep-lock"]
    integrity: Literal["intact", "broken", "unverified"]
    signer: str = ""
    signed_at: str = ""
    algorithm: str = ""
    trusted: bool | None = None
    detail: str = ""
    verdict: SignatureVerdict = "unjudged"
    reason: str = ""
    place: str = ""
    seal: str = ""
    time_source: Literal["", "stated", "timestamp"] = ""
    certificates: tuple[CertificateFact, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The characterisation of one file: what it is, whether it opens, what it carries.

    ``format`` is None where no signature of ours or of PRONOM fits. ``identified_by`` names who said so:
    ``signature`` (our own), ``pronom`` or ``none``. ``readable`` is None when opening was not tried, with the reason
    in ``fault``; False with the parser's reason. ``text`` is None when no text was asked for.
    """

    format: Format | None
    identified_by: Literal["signature", "pronom", "none"] = "none"
    readable: bool | None = None
    fault: str = ""
    pages: int | None = None
    encrypted: bool = False
    active_content: tuple[str, ...] = ()
    signatures: tuple[SignatureFact, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
