"""A folder is a package too: links are refused, names in any bytes are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from package_samples import fuzhou_case

from lantai.archival.packages import Limits, Package, load_profile, open_component, read_package


def read(path: Path, limits: Limits = Limits()) -> Package:  # noqa: B008 (frozen)
    return read_package(path, profile=load_profile("fuzhou"), limits=limits)


@pytest.mark.parametrize("target", ["/etc/passwd", "申报文件", "申报文件/申请表.pdf", "nowhere"])
def test_a_link_is_refused_and_not_followed(target: str, tmp_path: Path) -> None:
    path = fuzhou_case().write(tmp_path / "package", "folder")
    (path / "link").symlink_to(target)
    assert [(each.code, each.path) for each in read(path).problems] == [("entry.link", "link")]


def test_a_pipe_is_refused_and_not_opened(tmp_path: Path) -> None:
    path = fuzhou_case().write(tmp_path / "package", "folder")
    os.mkfifo(path / "pipe")
    assert [each.code for each in read(path).problems] == ["entry.device"]


def test_a_component_that_became_a_link_is_not_opened(tmp_path: Path) -> None:
    path = fuzhou_case().write(tmp_path / "package", "folder")
    component = read(path).component("申报文件/申请表.pdf")
    assert component is not None
    (path / component.path).unlink()
    (path / component.path).symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        open_component(path, component)


def test_names_in_gbk_are_read_and_opened(tmp_path: Path) -> None:
    raw = "申请表.txt".encode("gb18030")
    (tmp_path / "package").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "package") + b"/" + raw)).write_bytes(b"x")
    (component,) = read(tmp_path / "package").components
    assert (component.path, component.raw_name, component.name_encoding) == ("申请表.txt", raw, "gb18030")
    with open_component(tmp_path / "package", component) as stream:
        assert stream.read() == b"x"


def test_limits_are_kept(tmp_path: Path) -> None:
    path = fuzhou_case().write(tmp_path / "package", "folder")
    for limits, code in (
        (Limits(entries=3), "container.too-many-entries"),
        (Limits(total_size=100), "container.too-large"),
        (Limits(entry_size=1500), "entry.too-large"),
    ):
        assert {each.code for each in read(path, limits).problems} == {code}


def test_a_folder_deeper_than_allowed_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / "package" / "/".join(["a"] * 20)
    deep.mkdir(parents=True)
    (deep / "b.txt").write_bytes(b"x")
    assert [each.code for each in read(tmp_path / "package").problems] == ["name.too-deep"]


def test_a_folder_that_is_not_there_is_the_mediums_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nothing")
