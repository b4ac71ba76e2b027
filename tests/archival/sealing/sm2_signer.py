"""SM2 keys, certificates, seals and signatures made for tests by the system's OpenSSL."""

from __future__ import annotations

import base64
import ctypes
import datetime
import functools
import io
import zipfile
from dataclasses import dataclass
from typing import Any

from asn1crypto import core, crl, tsp, x509
from cryptography.hazmat.primitives import hashes

from lantai.archival.checks.faults.signed_files import sign_document
from lantai.archival.sealing import Trust, TrustedCertificate
from lantai.archival.sm2 import DEFAULT_USER_ID, _library

_SM2_SIGN = "1.2.156.10197.1.501"
_SM3 = "1.2.156.10197.1.401"
_STAMPED = "1.2.840.113549.1.9.16.1.4"


def sm3(data: bytes) -> bytes:
    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()


def _declared(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(_library(), name)
    function.restype, function.argtypes = result, arguments
    return function


@dataclass(frozen=True)
class Signer:
    """A key, its certificate, and the certificates above it."""

    key: int
    public_key_info: bytes
    certificate: bytes
    above: tuple[bytes, ...] = ()

    def sign(self, message: bytes) -> bytes:
        return _sign(self.key, message)


def _sign(key: int, message: bytes) -> bytes:
    pointer, size, octets = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
    library = _library()
    begin = _declared("EVP_DigestSignInit", ctypes.c_int, pointer, pointer, pointer, pointer, pointer)
    finish = _declared("EVP_DigestSign", ctypes.c_int, pointer, octets, ctypes.POINTER(size), octets, size)
    context, key_context = library.EVP_MD_CTX_new(), library.EVP_PKEY_CTX_new_from_pkey(None, key, None)
    library.EVP_MD_CTX_set_pkey_ctx(context, key_context)
    assert library.EVP_PKEY_CTX_set1_id(key_context, DEFAULT_USER_ID, len(DEFAULT_USER_ID)) > 0
    assert begin(context, None, library.EVP_sm3(), None, key) > 0
    out, length = ctypes.create_string_buffer(128), size(128)
    assert finish(context, out, ctypes.byref(length), message, len(message)) > 0
    library.EVP_MD_CTX_free(context)
    library.EVP_PKEY_CTX_free(key_context)
    return out.raw[: length.value]


def make_signer(
    name: str,
    issuer: Signer | None = None,
    *,
    authority: bool = False,
    begins: int = 2020,
    ends: int = 2040,
    stamping: bool = False,
    serial: int = 7,
    plain: bool = True,
) -> Signer:
    """A key with its certificate: signed by itself, or by *issuer*. Unless it is *plain* it says what it is for."""
    generate = _declared("EVP_PKEY_Q_keygen", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
    encode = _declared("i2d_PUBKEY", ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))
    key = generate(None, None, b"SM2")
    length = encode(key, None)
    buffer = ctypes.create_string_buffer(length)
    encode(key, ctypes.byref(ctypes.cast(buffer, ctypes.c_void_p)))
    info = buffer.raw
    subject = x509.Name.build({"common_name": name})
    values: dict[str, Any] = {
        "version": "v3",
        "serial_number": serial,
        "signature": {"algorithm": _SM2_SIGN},
        "issuer": x509.Certificate.load(issuer.certificate).subject if issuer else subject,
        "validity": {
            "not_before": x509.Time({"utc_time": datetime.datetime(begins, 1, 1, tzinfo=datetime.UTC)}),
            "not_after": x509.Time({"utc_time": datetime.datetime(ends, 1, 1, tzinfo=datetime.UTC)}),
        },
        "subject": subject,
        "subject_public_key_info": x509.PublicKeyInfo.load(info),
    }
    if not plain:
        usage = {"key_cert_sign", "crl_sign"} if authority else {"digital_signature", "non_repudiation"}
        values["extensions"] = [
            {"extn_id": "basic_constraints", "critical": True, "extn_value": x509.BasicConstraints({"ca": authority})},
            {"extn_id": "key_usage", "critical": True, "extn_value": x509.KeyUsage(usage)},
        ]
    if stamping:
        purposes = x509.ExtKeyUsageSyntax(["time_stamping"])
        values["extensions"].append({"extn_id": "extended_key_usage", "critical": True, "extn_value": purposes})
    tbs = x509.TbsCertificate(values)
    certificate = x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": {"algorithm": _SM2_SIGN},
            "signature_value": _sign(issuer.key if issuer else key, tbs.dump()),
        }
    )
    above = (issuer.certificate, *issuer.above) if issuer else ()
    return Signer(key, info, certificate.dump(), above)


@functools.cache
def sm2_county() -> dict[str, Signer]:
    """A root, a body under it, a signer, a maker of seals, and a time stamping authority, all with SM2."""
    root = make_signer("国密根证书", authority=True, plain=False)
    middle = make_signer("国密电子认证", root, authority=True, plain=False, serial=8)
    return {
        "root": root,
        "middle": middle,
        "signer": make_signer("云岭县审批局", middle, plain=False, serial=9),
        "maker": make_signer("云岭制章中心", middle, plain=False, serial=10),
        "stamper": make_signer("国密时间戳", root, plain=False, stamping=True, serial=11),
    }


def sm2_trust(*anchors: Signer, middle: bool = True) -> Trust:
    """A trust list of these, or of the county's root; with the body under it, which seals do not bring."""
    chosen = [TrustedCertificate(each.certificate) for each in anchors or (sm2_county()["root"],)]
    if middle:
        chosen.append(TrustedCertificate(sm2_county()["middle"].certificate, anchor=False))
    return Trust(tuple(chosen), datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1))


def sm2_revoke(issuer: Signer, *serials: int, on: datetime.datetime) -> bytes:
    """A list of revoked certificates signed with SM2, DER."""
    body = crl.TbsCertList(
        {
            "version": "v2",
            "signature": {"algorithm": _SM2_SIGN},
            "issuer": x509.Certificate.load(issuer.certificate).subject,
            "this_update": x509.Time({"utc_time": on}),
            "next_update": x509.Time({"utc_time": on + datetime.timedelta(days=30)}),
            "revoked_certificates": [
                {"user_certificate": each, "revocation_date": x509.Time({"utc_time": on})} for each in serials
            ],
        }
    )
    made = crl.CertificateList(
        {
            "tbs_cert_list": body,
            "signature_algorithm": {"algorithm": _SM2_SIGN},
            "signature": issuer.sign(body.dump()),
        }
    )
    return bytes(made.dump())


def sm2_stamp(stamper: Signer, stamped: bytes, at: datetime.datetime) -> bytes:
    """A time stamp token (GB/T 20520) with SM3 and SM2."""
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.2.3",
            "message_imprint": {"hash_algorithm": {"algorithm": _SM3}, "hashed_message": sm3(stamped)},
            "serial_number": 1,
            "gen_time": at,
        }
    ).dump()
    return cms_value(stamper, info, enclosed=info)


def sign_pdf_with_sm2(document: bytes, signer: Signer, room: int = 8192) -> bytes:
    """A PDF whose signature is a GM/T 0010 CMS: laid out like any other, the value exchanged."""
    data = sign_document(document, signer="x", room=room)
    first = data.index(b"<3082")
    last = data.index(b">", first) + 1
    value = cms_value(signer, data[:first] + data[last:]).hex().encode()
    return data[: first + 1] + value.ljust(last - first - 2, b"0") + data[last - 1 :]


def sequence(*parts: bytes) -> bytes:
    return core.Sequence(contents=b"".join(parts)).dump()


def _tagged(tag: int, contents: bytes) -> bytes:
    length = len(contents)
    size = bytes([length]) if length < 128 else bytes([0x80 | 2]) + length.to_bytes(2, "big")
    return bytes([tag]) + size + contents


def octets(data: bytes) -> bytes:
    return _tagged(4, data)


def bits(data: bytes) -> bytes:
    return _tagged(3, b"\0" + data)


def oid(dotted: str) -> bytes:
    return core.ObjectIdentifier(dotted).dump()


def number(value: int) -> bytes:
    return core.Integer(value).dump()


def _when(year: int) -> bytes:
    return _tagged(0x18, f"{year}0601000000Z".encode())


def make_seal(maker: Signer, signer: Signer, picture: bytes, *, version: int = 4, until: int = 2040) -> bytes:
    header = sequence(_tagged(22, b"ES"), number(version), _tagged(22, b"Lantai"))
    listed = sequence(octets(signer.certificate))
    kind = b"" if version == 1 else number(1)
    properties = sequence(
        number(1), _tagged(12, "云岭县审批专用章".encode()), kind, listed, _when(2021), _when(2021), _when(until)
    )
    image = sequence(_tagged(22, b"png"), octets(picture), number(40), number(40))
    information = sequence(header, _tagged(22, b"ES-1"), properties, image)
    certificate, algorithm = octets(maker.certificate), oid(_SM2_SIGN)
    value = bits(maker.sign(sequence(information, certificate, algorithm)))
    if version == 1:
        return sequence(information, sequence(certificate, algorithm, value))
    return sequence(information, certificate, algorithm, value)


def seal_value(
    seal: bytes,
    signer: Signer,
    signature_file: bytes,
    path: str,
    *,
    version: int = 4,
    stamp: bool = False,
    stamper: Signer | None = None,
) -> bytes:
    """SignedValue.dat: a SES signature of V1, V4 or V5 over Signature.xml."""
    common = (number(version), seal, _when(2026), bits(sm3(signature_file)), _tagged(22, path.encode()))
    if version == 1:
        signed = sequence(*common, octets(signer.certificate), oid(_SM2_SIGN))
        return sequence(signed, bits(signer.sign(signed)))
    signed = sequence(*common)
    value = signer.sign(signed)
    parts = [signed, octets(signer.certificate), oid(_SM2_SIGN), bits(value)]
    token = sm2_stamp(stamper, value, datetime.datetime(2026, 6, 1, 1, tzinfo=datetime.UTC)) if stamper else b"\0"
    return sequence(*parts, *([_tagged(0xA0, bits(token))] if stamp or stamper else []))


def cms_value(
    signer: Signer, data: bytes, *, attributes: bool = True, enclosed: bytes = b"", lists: tuple[bytes, ...] = ()
) -> bytes:
    """SignedValue.dat of Type="Sign": a GM/T 0010 SignedData, detached; or around *enclosed*, a time stamp's facts."""
    certificate = x509.Certificate.load(signer.certificate)
    algorithm = sequence(oid(_SM3))
    digested = b""
    message = data
    content = oid(_STAMPED) if enclosed else oid("1.2.156.10197.6.1.4.2.1")
    if attributes:
        kind = sequence(oid("1.2.840.113549.1.9.3"), _tagged(0x31, content))
        stated = sequence(oid("1.2.840.113549.1.9.4"), _tagged(0x31, octets(sm3(data))))
        digested = _tagged(0xA0, kind + stated)
        message = _tagged(0x31, kind + stated)
    who = sequence(certificate.issuer.dump(), number(certificate.serial_number))
    info = sequence(number(1), who, algorithm, digested, sequence(oid(_SM2_SIGN)), octets(signer.sign(message)))
    inside = _tagged(0xA0, octets(enclosed)) if enclosed else b""
    signed = sequence(
        number(3 if enclosed else 1),
        _tagged(0x31, algorithm),
        sequence(content, inside),
        _tagged(0xA0, b"".join((signer.certificate, *signer.above))),
        _tagged(0xA1, b"".join(lists)) if lists else b"",
        _tagged(0x31, info),
    )
    outer = "1.2.840.113549.1.7.2" if enclosed else "1.2.156.10197.6.1.4.2.2"
    return sequence(oid(outer), _tagged(0xA0, signed))


NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def ofd_members(text: str = "准予行政许可决定书", *, signed: bool = False) -> dict[str, bytes]:
    """A small OFD of one page in the house font, before its signatures."""
    listing = "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>" if signed else ""
    members = {
        "OFD.xml": f'<ofd:OFD {NS} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID>'
        f"<ofd:Title>决定书</ofd:Title></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>{listing}"
        "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NS}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
        "</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>"
        '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/PublicRes.xml": f'<ofd:Res {NS} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="3" FontName="宋体"/></ofd:Fonts>'
        "</ofd:Res>",
        "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page {NS}><ofd:Content><ofd:Layer ID="2"><ofd:TextObject ID="4" '
        f'Font="3" Size="6" Boundary="30 40 150 8"><ofd:TextCode X="0" Y="6" '
        f'DeltaX="g {len(text) - 1} 6">{text}</ofd:TextCode>'
        '</ofd:TextObject><ofd:PathObject ID="5" Boundary="30 60 100 50" LineWidth="1">'
        '<ofd:StrokeColor Value="255 0 0"/>'
        "<ofd:AbbreviatedData>M 0 0 L 100 0 A 10 10 0 0 1 100 20 Q 50 50 0 20 B 0 10 0 5 0 0 C</ofd:AbbreviatedData>"
        "</ofd:PathObject></ofd:Layer></ofd:Content></ofd:Page>",
    }
    return {name: data.encode() for name, data in members.items()}


def signature_file(members: dict[str, bytes], number: int, method: str = _SM3, digest: Any = sm3) -> bytes:
    references = "".join(
        f'<ofd:Reference FileRef="/{name}"><ofd:CheckValue>{base64.b64encode(digest(data)).decode()}</ofd:CheckValue>'
        "</ofd:Reference>"
        for name, data in members.items()
    )
    return (
        f'<ofd:Signature {NS}><ofd:SignedInfo><ofd:Provider ProviderName="lantai"/><ofd:SignatureMethod>{_SM2_SIGN}'
        f"</ofd:SignatureMethod><ofd:SignatureDateTime>20260301T090000</ofd:SignatureDateTime><ofd:References "
        f'CheckMethod="{method}">{references}</ofd:References>'
        '<ofd:StampAnnot ID="9" PageRef="1" Boundary="120 200 40 40"/>'
        f"</ofd:SignedInfo><ofd:SignedValue>/Doc_0/Signs/Sign_{number}/SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    ).encode()


def signature_list(kinds: list[str]) -> bytes:
    entries = "".join(
        f'<ofd:Signature ID="{n}" Type="{kind}" BaseLoc="/Doc_0/Signs/Sign_{n}/Signature.xml"/>'
        for n, kind in enumerate(kinds)
    )
    return f"<ofd:Signatures {NS}><ofd:MaxSignId>{len(kinds)}</ofd:MaxSignId>{entries}</ofd:Signatures>".encode()


def pack(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()
