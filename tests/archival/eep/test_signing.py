"""Signatures (电子签名) and the one that locks them (锁定签名): by SM2 and SM3, repeatable from the rule, never valid
by default.
"""

from __future__ import annotations

import base64
import io
import subprocess
from pathlib import Path

import pytest
from lxml import etree
from tests.archival.eep.eep_samples import NOW, a_signer, packed, signing, trusting
from tests.archival.eep.test_eep_round_trip import a_modified

from lantai.archival.eep import RULE, judge_eep, read_eep
from lantai.archival.fixity import digest_bytes
from lantai.archival.formats import SignatureFact
from lantai.archival.sealing import Trust

_ARCHIVE, _HEAD = "云岭县档案馆", "馆长"


def judged(data: bytes, trust: Trust | None = None) -> list[SignatureFact]:
    return list(judge_eep(read_eep(io.BytesIO(data)), trust or trusting(_ARCHIVE, _HEAD)))


def verdicts(data: bytes, trust: Trust | None = None) -> list[tuple[str, str]]:
    return [(each.kind, each.verdict) for each in judged(data, trust)]


def test_who_is_trusted_is_valid_and_who_is_not_is_told() -> None:
    data = packed(signing=signing())
    assert verdicts(data) == [("eep-sign", "valid"), ("eep-lock", "valid")]
    assert verdicts(data, trusting(_ARCHIVE)) == [("eep-sign", "valid"), ("eep-lock", "untrusted")]
    assert verdicts(data, Trust(at=NOW)) == [("eep-sign", "untrusted"), ("eep-lock", "untrusted")]
    first = judged(data)[0]
    assert (first.signer, first.integrity, first.algorithm) == (_ARCHIVE, "intact", "1.2.156.10197.1.501")
    assert judged(packed()) == []


def test_every_changed_character_breaks_the_signature() -> None:
    data = packed(signing=signing())
    signed = data.index("<被签名对象".encode())
    end = data.index("</被签名对象>".encode())
    places = [at for at in range(signed, end, 97) if 48 <= data[at] < 57 or 65 <= data[at] < 90]
    assert len(places) > 20
    for at in places:
        changed = data[:at] + bytes([data[at] + 1]) + data[at + 1 :]
        found = verdicts(changed)
        assert found[:1] in ([("eep-sign", "invalid")], []), data[at - 20 : at + 20]
    assert verdicts(data.replace("<密级>公开".encode(), "<密级>限制".encode()))[0] == ("eep-sign", "invalid")


def test_one_bit_of_a_signature_breaks_it_and_what_locks_it() -> None:
    data = packed(signing=signing())
    value = etree.fromstring(data).findtext(".//{*}电子签名/{*}签名结果")
    assert value is not None
    raw = bytearray(base64.b64decode(value))
    raw[-1] ^= 1
    changed = data.replace(value.encode(), base64.b64encode(bytes(raw)))
    assert verdicts(changed) == [("eep-sign", "invalid"), ("eep-lock", "invalid")]
    assert all("eep-altered" in each.reason for each in judged(changed))


def test_the_locked_signature_cannot_be_exchanged() -> None:
    data = packed(signing=signing())
    other = packed(signing=signing(signer="别人"))
    block = slice(data.index("<电子签名块>".encode()), data.index("<锁定签名>".encode()))
    exchanged = data.replace(
        data[block], other[other.index("<电子签名块>".encode()) : other.index("<锁定签名>".encode())]
    )
    assert verdicts(exchanged, trusting(_ARCHIVE, _HEAD, "别人")) == [("eep-sign", "valid"), ("eep-lock", "invalid")]


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (RULE, "对全文计算摘要后签名", "eep-rule-unknown"),
        ("1.2.156.10197.1.501", "1.2.840.113549.1.1.11", "algorithm-unsupported"),
    ],
)
def test_what_cannot_be_repeated_is_not_judged(before: str, after: str, why: str) -> None:
    data = packed(signing=signing()).replace(before.encode(), after.encode())
    sign, lock = judged(data)
    assert sign.verdict == "unjudged"
    assert why in sign.reason
    assert lock.verdict in ("invalid", "unjudged")  # the locked signature is no longer what was locked


def test_a_certificate_that_is_none_is_not_judged() -> None:
    data = packed(signing=signing())
    certificate = base64.b64encode(a_signer(_ARCHIVE).certificates[0])
    assert verdicts(data.replace(certificate, b"AAAA"))[0] == ("eep-sign", "unjudged")


def test_the_signature_of_the_original_layer_still_holds() -> None:
    modified, _contents = a_modified(packed(signing=signing(signer="立档单位")), sign=True)
    found = judged(modified, trusting(_ARCHIVE, _HEAD, "立档单位"))
    assert [(each.kind, each.verdict, each.signer) for each in found] == [
        ("eep-sign", "valid", _ARCHIVE), ("eep-lock", "valid", _HEAD), ("eep-sign", "valid", "立档单位"),
    ]  # fmt: skip


def test_an_altered_original_layer_is_found_even_when_the_new_one_is_signed_again() -> None:
    modified, _contents = a_modified(packed(signing=signing(signer="立档单位")), sign=False)
    forged = modified.replace("<责任者>云岭县市场监督管理局".encode(), "<责任者>另一个局".encode(), 1)
    assert forged != modified
    assert verdicts(forged, trusting("立档单位")) == [("eep-sign", "invalid")]


@pytest.mark.parametrize("namespaced", [True, False])
def test_openssl_repeats_the_computation_from_the_rule(tmp_path: Path, namespaced: bool) -> None:
    """Another program: canonicalise with libxml2, digest with SM3, verify with the openssl command."""
    root = etree.fromstring(packed(signing=signing(), namespaced=namespaced))
    signed = root.find("{*}被签名对象")
    value = root.findtext(".//{*}电子签名/{*}签名结果")
    certificate = root.findtext(".//{*}电子签名//{*}证书")
    assert signed is not None and value is not None and certificate is not None
    canonical = etree.tostring(signed, method="c14n", exclusive=True, with_comments=False)
    (tmp_path / "digest").write_bytes(bytes.fromhex(digest_bytes(canonical, ("sm3",))["sm3"]))
    (tmp_path / "signature").write_bytes(base64.b64decode(value))
    (tmp_path / "certificate").write_bytes(base64.b64decode(certificate))
    run = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-in", tmp_path / "certificate", "-noout", "-pubkey"],
        capture_output=True, check=True,
    )  # fmt: skip
    (tmp_path / "key").write_bytes(run.stdout)
    verified = subprocess.run(
        ["openssl", "dgst", "-sm3", "-verify", tmp_path / "key", "-sigopt", "distid:1234567812345678", "-signature",
         tmp_path / "signature", tmp_path / "digest"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert b"Verified OK" in verified.stdout, verified
