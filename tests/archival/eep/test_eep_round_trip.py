"""What is written is read back the same, is valid by the schema, and canonical as others compute it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.archival.eep.eep_samples import AT, FILES, a_file, a_layer, packed, signing, some_contents

from lantai.archival.eep import Contents, Draft, Eep, Encoded, Layer, ReadEep, modify_eep, read_eep, schema
from lantai.archival.fixity import digest_bytes

_SCHEMA = etree.XMLSchema(etree.fromstring(schema()))
_BARE = etree.XMLSchema(
    etree.fromstring(
        schema()
        .replace(b' targetNamespace="http://www.saac.gov.cn/standards/ERM/encapsulation"', b"")
        .replace(b'\n    targetNamespace="http://www.saac.gov.cn/standards/ERM/encapsulation"', b"")
        .replace(b' xmlns="http://www.saac.gov.cn/standards/ERM/encapsulation"', b"")
        .replace(b' elementFormDefault="qualified"', b"")
    )
)
_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"), min_size=1, max_size=30)


def contents_of(data: bytes) -> tuple[ReadEep, dict[str, bytes]]:
    sinks: dict[str, io.BytesIO] = {}

    def take(file: Encoded) -> io.BytesIO:
        sinks[file.data_identifier] = io.BytesIO()
        return sinks[file.data_identifier]

    found = read_eep(io.BytesIO(data), take=take)
    return found, {name: each.getvalue() for name, each in sinks.items()}


def is_valid(data: bytes, *, namespaced: bool = True) -> None:
    (_SCHEMA if namespaced else _BARE).assertValid(etree.fromstring(data))


def a_modified(
    original: bytes, *, changed: dict[str, bytes] | None = None, sign: bool = False
) -> tuple[bytes, Contents]:
    """A package around *original*: the first file unchanged, another added, a new title."""
    found = read_eep(io.BytesIO(original))
    assert found.eep is not None
    files = changed if changed is not None else {"修订.txt": b"second thoughts"}
    number = len(found.identifiers) * 10
    contents = some_contents(files, first=number, M22=("修订后的题名",))
    kept = found.eep.layer.contents.files[0]
    first = contents.documents[0]
    named = kept.refers_to or kept.data_identifier
    same = replace(a_file(number + 500, kept.name, b""), size=kept.size, refers_to=named, keyword=kept.keyword)
    drafts = (replace(first.drafts[0], files=(*first.drafts[0].files, same)),)
    contents = replace(contents, documents=(replace(first, drafts=drafts), *contents.documents[1:]))
    target = io.BytesIO()
    modify_eep(
        target, Layer(AT, "云岭县档案馆", contents, f"X{number}"), original=io.BytesIO(original), found=found,
        open_content=lambda each: io.BytesIO(files[each.name]), signing=signing() if sign else None,
    )  # fmt: skip
    return target.getvalue(), contents


@pytest.mark.parametrize("namespaced", [True, False])
@pytest.mark.parametrize("signed", [True, False])
def test_a_package_comes_back_the_same(namespaced: bool, signed: bool) -> None:
    data = packed(signing=signing() if signed else None, namespaced=namespaced)
    is_valid(data, namespaced=namespaced)
    found, files = contents_of(data)
    assert found.faults == ()
    assert found.eep is not None
    assert found.eep.layer == a_layer()
    assert found.eep.namespaced is namespaced
    assert list(files.values()) == list(FILES.values())
    assert bool(found.eep.signatures) is bool(found.eep.lock) is signed


def kinds() -> dict[str, tuple[Contents, dict[str, bytes]]]:
    """Every kind of record the schema knows."""
    one = {"一.txt": b"1"}
    single = some_contents(one, M41=("单件",))
    drafted = single.documents[0].drafts[0]
    drafts = tuple(
        Draft(f"V{number}", (replace(drafted.files[0], identifier=f"C{number}", data_identifier=f"D{number}"),))
        for number in range(1, 4)
    )
    scanned = {"数字化对象形态": "纸质", "扫描分辨率": "300dpi", "扫描色彩模式": "彩色", "图像压缩方案": "JPEG"}
    scan = replace(drafted, files=(replace(drafted.files[0], scan=scanned, application="ScanPro 3.1"),))
    pages = tuple(
        replace(drafted.files[0], identifier=f"C{number}", data_identifier=f"D{number}", name=f"{number}.txt")
        for number in range(1, 6)
    )
    bare = replace(single, relations=(), agent_relations=(), permissions=(), thesauri={}, agents=single.agents[:1])
    return {
        "single": (single, one),
        "composite": (some_contents(), FILES),
        "drafts": (replace(single, documents=(replace(single.documents[0], drafts=drafts),)), one),
        "scan": (replace(single, documents=(replace(single.documents[0], drafts=(scan,)),)), one),
        "pages": (
            replace(single, documents=(replace(single.documents[0], drafts=(replace(drafted, files=pages),)),)),
            {each.name: b"1" for each in pages},
        ),
        "bare": (bare, one),
        "archives-number": (
            replace(single, elements={**{k: v for k, v in single.elements.items() if k != "M17"}, "M18": ("9",)}),
            one,
        ),
        "empty-file": (some_contents({"空.txt": b""}), {"空.txt": b""}),
    }


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_of_record_is_written_by_the_schema(kind: str) -> None:
    contents, files = kinds()[kind]
    data = packed(a_layer(contents), files=files, signing=signing())
    is_valid(data)
    found, read = contents_of(data)
    assert found.faults == ()
    assert found.eep is not None
    assert found.eep.layer.contents == contents
    assert list(read.values()) == [files[each.name] for each in contents.files]


def test_content_lies_where_reading_says() -> None:
    data = packed(signing=signing())
    found, files = contents_of(data)
    for name, place in found.places.items():
        text = data[place.offset : place.offset + place.length]
        assert set(text.splitlines()) and all(len(each) <= 76 for each in text.splitlines())
        assert place.size == len(files[name])


@pytest.mark.parametrize("namespaced", [True, False])
def test_a_modified_package_keeps_the_original_layer_byte_for_byte(namespaced: bool) -> None:
    original = packed(signing=signing(), namespaced=namespaced)
    modified, contents = a_modified(original, sign=True)
    is_valid(modified, namespaced=namespaced)
    found, files = contents_of(modified)
    assert found.faults == ()
    assert found.eep is not None
    assert found.eep.layer.contents == contents
    before = read_eep(io.BytesIO(original))
    assert before.eep is not None
    assert found.eep.layer.original == before.eep.layer
    assert found.eep.layer.original_signatures == before.eep.signatures
    first, last = before.spans["layer-0"]
    signed = original[first:last]
    assert signed.startswith("<被签名对象".encode()) and signed.endswith("</被签名对象>".encode())
    assert signed in modified
    assert found.digests["layer-1"] == before.digests["layer-0"]
    assert files["D1"] == FILES["批复.pdf"]


def test_a_package_is_modified_again_and_again() -> None:
    data = packed(signing=signing())
    for round in range(3):
        data, _contents = a_modified(data, changed={f"第{round}次.txt": bytes([round]) * 1000}, sign=True)
        is_valid(data)
        found = read_eep(io.BytesIO(data))
        assert found.faults == ()
        assert found.eep is not None
        assert len(found.eep.layer.layers) == round + 2


@pytest.mark.parametrize(
    "source",
    [
        packed(),
        packed(namespaced=False),
        a_modified(packed(signing=signing()), sign=True)[0],
        # spelled otherwise than we spell it: prefixes, attributes and blanks, CDATA, comments, references, instructions
        packed().replace("<电子文件封装包 ".encode(), "<电子文件封装包 xmlns:x='urn:x' ".encode())
        .replace("<题名>关于".encode(), "<题名><!-- c --><![CDATA[<]]>&#x5173;于<?a b?>\r\n".encode())
        .replace(b"\n<", b"\r\n  <"),
    ],
)  # fmt: skip
def test_what_is_signed_is_digested_as_the_library_canonicalises_it(source: bytes) -> None:
    found = read_eep(io.BytesIO(source))
    root = etree.fromstring(source)
    layers = list(root.iter("{*}被签名对象"))
    assert layers
    for number, each in enumerate(layers):
        canonical = etree.tostring(each, method="c14n", exclusive=True, with_comments=False)
        assert found.digests[f"layer-{number}"].hex() == digest_bytes(canonical, ("sm3",))["sm3"]


def test_prefixed_elements_are_read_and_stay_when_modified() -> None:
    plain = packed(signing=None).decode()
    head, _, rest = plain.partition("<电子文件封装包")
    body = "<电子文件封装包" + rest
    prefixed = (head + body.replace("</", "</e:").replace("<", "<e:").replace("<e:/e:", "</e:")).replace(
        ' xmlns="', ' xmlns:e="'
    )
    found = read_eep(io.BytesIO(prefixed.encode()))
    assert found.faults == ()
    modified, _contents = a_modified(prefixed.encode(), sign=True)
    is_valid(modified)
    again = read_eep(io.BytesIO(modified))
    assert again.faults == ()
    assert again.digests["layer-1"] == found.digests["layer-0"]
    inner = next(each for each in etree.fromstring(modified).iter("{*}被签名对象") if each.prefix == "e")
    outer = next(each for each in etree.fromstring(modified).iter("{*}被签名对象") if each.prefix != "e")
    for number, each in enumerate((outer, inner)):
        canonical = etree.tostring(each, method="c14n", exclusive=True, with_comments=False)
        assert again.digests[f"layer-{number}"].hex() == digest_bytes(canonical, ("sm3",))["sm3"]


@given(title=_TEXT, note=_TEXT, name=_TEXT.filter(lambda each: "." not in each), data=st.binary(max_size=400))
@settings(max_examples=80, deadline=None)
def test_any_text_and_any_bytes_come_back(title: str, note: str, name: str, data: bytes) -> None:
    files = {f"{name}.bin": data}
    layer = a_layer(some_contents(files, M22=(title,), M75=(note, title)))
    made = packed(layer, files=files, signing=signing())
    is_valid(made)
    found, read = contents_of(made)
    assert found.faults == ()
    assert found.eep == Eep(layer, True, found.eep.signatures, found.eep.lock) if found.eep else False
    assert list(read.values()) == [data]
