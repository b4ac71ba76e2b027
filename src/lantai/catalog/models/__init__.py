"""Tables of the catalogue: records and their codes, and what people do to their descriptions."""

from lantai.catalog.models.arranging import Arrangement
from lantai.catalog.models.describing import Describing, DescriptionDraft
from lantai.catalog.models.records import (
    CodeAssignment,
    CodeScope,
    ComponentText,
    Grant,
    IdentityKey,
    Level,
    OpenState,
    Record,
    RecordState,
    Relation,
    Representation,
    Secrecy,
    SignatureEdition,
)
from lantai.catalog.models.signatures import JudgedSignature, SignatureVerdict

__all__ = [
    "Arrangement",
    "CodeAssignment",
    "CodeScope",
    "ComponentText",
    "Describing",
    "DescriptionDraft",
    "Grant",
    "IdentityKey",
    "JudgedSignature",
    "Level",
    "OpenState",
    "Record",
    "RecordState",
    "Relation",
    "Representation",
    "Secrecy",
    "SignatureEdition",
    "SignatureVerdict",
]
