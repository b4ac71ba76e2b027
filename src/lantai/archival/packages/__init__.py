"""Information packages (信息包): profiles, containers, reading in place, writing."""

from lantai.archival.packages.handover import HandoverListRefused, read_handover_list, write_handover_list
from lantai.archival.packages.limits import Limits
from lantai.archival.packages.matching import match_materials
from lantai.archival.packages.model import (
    Component,
    ContainerKind,
    HandoverLine,
    Material,
    Package,
    Problem,
    ProcessAct,
)
from lantai.archival.packages.profile import (
    ElementRule,
    FolderRule,
    Profile,
    ProfileRefused,
    StageRule,
    load_profile,
    profile_from_data,
    profiles,
)
from lantai.archival.packages.raw_zip import RawEntry, write_raw_zip
from lantai.archival.packages.reading import read_package
from lantai.archival.packages.source import ContentDamaged, open_component
from lantai.archival.packages.writing import write_base, write_container, write_package, write_process

__all__ = [
    "Component",
    "ContainerKind",
    "ContentDamaged",
    "ElementRule",
    "FolderRule",
    "HandoverLine",
    "HandoverListRefused",
    "Limits",
    "Material",
    "Package",
    "Problem",
    "ProcessAct",
    "Profile",
    "ProfileRefused",
    "RawEntry",
    "StageRule",
    "load_profile",
    "match_materials",
    "open_component",
    "profile_from_data",
    "profiles",
    "read_handover_list",
    "read_package",
    "write_base",
    "write_container",
    "write_handover_list",
    "write_package",
    "write_process",
    "write_raw_zip",
]
