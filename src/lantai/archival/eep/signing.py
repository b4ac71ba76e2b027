"""The rules by which we sign EEP packages (签名规则), and the judgement of signatures by whatever rule.

The rule stands in the package in words, so that another program can repeat the computation. Signatures by rules that we
cannot repeat are never called valid.
"""

from __future__ import annotations

from asn1crypto import x509

from lantai.archival.eep.model import Eep, Layer, Signature
from lantai.archival.eep.reading import ReadEep
from lantai.archival.formats.model import SignatureFact
from lantai.archival.sealing.algorithms import ASN1_FAULTS, KEY_FAULTS, is_sm2, key_holds
from lantai.archival.sealing.cms import SignedValue
from lantai.archival.sealing.judging import conclude
from lantai.archival.sealing.names import common_name
from lantai.archival.sealing.revocation import Evidence
from lantai.archival.sealing.trust import Trust
from lantai.archival.sealing.weighing import Weighing
from lantai.archival.sm2 import DEFAULT_USER_ID, sign_sm2

SM2_WITH_SM3 = "1.2.156.10197.1.501"
_STEPS = (
    "按 W3C Exclusive XML Canonicalization 1.0（不含注释，http://www.w3.org/2001/10/xml-exc-c14n#）规范化，"
    "得到的 UTF-8 字节用 SM3（GB/T 32905）计算 32 字节摘要；以该 32 字节摘要为消息，"
    f"用 SM2（GB/T 32918.2，含 Z 值，用户标识为 {DEFAULT_USER_ID.decode()}，杂凑算法 SM3）签名；"
    "签名结果为 r、s 的 DER 编码（SEQUENCE）的 Base64；第一个证书块的第一个证书是签名者证书。"
)
RULE = f"对“被签名对象”元素{_STEPS}"
"""What an 电子签名 of ours covers, and how."""
LOCK_RULE = f"对被锁定的“电子签名”元素{_STEPS}"
"""What a 锁定签名 of ours covers, and how."""


class Sm2Signer:
    """A signer whose secret is at hand."""

    def __init__(self, name: str, secret: bytes, certificates: tuple[bytes, ...]) -> None:
        self.name = name
        self.certificates = certificates
        self._secret = secret

    def sign(self, digest: bytes) -> bytes:
        """The SM2 signature (DER) over *digest*. Raises Sm2Unavailable."""
        return sign_sm2(self._secret, digest)


def judge_eep(found: ReadEep, trust: Trust) -> tuple[SignatureFact, ...]:
    """Judge every signature of a package that was read, those of the layers below as well, the outermost first.

    Never raises for what the package holds; a package without signatures has none.
    """
    if found.eep is None:
        return ()
    judged = [_judged(each, "layer-0", found, trust) for each in found.eep.signatures]
    if found.eep.lock is not None:
        judged.append(_judged(found.eep.lock, found.eep.lock.locks, found, trust))
    for number, layer in enumerate(_below(found.eep), 1):
        judged += [_judged(each, f"layer-{number}", found, trust) for each in layer]
    return tuple(judged)


def _below(eep: Eep) -> list[tuple[Signature, ...]]:
    layers: tuple[Layer, ...] = eep.layer.layers
    return [each.original_signatures for each in layers if each.original is not None]


def _judged(signature: Signature, covers: str, found: ReadEep, trust: Trust) -> SignatureFact:
    """Recompute one signature over the part *covers*, then its chain."""
    weighing = Weighing()
    weighing.prove("coverage")
    signed = SignedValue(signer=signature.signer, algorithm=signature.algorithm)
    certificates = [each for block in signature.certificates for each in block]
    try:
        loaded = [x509.Certificate.load(each) for each in certificates]
        signed.evidence = Evidence(loaded[1:])
        signed.certificate = loaded[0] if loaded else None
        if signed.certificate is not None:
            signed.signer = common_name(signed.certificate.subject) or signed.signer
        _weigh(signature, signed.certificate, found.digests.get(covers, b""), weighing)
    except KEY_FAULTS as failure:
        weighing.doubt("algorithm-unsupported", failure)
    except ASN1_FAULTS as failure:
        signed.certificate = None
        weighing.doubt("certificate-unreadable", failure)
    return conclude(
        "eep-lock" if signature.locks else "eep-sign", signed, weighing, trust,
        written_at=signature.at, name=signature.signer, place=signature.identifier or signature.locks,
    )  # fmt: skip


def _weigh(signature: Signature, certificate: x509.Certificate | None, digest: bytes, weighing: Weighing) -> None:
    rule = LOCK_RULE if signature.locks else RULE
    if "".join(signature.rule.split()) != "".join(rule.split()):
        weighing.doubt("eep-rule-unknown", signature.rule.strip()[:120])
    elif signature.algorithm not in (SM2_WITH_SM3, "1.2.156.10197.501"):
        weighing.doubt("algorithm-unsupported", signature.algorithm[:60])
    elif certificate is None:
        weighing.doubt("no-certificate")
    elif not digest:
        weighing.breaks("eep-nothing-covered", signature.locks)
    elif not is_sm2(certificate):
        weighing.doubt("algorithm-unsupported", "SM2")
    elif key_holds(certificate, signature.value, digest, "sm3"):
        weighing.prove("content", "value")
    else:
        weighing.breaks("eep-altered")
