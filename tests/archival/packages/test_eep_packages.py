"""An EEP read as a package: description, process and files in place, whole and broken ones."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from tests.archival.eep.eep_samples import FILES, a_layer, packed, signing, some_contents, trusting
from tests.archival.eep.test_eep_round_trip import a_modified

from lantai.archival.eep import Encoded, write_eep
from lantai.archival.fixity import digest_bytes
from lantai.archival.packages import Package, load_profile, open_component, read_package
from lantai.archival.packages.eep_packages import is_eep
from lantai.archival.packages.limits import Limits
from lantai.archival.sealing import Trust


def read(folder: Path, data: bytes, *, trust: Trust | None = None, profile: str | None = "eep") -> Package:
    path = folder / "件.eep"
    path.write_bytes(data)
    known = load_profile(profile) if profile else None
    return read_package(path, profile=known, trust=trust or trusting("云岭县档案馆", "馆长"))


@pytest.mark.parametrize("namespaced", [True, False])
def test_description_process_and_files(tmp_path: Path, namespaced: bool) -> None:
    package = read(tmp_path, packed(signing=signing(), namespaced=namespaced))
    assert package.problems == ()
    assert (package.container, package.profile) == ("eep", "eep")
    profile = load_profile("eep")
    told = {field: profile.value(package.metadata, field) for field in ("title", "retention", "year", "secrecy")}
    assert told == {"title": "关于“云岭<茶>”商标 & 字号的批复", "retention": "Y", "year": "2024", "secrecy": "公开"}
    assert package.metadata["keywords"] == "行政许可；食品经营"
    assert [(each.path, each.stage_code, each.nature) for each in package.materials] == [
        ("批复.pdf", "W", "R"), ("申请表.txt", "F", "R"),
    ]  # fmt: skip
    (act,) = package.process
    assert (act.action, act.actor, act.time) == ("归档", "云岭县市场监督管理局", "2024-03-20T10:00:00+08:00")
    for component in package.components:
        assert component.digests == digest_bytes(FILES[component.path])
        with open_component(tmp_path / "件.eep", component) as stream:
            assert stream.read() == FILES[component.path]
            stream.seek(3)
            assert stream.read(4) == FILES[component.path][3:7]


def test_without_a_profile_it_is_recognised(tmp_path: Path) -> None:
    assert read(tmp_path, packed(), profile=None).profile == "eep"


def test_another_profile_refuses_it(tmp_path: Path) -> None:
    package = read(tmp_path, packed(), profile="fuzhou")
    assert [(each.code, each.detail) for each in package.problems] == [("container.not-in-profile", "eep")]
    assert package.metadata == {}


def test_a_modified_package_gives_the_new_layer_and_the_files_of_both(tmp_path: Path) -> None:
    modified, contents = a_modified(packed(signing=signing()), sign=True)
    package = read(tmp_path, modified)
    assert package.problems == ()
    assert package.metadata["title"] == contents.elements["M22"][0]
    files = {each.path: each for each in package.components}
    assert set(files) == {"修订.txt", "批复.pdf", "原封装包/申请表.txt"}
    with open_component(tmp_path / "件.eep", files["批复.pdf"]) as stream:
        assert stream.read() == FILES["批复.pdf"]
    assert {each.path: each.stage_code for each in package.materials}["原封装包/申请表.txt"] == "L"


def test_files_of_the_same_name_lie_apart(tmp_path: Path) -> None:
    contents = some_contents()
    second = contents.documents[1].drafts[0]
    named = replace(second, files=(replace(second.files[0], name="批复.pdf", keyword="base64-pdf", size="9"),))
    contents = replace(contents, documents=(contents.documents[0], replace(contents.documents[1], drafts=(named,))))
    held = {"D1": FILES["批复.pdf"], "D2": b"zweitens!"}

    def opened(file: Encoded) -> io.BytesIO:
        return io.BytesIO(held[file.data_identifier])

    target = io.BytesIO()
    write_eep(target, a_layer(contents), open_content=opened)
    package = read(tmp_path, target.getvalue())
    assert package.problems == ()
    assert [each.path for each in package.components] == ["批复.pdf", "附属文档/V2/批复.pdf"]


@pytest.mark.parametrize(
    ("before", "after", "codes", "is_read"),
    [
        ("<版本>2009", "<版本>2010", {"eep.value"}, True),
        ("<责任者>云岭", "<责任者>白云", {"eep.signature-invalid"}, True),
        ("申请表.txt", "../申请表.txt", {"name.traversal", "eep.signature-invalid"}, False),
        ("申请表.txt", "批复.PDF", {"name.collision", "eep.extension", "eep.signature-invalid"}, False),
        ("</封装内容>", "", {"eep.malformed"}, False),
        ("?>\n<", "?><!DOCTYPE a []><", {"eep.doctype"}, False),
    ],
)
def test_faults_become_problems(tmp_path: Path, before: str, after: str, codes: set[str], is_read: bool) -> None:
    package = read(tmp_path, packed(signing=signing()).replace(before.encode(), after.encode()))
    assert {each.code for each in package.problems} == codes
    assert bool(package.components) is is_read
    assert is_read or {"components", "base", "process"} <= set(package.unread)


def test_escaped_base64_is_not_read_in_place(tmp_path: Path) -> None:
    source = packed().decode()
    begins = source.index('编码数据ID="D2">') + len('编码数据ID="D2">')
    data = source[begins:].partition("\n")[0]
    package = read(tmp_path, (source[:begins] + f"&#{ord(data[0])};" + source[begins + 1 :]).encode())
    assert [(each.code, each.path) for each in package.problems] == [("entry.damaged", "申请表.txt")]


def test_signatures_that_nobody_vouches_for_are_told(tmp_path: Path) -> None:
    package = read(tmp_path, packed(signing=signing()), trust=Trust())
    assert [each.code for each in package.problems] == ["eep.signature-untrusted"] * 2


def test_a_package_beyond_its_limits(tmp_path: Path) -> None:
    path = tmp_path / "a.eep"
    path.write_bytes(packed())
    for limits, code in (
        (Limits(entries=1), "container.too-many-entries"),
        (Limits(entry_size=100), "entry.too-large"),
        (Limits(total_size=100), "container.too-large"),
    ):
        package = read_package(path, profile=load_profile("eep"), limits=limits)
        assert code in {each.code for each in package.problems}
        assert package.components == ()


def test_what_is_an_eep_is_told_by_its_first_bytes() -> None:
    assert is_eep(packed())
    assert is_eep(b"\xef\xbb\xbf<!-- x -->\n" + "<e:电子文件封装包 xmlns:e='a'>".encode())
    assert is_eep('<?xml version="1.0" encoding="GB18030"?><电子文件封装包>'.encode("gb18030"))
    assert is_eep("<电子文件封装包/>".encode("utf-16"))
    assert not is_eep(b"PK\3\4") and not is_eep(b"") and not is_eep("<电子文件>".encode())
