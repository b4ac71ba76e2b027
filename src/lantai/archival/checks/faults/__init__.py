"""The fault library (故障库): packages with one planted fault each, by which checks, server and demonstration are
proven."""

from lantai.archival.checks.faults.case import PROFILE, Case, sound_case
from lantai.archival.checks.faults.library import MANIFEST, STATES, Fault, State, build_fault_library, read_manifest
from lantai.archival.checks.faults.plants import PLANTS, Plant

__all__ = [
    "MANIFEST",
    "PLANTS",
    "PROFILE",
    "STATES",
    "Case",
    "Fault",
    "Plant",
    "State",
    "build_fault_library",
    "read_manifest",
    "sound_case",
]
