"""What is written is read: every profile, every container, any values."""

from __future__ import annotations

import io
import pickle
import string
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from package_samples import CODE, Case, fuzhou_case

from lantai.archival.fixity import digest_bytes
from lantai.archival.packages import (
    Material,
    Package,
    ProcessAct,
    Profile,
    load_profile,
    open_component,
    profiles,
    read_package,
    write_container,
    write_package,
)

CONTAINERS = ("zip", "tar", "folder", "bag")
Container = Literal["zip", "tar", "folder", "bag"]
# An EEP is one XML document that holds its files itself: its round trip is told in tests/archival/eep.
FILED = sorted(code for code in profiles() if set(load_profile(code).containers) & set(CONTAINERS))

# What XML 1.0 can hold; a carriage return is written as a reference and comes back.
_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=30
)  # fmt: skip
_PART = st.text(
    st.sampled_from("云岭县申请表决定书〔2024〕①ａ·龘𠮷" + string.ascii_letters + " -_%#&'"), min_size=1, max_size=20
)
_NAME = _PART.map(str.strip).filter(lambda each: each.strip(".") != "")


@st.composite
def cases(draw: st.DrawFn, profile: Profile) -> Case:
    metadata = {each.tag: draw(_TEXT) for each in profile.base.elements if draw(st.booleans())}
    names = draw(st.lists(_NAME, max_size=4, unique_by=lambda each: unicodedata.normalize("NFC", each).casefold()))
    files: dict[str, bytes] = {}
    materials: list[Material] = []
    for index, name in enumerate(names):
        folder = draw(st.sampled_from(profile.folders))
        path = f"{folder.name}/{name}.txt"
        # A point in front, or hypothesis finds the first bytes of archives.
        files[path] = draw(st.just(b"") | st.binary(max_size=400).map(lambda each: b"." + each))
        code = next(each for each in (*profile.material_codes, "A", "C") if folder.codes.fullmatch(each))
        materials.append(
            Material(str(index), folder.name, code, folder.nature, draw(_TEXT), draw(_TEXT), path, f"{name}.txt")
        )
    # The written list stands folder by folder.
    order = list(dict.fromkeys(each.folder for each in materials))
    materials.sort(key=lambda each: order.index(each.folder))
    own = [each.tag for each in profile.process.elements if not each.field]
    process = draw(
        st.lists(
            st.builds(
                ProcessAct,
                step=_TEXT, action=_TEXT, actor=_TEXT, time=_TEXT, basis=_TEXT, detail=st.just("") | _TEXT,
                fields=st.dictionaries(st.sampled_from(own), _TEXT, max_size=3),
            ),
            max_size=3,
        )
    )  # fmt: skip
    return Case(profile.code, metadata, tuple(materials), tuple(process), files)


def same(package: Package, case: Case) -> None:
    """*package* holds all that *case* was written from, and nothing is wrong with it."""
    prefix = package.root
    assert package.problems == ()
    assert dict(package.metadata) == dict(case.metadata)
    assert list(package.metadata) == [each for each in load_profile(case.profile).base_tags if each in case.metadata]
    assert [each.path.removeprefix(prefix) for each in package.materials] == [each.path for each in case.materials]
    assert [(e.name, e.actual_name, e.stage_code, e.nature, e.folder) for e in package.materials] == [
        (e.name, e.actual_name, e.stage_code, e.nature, e.folder) for e in case.materials
    ]
    assert package.process == case.process
    content = {each.path.removeprefix(prefix): each for each in package.components}
    for path, data in case.files.items():
        assert content[path].digests == digest_bytes(data)
        assert content[path].size == len(data)
    assert len(content) == len(case.files) + 2


@pytest.mark.parametrize("code", FILED)
@pytest.mark.parametrize("container", CONTAINERS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_what_is_written_is_read(
    code: str, container: Container, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    case = data.draw(cases(load_profile(code)))
    path = case.write(tmp_path_factory.mktemp("package") / "package", container)
    package = read_package(path, profile=load_profile(code))
    assert package.container == container
    same(package, case)
    for component in package.components:
        with open_component(path, component) as stream:
            assert digest_bytes(stream.read()) == component.digests


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_same_values_give_the_same_bytes(container: Container, tmp_path: Path) -> None:
    case = fuzhou_case()
    first, second = case.write(tmp_path / "1.zip", container), case.write(tmp_path / "2.zip", container)
    if container != "folder":
        assert first.read_bytes() == second.read_bytes()
    told = read_package(first, profile=load_profile("fuzhou"), name=CODE)
    assert {each.path: each.digests for each in told.components} == {
        each.path: each.digests for each in read_package(second, profile=load_profile("fuzhou")).components
    }


@pytest.mark.parametrize("suffix", ["", ".zip", ".tar"])
def test_a_bag_names_its_profile(suffix: str, tmp_path: Path) -> None:
    case = fuzhou_case()
    path = case.write(tmp_path / f"bag{suffix}", "bag")
    package = read_package(path, profile=None, name=CODE)
    assert (package.container, package.profile) == ("bag", "fuzhou")
    assert package.root == ("data/" if not suffix else f"{CODE}/data/")
    same(package, case)
    assert all(set(each.digests) == {"sha512", "sha256", "sm3"} for each in package.components)


def test_a_bag_whose_payload_was_changed_is_told(tmp_path: Path) -> None:
    path = fuzhou_case().write(tmp_path / "bag", "bag")
    (path / "data/申报文件/申请表.pdf").write_bytes(b"another")
    package = read_package(path, profile=load_profile("fuzhou"))
    assert {each.code for each in package.problems} == {"bag.digest", "bag.oxum"}
    assert {each.path for each in package.problems} == {"data/申报文件/申请表.pdf", "bag-info.txt"}


@pytest.mark.parametrize("code", sorted(profiles()))
def test_the_profile_is_recognised_by_its_description(code: str, tmp_path: Path) -> None:
    case = Case(code, {}, (), (), {})
    assert read_package(case.write(tmp_path / "p.zip"), profile=None).profile == code


def test_no_profile_fits(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.txt").write_bytes(b"a")
    package = read_package(tmp_path / "folder", profile=None)
    assert [(each.code, each.fatal) for each in package.problems] == [("profile.unknown", True)]
    assert package.unread["components"] == "profile.unknown"


def test_a_package_of_everything_crosses_processes_and_streams(tmp_path: Path) -> None:
    case = fuzhou_case()
    path = case.write(tmp_path / f"{CODE}.zip")
    package = read_package(path, profile=load_profile("fuzhou"))
    assert pickle.loads(pickle.dumps(package)) == package
    assert package.name == CODE
    assert package.size == path.stat().st_size
    assert package.digests == digest_bytes(path.read_bytes())
    assert package.materials == case.materials
    assert package.folders == ("申报文件", "过程文件", "结果文件")
    assert package.metadata_paths == {"base": "基本信息元数据.xml", "process": "管理过程元数据.xml"}
    sink = io.BytesIO()
    write_package(
        target=sink,
        profile=load_profile("fuzhou"),
        metadata=case.metadata,
        materials=case.materials,
        process=case.process,
        files=case.files,
    )
    assert sink.getvalue() == path.read_bytes()


def test_digests_known_from_receiving_are_not_computed_again(tmp_path: Path) -> None:
    path = fuzhou_case().write(tmp_path / "p.zip")
    known: Mapping[str, str] = {"sha512": "known", "md5": "not asked for"}
    package = read_package(path, profile=load_profile("fuzhou"), known_digests=known)
    assert package.digests == digest_bytes(path.read_bytes()) | {"sha512": "known"}


@pytest.mark.parametrize("container", ["zip", "tar", "folder"])
def test_a_single_folder_around_everything_is_the_root(container: Container, tmp_path: Path) -> None:
    case = fuzhou_case()
    inner = case.write(tmp_path / "inner", "folder")
    wrapped = {f"外层/{each.relative_to(inner)}": each for each in sorted(inner.rglob("*")) if each.is_file()}
    target = tmp_path / "wrapped"

    write_container(target, wrapped, container=container)
    package = read_package(target, profile=load_profile("fuzhou"))
    assert package.root == "外层/"
    same(package, case)
