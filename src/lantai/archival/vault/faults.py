"""What can be wrong with keys and sealed content, each by its own name. All are faults of the medium (OSError)."""

from __future__ import annotations


class VaultFault(OSError):
    """Keys or sealed content cannot be used; ``code`` names the fault in one word, the message tells all of it."""

    code = "vault"


class KeyStoreMissing(VaultFault):
    """The key store, or the file of its key-encryption keys, is not where it should be."""

    code = "key-store-missing"


class KeyStoreBroken(VaultFault):
    """The key store is there and cannot be read as one."""

    code = "key-store-broken"


class PassphraseMissing(VaultFault):
    """The keys are kept under a passphrase (or PIN) and none was given."""

    code = "passphrase-missing"


class PassphraseWrong(VaultFault):
    """The passphrase (or PIN) given does not open the keys."""

    code = "passphrase-wrong"


class TokenMissing(VaultFault):
    """The hardware key store does not answer, or has no token of that name."""

    code = "token-missing"


class KeyMissing(VaultFault):
    """A key that is needed is not in the key store, and was not destroyed there either."""

    code = "key-missing"


class KeyDestroyed(VaultFault):
    """The key was destroyed on purpose: what was sealed under it can never be read again."""

    code = "key-destroyed"


class KeyWrong(VaultFault):
    """A wrapped key does not open under the key-encryption key at hand: it is another one, or the wrap was altered."""

    code = "key-wrong"


class EscrowWrong(VaultFault):
    """An escrow wrap does not open with this identity, or a recipient is none."""

    code = "escrow-wrong"


class SealBroken(VaultFault):
    """Sealed content is not what was sealed; the subclasses say how."""

    code = "seal-broken"


class HeaderBroken(SealBroken):
    """The first line of sealed content is none of ours."""

    code = "seal-header"


class ContentSwapped(SealBroken):
    """The content was sealed for another object, version or path than the one it is read as."""

    code = "seal-swapped"


class ContentTruncated(SealBroken):
    """Sealed content is shorter or longer than its header says."""

    code = "seal-length"


class ChunkAltered(SealBroken):
    """One chunk of sealed content does not open: altered, moved to another place, or sealed under another key."""

    code = "seal-chunk"
