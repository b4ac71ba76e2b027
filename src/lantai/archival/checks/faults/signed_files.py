"""Signed and sealed files for the fault library: PDF with a PKCS #7 signature (ISO 32000-1 12.8), OFD with an
electronic seal (GB/T 33190-2016 clause 18, GB/T 38540-2020), each sound until somebody changes it."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from asn1crypto import core
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, StreamDecodeLevel, String

from lantai.archival.checks.faults.files import make_picture
from lantai.archival.checks.faults.signing import SM2_SIGN, SM3, cms_signature, sm2_signer
from lantai.archival.fixity import digest_bytes

MAKER = "云岭县电子印章制章中心（仅供测试）"
SIGNED_AT = datetime(2025, 3, 10, 7, 40, tzinfo=UTC)
PAGE = "Doc_0/Pages/Page_0/Content.xml"
SIGNED_VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"
SIGNATURE = "Doc_0/Signs/Sign_0/Signature.xml"
_LIST = "Doc_0/Signs/Signatures.xml"
_VALUE_ROOM = 4096
_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def sign_document(document: bytes, *, signer: str, room: int = _VALUE_ROOM) -> bytes:
    """The PDF *document* signed by *signer* over the whole file, its streams written so that they can be read.

    Args:
        document: the file.
        signer: whose key signs.
        room: bytes kept for the value.
    """
    sink = io.BytesIO()
    with Pdf.open(io.BytesIO(document)) as pdf:
        value = Dictionary(
            Type=Name.Sig,
            Filter=Name.Adobe_PPKLite,
            SubFilter=Name("/adbe.pkcs7.detached"),
            Name=String(signer),
            M=String(SIGNED_AT.strftime("D:%Y%m%d%H%M%S+00'00'")),
            ByteRange=Array([0, 1111111111, 1111111112, 1111111113]),
            Contents=String(bytes(room)),
        )
        place = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String("Signature1"), F=132, Rect=Array([0, 0, 0, 0])
        )
        place.V, place.P = pdf.make_indirect(value), pdf.pages[0].obj
        place = pdf.make_indirect(place)
        pdf.pages[0].obj.Annots = Array([place])
        pdf.Root.AcroForm = Dictionary(Fields=Array([place]), SigFlags=3)
        pdf.save(
            sink,
            static_id=True,
            compress_streams=False,
            stream_decode_level=StreamDecodeLevel.generalized,
            object_stream_mode=ObjectStreamMode.disable,
        )
    data = sink.getvalue()
    first = data.index(b"<" + b"0" * (2 * room) + b">")
    last = first + 2 * room + 2
    start = data.rindex(b"[", 0, data.index(b"1111111111"))
    end = data.index(b"]", start)
    told = b"[ 0 %d %d %d" % (first, last, len(data) - last)
    data = data[:start] + told.ljust(end - start) + data[end:]
    written = cms_signature(signer, data[:first] + data[last:], SIGNED_AT).hex().encode("ascii")
    return data[: first + 1] + written.ljust(2 * room, b"0") + data[last - 1 :]


def seal_licence(title: str, lines: Sequence[str], *, body: str, number: int) -> dict[str, bytes]:
    """The members of an OFD of one page, sealed by *body* with SM2 over SM3 digests of all of them."""
    members = {name: (_HEAD + text).encode() for name, text in _parts(title, lines, body).items()}
    members[_LIST] = (
        f"{_HEAD}<ofd:Signatures {_OFD}><ofd:MaxSignId>1</ofd:MaxSignId>"
        f'<ofd:Signature ID="1" Type="Seal" BaseLoc="/{SIGNATURE}"/></ofd:Signatures>'
    ).encode()
    members[SIGNATURE] = _signature_file(members)
    seal = make_seal(body=body, picture=make_picture(number, "PNG"))
    members[SIGNED_VALUE] = sign_with_seal(seal, members[SIGNATURE], body=body)
    return members


def make_seal(*, body: str, picture: bytes) -> bytes:
    """The electronic seal of *body* (SESeal V4, GB/T 38540-2020 6.1) with its *picture* (PNG), made by MAKER."""
    maker = sm2_signer(MAKER)
    header = _sequence(_ascii("ES"), _number(4), _ascii("Lantai"))
    listed = _sequence(_octets(sm2_signer(body).certificate))
    times = [_time(datetime(year, 1, 1, tzinfo=UTC)) for year in (2021, 2021, 2040)]
    properties = _sequence(_number(1), _utf8(f"{body}专用章"), _number(1), listed, *times)
    image = _sequence(_ascii("PNG"), _octets(picture), _number(40), _number(40))
    information = _sequence(header, _ascii("LANTAI-TEST-1"), properties, image)
    certificate, algorithm = _octets(maker.certificate), _identifier(SM2_SIGN)
    value = maker.sign(_sequence(information, certificate, algorithm))
    return _sequence(information, certificate, algorithm, _bits(value))


def sign_with_seal(seal: bytes, signature_file: bytes, *, body: str) -> bytes:
    """SignedValue.dat (SES_Signature V4, GB/T 38540-2020 7.1): *body* signs *signature_file* with *seal*."""
    signer = sm2_signer(body)
    digest = bytes.fromhex(digest_bytes(signature_file, ("sm3",))["sm3"])
    signed = _sequence(_number(4), seal, _time(SIGNED_AT), _bits(digest), _ascii(f"/{SIGNATURE}"))
    return _sequence(signed, _octets(signer.certificate), _identifier(SM2_SIGN), _bits(signer.sign(signed)))


def pack_licence(members: Mapping[str, bytes]) -> bytes:
    """The OFD file of *members*."""
    sink = io.BytesIO()
    with ZipFile(sink, "w") as archive:
        for name, data in members.items():
            archive.writestr(ZipInfo(name, (2025, 3, 10, 15, 40, 0)), data, ZIP_DEFLATED)
    return sink.getvalue()


def _parts(title: str, lines: Sequence[str], body: str) -> dict[str, str]:
    words = "".join(
        f'<ofd:TextObject ID="{number}" Font="3" Size="4" Boundary="20 {20 + 10 * number} 170 8">'
        f'<ofd:TextCode X="0" Y="6" DeltaX="g {len(line) - 1} 4">{escape(line)}</ofd:TextCode></ofd:TextObject>'
        for number, line in enumerate([title, *lines], 4)
    )
    return {
        "OFD.xml": f'<ofd:OFD {_OFD} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>'
        f"{digest_bytes(title.encode(), ('sha256',))['sha256'][:32]}</ofd:DocID><ofd:Title>{escape(title)}</ofd:Title>"
        f"<ofd:Author>{escape(body)}</ofd:Author></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        f"<ofd:Signatures>/{_LIST}</ofd:Signatures></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {_OFD}><ofd:CommonData><ofd:MaxUnitID>99</ofd:MaxUnitID><ofd:PageArea>"
        "<ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
        '</ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/PublicRes.xml": f'<ofd:Res {_OFD} BaseLoc="Res"><ofd:Fonts>'
        '<ofd:Font ID="3" FontName="宋体"/></ofd:Fonts></ofd:Res>',
        PAGE: f'<ofd:Page {_OFD}><ofd:Content><ofd:Layer ID="2">{words}</ofd:Layer></ofd:Content></ofd:Page>',
    }


def _signature_file(members: Mapping[str, bytes]) -> bytes:
    references = "".join(
        f'<ofd:Reference FileRef="/{name}"><ofd:CheckValue>'
        f"{base64.b64encode(bytes.fromhex(digest_bytes(data, ('sm3',))['sm3'])).decode('ascii')}</ofd:CheckValue>"
        "</ofd:Reference>"
        for name, data in members.items()
    )
    return (
        f'{_HEAD}<ofd:Signature {_OFD}><ofd:SignedInfo><ofd:Provider ProviderName="Lantai fault library"/>'
        f"<ofd:SignatureMethod>{SM2_SIGN}</ofd:SignatureMethod><ofd:SignatureDateTime>"
        f'{SIGNED_AT:%Y%m%d%H%M%S}Z</ofd:SignatureDateTime><ofd:References CheckMethod="{SM3}">{references}'
        '</ofd:References><ofd:StampAnnot ID="1" PageRef="1" Boundary="140 200 40 40"/></ofd:SignedInfo>'
        f"<ofd:SignedValue>/{SIGNED_VALUE}</ofd:SignedValue></ofd:Signature>"
    ).encode()


def _sequence(*parts: bytes) -> bytes:
    return bytes(core.Sequence(contents=b"".join(parts)).dump())


def _number(value: int) -> bytes:
    return bytes(core.Integer(value).dump())


def _octets(value: bytes) -> bytes:
    return bytes(core.OctetString(value).dump())


def _bits(value: bytes) -> bytes:
    return bytes(core.OctetBitString(value).dump())


def _identifier(dotted: str) -> bytes:
    return bytes(core.ObjectIdentifier(dotted).dump())


def _time(at: datetime) -> bytes:
    return bytes(core.GeneralizedTime(at).dump())


def _ascii(value: str) -> bytes:
    return bytes(core.IA5String(value).dump())


def _utf8(value: str) -> bytes:
    return bytes(core.UTF8String(value).dump())
