"""SM2 keys, certificates, seals and signatures made for tests by the system's OpenSSL."""

from __future__ import annotations

import base64
import ctypes
import datetime
import io
import zipfile
from dataclasses import dataclass
from typing import Any

from asn1crypto import core, x509
from cryptography.hazmat.primitives import hashes

from lantai.archival.sm2 import DEFAULT_USER_ID, _library

_SM2_SIGN = "1.2.156.10197.1.501"
_SM3 = "1.2.156.10197.1.401"


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
    """A key and the certificate it signed for itself."""

    key: int
    public_key_info: bytes
    certificate: bytes

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


def make_signer(name: str) -> Signer:
    generate = _declared("EVP_PKEY_Q_keygen", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
    encode = _declared("i2d_PUBKEY", ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p))
    key = generate(None, None, b"SM2")
    length = encode(key, None)
    buffer = ctypes.create_string_buffer(length)
    encode(key, ctypes.byref(ctypes.cast(buffer, ctypes.c_void_p)))
    info = buffer.raw
    subject = x509.Name.build({"common_name": name})
    day = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": 7,
            "signature": {"algorithm": _SM2_SIGN},
            "issuer": subject,
            "validity": {
                "not_before": x509.Time({"utc_time": day}),
                "not_after": x509.Time({"utc_time": day.replace(year=2040)}),
            },
            "subject": subject,
            "subject_public_key_info": x509.PublicKeyInfo.load(info),
        }
    )
    certificate = x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": {"algorithm": _SM2_SIGN},
            "signature_value": _sign(key, tbs.dump()),
        }
    )
    return Signer(key, info, certificate.dump())


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
    seal: bytes, signer: Signer, signature_file: bytes, path: str, *, version: int = 4, stamp: bool = False
) -> bytes:
    """SignedValue.dat: a SES signature of V1, V4 or V5 over Signature.xml."""
    common = (number(version), seal, _when(2026), bits(sm3(signature_file)), _tagged(22, path.encode()))
    if version == 1:
        signed = sequence(*common, octets(signer.certificate), oid(_SM2_SIGN))
        return sequence(signed, bits(signer.sign(signed)))
    signed = sequence(*common)
    parts = [signed, octets(signer.certificate), oid(_SM2_SIGN), bits(signer.sign(signed))]
    return sequence(*parts, *([_tagged(0xA0, bits(b"\0"))] if stamp else []))


def cms_value(signer: Signer, data: bytes, *, attributes: bool = True) -> bytes:
    """SignedValue.dat of Type="Sign": a GM/T 0010 SignedData, detached."""
    certificate = x509.Certificate.load(signer.certificate)
    algorithm = sequence(oid(_SM3))
    digested = b""
    message = data
    if attributes:
        kind = sequence(oid("1.2.840.113549.1.9.3"), _tagged(0x31, oid("1.2.156.10197.6.1.4.2.1")))
        stated = sequence(oid("1.2.840.113549.1.9.4"), _tagged(0x31, octets(sm3(data))))
        digested = _tagged(0xA0, kind + stated)
        message = _tagged(0x31, kind + stated)
    who = sequence(certificate.issuer.dump(), number(certificate.serial_number))
    info = sequence(number(1), who, algorithm, digested, sequence(oid(_SM2_SIGN)), octets(signer.sign(message)))
    signed = sequence(
        number(1),
        _tagged(0x31, algorithm),
        sequence(oid("1.2.156.10197.6.1.4.2.1")),
        _tagged(0xA0, signer.certificate),
        _tagged(0x31, info),
    )
    return sequence(oid("1.2.156.10197.6.1.4.2.2"), _tagged(0xA0, signed))


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
