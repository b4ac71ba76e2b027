"""The archive's own SM2 key for packages it makes (keys/eep-sm2), and the certificate that goes with them.

The certificate is made by the key itself at first use; an operator puts one of a certification body in its place
(keys/eep-sm2.cer, DER) without touching the code.
"""

from __future__ import annotations

import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from lantai.archival.eep import Signing, Sm2Signer
from lantai.archival.sealing.self_signed import self_signed_sm2
from lantai.archival.sm2 import sm2_available
from lantai.common.durability import flush_file
from lantai.common.keys import secret_bytes

_YEARS = timedelta(days=365 * 20)
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


def archive_signing(*, now: datetime) -> Signing | None:
    """Who signs and locks the packages of this archive, at *now*; None where the system cannot compute SM2."""
    if not sm2_available():
        return None
    number = int.from_bytes(secret_bytes("eep-sm2"), "big") % (_ORDER - 2) + 1
    secret = number.to_bytes(32, "big")
    name = settings.LANTAI_ARCHIVE_NAME
    path = settings.LANTAI_HOME / "keys" / "eep-sm2.cer"
    signer = Sm2Signer(name, secret, (_certificate(path, secret, name, now),))
    return Signing(signer, signer, now.isoformat(timespec="seconds"))


def _certificate(path: Path, secret: bytes, name: str, now: datetime) -> bytes:
    """The certificate at *path*, made when there is none; two processes that start together get the same one."""
    if not path.exists():
        begins = now.replace(microsecond=0)
        made = self_signed_sm2(
            secret=secret, name=name, begins=begins, ends=begins + _YEARS, serial=secrets.randbits(120) | 1
        )  # fmt: skip
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
        fresh.write_bytes(made)
        flush_file(fresh)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first; its certificate is the one
        finally:
            fresh.unlink()
    return path.read_bytes()
