"""One record as one package file: an EEP, or a bag in a ZIP file."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from lantai.administration.queries.profiles import profiles_on
from lantai.archival.bagit import write_tag_files
from lantai.archival.eep import Encoded, Layer, modify_eep, read_eep, write_eep
from lantai.archival.eep.writing import Signing
from lantai.archival.fixity import digest_stream
from lantai.archival.packages import open_component
from lantai.catalog.queries import RecordView
from lantai.catalog.queries.composition import StoredPackage
from lantai.catalog.services import StoredComponent, as_component
from lantai.exchange.encapsulating import contents_of, file_of
from lantai.storage.queries import content_file, open_content
from lantai.work.services import Sentence

PROFILE_LABEL = "Lantai-Profile"
_ALGORITHMS = ("sha512", "sha256")


class NotPacked(Exception):
    """This record cannot be a package of this kind; ``why`` says the reason."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.key)
        self.why = why


def pack_eep(
    record: RecordView, target: BinaryIO, *, archive: str, body: str, fonds: str, signing: Signing | None, now: datetime
) -> None:
    """Write *record* as an EEP. One that came as an EEP, and is still whole, becomes the layer below, byte for byte.

    Raises NotPacked, storage's ContentMissing, OSError, eep.EepRefused.
    """
    record = replace(record, package=_documents(record))
    package = record.package
    assert package is not None
    created = now.isoformat(timespec="seconds")
    if package.container == "eep" and package.whole:
        with open_content(object_id=package.object_id, path=package.path) as original:
            found = read_eep(original)
            if found.eep is not None and not found.faults:
                prefix = f"X{len(found.eep.layer.layers)}"
                names = {place.offset: name for name, place in found.places.items()}
                referring = {
                    number: names[each.offset]
                    for number, each in enumerate(package.components, 1)
                    if each.held_in is None and each.offset in names
                }
                contents = contents_of(
                    record, archive=archive, body=body, fonds=fonds, prefix=prefix, referring=referring
                )  # fmt: skip
                layer = Layer(created, archive, contents, prefix)
                modify_eep(
                    target, layer, original=original, found=found, open_content=_opening(package), signing=signing
                )  # fmt: skip
                return
    contents = contents_of(record, archive=archive, body=body, fonds=fonds)
    write_eep(target, Layer(created, archive, contents), open_content=_opening(package), signing=signing)


def pack_bag(record: RecordView, target: BinaryIO, *, archive: str, body: str, now: datetime) -> None:
    """Write *record* as a bag (RFC 8493, in a ZIP file) whose payload is the package as it came in, file by file, so
    that another archive reads it by the same profile. Scans of its paper, which its profile does not know, stay behind.

    Raises NotPacked, storage's ContentMissing, OSError.
    """
    package = _files(record)
    if not package.whole or not record.profile or package.container == "eep":
        raise NotPacked(Sentence("export-no-package"))
    summary = record.summary
    top = summary.archive_code or summary.record_code
    sizes: dict[str, int] = {}
    digests: dict[str, dict[str, str]] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as bag:
        for each in (one for one in package.components if one.held_in is None):
            path = f"data/{_inside(each, package)}"
            with _open(each, package) as stream, bag.open(f"{top}/{path}", "w", force_zip64=True) as sink:
                sizes[path], digests[path] = digest_stream(stream, _ALGORITHMS, sink=sink.write)
        told = {
            "Source-Organization": body,
            "Contact-Name": archive,
            "External-Identifier": summary.record_code,
            "External-Description": " ".join(summary.title.split()),
            "Bagging-Date": now.date().isoformat(),
            "Internal-Sender-Identifier": summary.archive_code or summary.record_code,
            PROFILE_LABEL: record.profile,
        }
        for name, data in write_tag_files(sizes, digests, information=told, algorithms=_ALGORITHMS).items():
            bag.writestr(f"{top}/{name}", data)


def _files(record: RecordView) -> StoredPackage:
    package = record.package
    if package is None or not package.components:
        raise NotPacked(Sentence("export-no-files"))
    return package


def _documents(record: RecordView) -> StoredPackage:
    """The package without the files in which its profile describes it: an EEP describes the record itself, and numbers
    of persons, which stand in those files, do not leave with it.
    """
    package = _files(record)
    profile = profiles_on().get(record.profile)
    described = {*profile.base.files, *profile.process.files} if profile is not None else set()
    kept = tuple(each for each in package.components if PurePosixPath(each.path).name not in described)
    if not kept:
        raise NotPacked(Sentence("export-no-files"))
    return replace(package, components=kept)


def _inside(component: StoredComponent, package: StoredPackage) -> str:
    """The path of a file in the package, without the folder of a bag around it."""
    if package.container == "bag":
        return component.path.partition("data/")[2] or component.path
    return component.path


def _opening(package: StoredPackage) -> Callable[[Encoded], BinaryIO]:
    return lambda file: _open(file_of(package, file), package)


def _open(component: StoredComponent, package: StoredPackage) -> BinaryIO:
    object_id, path = component.held_in or (package.object_id, package.path)
    return open_component(content_file(object_id=object_id, path=path), as_component(component))


def package_name(record: RecordView, kind: str) -> str:
    """The name of the file: the archive code, else the 电子文件号, with nothing a file system minds."""
    code = record.summary.archive_code or record.summary.record_code
    return PurePosixPath(code.replace("/", "_").replace("\\", "_")).name + (".eep" if kind == "eep" else ".zip")


def digest_of(path: Path) -> tuple[int, str]:
    """Bytes and SHA-256 of a file."""
    with path.open("rb", buffering=0) as stream:
        size, found = digest_stream(stream, ("sha256",))
    return size, found["sha256"]
