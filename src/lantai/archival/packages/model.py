"""One frozen picture of an information package (信息包), whatever it came in.

A reader of any container (ZIP, TAR, folder, BagIt, EEP) and any profile makes a ``Package``; checks, numbering and
description look at nothing else. Content bytes are never held: a ``Component`` says where they lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lantai.archival.formats.model import FileFacts

ContainerKind = Literal["zip", "tar", "folder", "bag", "eep"]


@dataclass(frozen=True, slots=True)
class Component:
    """One computer file (组件, 计算机文件) in the package.

    ``path`` is the name as read, ``/``-separated; ``raw_name`` the bytes as they stand in the container and
    ``name_encoding`` the reading that turned the one into the other (``utf-8``, ``gb18030``, ``cp437``).
    ``offset``, ``stored_size`` and ``method`` let the bytes be read in place, by range; ``offset`` is None in a folder.
    Sizes are bytes. ``digests`` maps ``sha512``, ``sha256`` and ``sm3`` to lower-case hex.
    """

    path: str
    raw_name: bytes
    name_encoding: str
    size: int
    stored_size: int = 0
    offset: int | None = None
    method: Literal["stored", "deflated", "file", "base64"] = "stored"
    modified: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)
    facts: FileFacts | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """One declared file (归档文件) of the package's own list, as the department described it.

    ``stage_code`` is the archiving file type (A application, B0-B99 process, C result), ``nature`` the class
    B basis (依据性), P procedure (程序性) or R result (结果性) derived from it. ``path`` is the component it was
    matched with, empty when no component fits. Values are kept as text, as declared.
    """

    identifier: str
    folder: str
    stage_code: str
    nature: Literal["B", "P", "R", ""]
    name: str
    actual_name: str
    path: str = ""
    declared_path: str = ""
    format: str = ""
    size: str = ""
    created: str = ""
    digest_algorithm: str = ""
    digest: str = ""
    auxiliary: str = ""
    share: str = ""
    share_basis: str = ""


@dataclass(frozen=True, slots=True)
class ProcessAct:
    """One act of the handling (管理过程元数据, M80-M84): step, action, who, when, on what basis, with what opinion.

    ``fields`` holds whatever else the profile's process record names, by its own tag.
    """

    step: str
    action: str
    actor: str
    time: str
    basis: str = ""
    detail: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong that reading met, before any check: ``code`` such as ``name.traversal`` or ``xml.malformed``.

    ``fatal`` problems stop reading: nothing after them was looked at.
    """

    code: str
    path: str = ""
    detail: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """What the hand-over list (移交清单, transfer_info) says of one package. Values as declared."""

    name: str
    size: int | None = None
    digest_algorithm: str = ""
    digest: str = ""
    batch: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Package:
    """A read package. ``metadata`` maps the profile's canonical element tags to text as found, in document order;
    ``metadata_paths`` names the component each description came from (``base`` and ``process``).

    ``root`` is the folder inside the container that holds the package, ending with ``/``; empty at the top.
    ``unread`` names the parts reading could not look at, each with its reason, so that checks answer "not applicable,
    because ..." and never "pass".
    """

    name: str
    container: ContainerKind
    profile: str
    size: int
    digests: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    metadata_paths: Mapping[str, str] = field(default_factory=dict)
    materials: tuple[Material, ...] = ()
    process: tuple[ProcessAct, ...] = ()
    components: tuple[Component, ...] = ()
    folders: tuple[str, ...] = ()
    root: str = ""
    problems: tuple[Problem, ...] = ()
    handover: HandoverLine | None = None
    unread: Mapping[str, str] = field(default_factory=dict)

    def component(self, path: str) -> Component | None:
        """The component read as *path*, or None."""
        return next((each for each in self.components if each.path == path), None)
