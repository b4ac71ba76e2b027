"""EEP packages (电子文件封装包, DA/T 48-2009): read, written, modified, signed and locked, larger than memory."""

from lantai.archival.eep.base64_data import Base64Reader, NotBase64
from lantai.archival.eep.grammar import NAMESPACE, ROOT, schema
from lantai.archival.eep.model import (
    Act,
    Agent,
    Contents,
    Document,
    Draft,
    Eep,
    EepFault,
    EepRefused,
    Encoded,
    Layer,
    Relation,
    Signature,
)
from lantai.archival.eep.parsing import Bounds
from lantai.archival.eep.reading import Place, ReadEep, numbers, read_eep
from lantai.archival.eep.signing import LOCK_RULE, RULE, Sm2Signer, judge_eep
from lantai.archival.eep.writing import EepSigner, Signing, modify_eep, write_eep

__all__ = [
    "LOCK_RULE",
    "NAMESPACE",
    "ROOT",
    "RULE",
    "Act",
    "Agent",
    "Base64Reader",
    "Bounds",
    "Contents",
    "Document",
    "Draft",
    "Eep",
    "EepFault",
    "EepRefused",
    "EepSigner",
    "Encoded",
    "Layer",
    "NotBase64",
    "Place",
    "ReadEep",
    "Relation",
    "Signature",
    "Signing",
    "Sm2Signer",
    "judge_eep",
    "modify_eep",
    "numbers",
    "read_eep",
    "schema",
    "write_eep",
]
