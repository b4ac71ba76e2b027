"""Sealed content in objects: which rule counts, sealing on the way in, opening on the way out."""

from __future__ import annotations

import io
import os
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import BinaryIO, cast

from lantai.archival import ocfl
from lantai.archival.fixity import Digester, digest_stream, digester
from lantai.archival.vault import (
    CHUNK,
    SUFFIX,
    Fingerprint,
    Header,
    SealingReader,
    StoredFile,
    digest_key,
    draw_file_key,
    keyed_content_digest,
    read_header,
)
from lantai.archival.vault.keys import DataKey, KeyUnit
from lantai.common.keys import secret_bytes
from lantai.storage.keyring import has_key_store, key_store, keyring
from lantai.storage.models import SealingRule

_SHELVED = re.compile(r"urn:lantai:[a-z-]+:(?P<fonds>[^:]+):(?P<retention>[^:]+):.+")
_ROWS = "urn:lantai:rows:"
_WRAPPINGS = {"AES-256-GCM": "AES-256-KW", "SM4-GCM": "SM4-KW"}
_QUEUED = 4


@dataclass(frozen=True, slots=True)
class Shelf:
    """The shelf an object stands on, as its id says: fonds and retention class. Keys above data keys are kept by it."""

    fonds: str
    retention: str

    def __str__(self) -> str:
        return f"{self.fonds}.{self.retention}"


@dataclass(frozen=True, slots=True)
class SealedFact:
    """What may be told of sealed content for ever: the algorithm, the digest of its data key (by which its
    destruction is proven), and the keyed digest of its cleartext."""

    algorithm: str
    key: str
    digest: str


def shelf_of(object_id: str) -> Shelf | None:
    """The shelf of an object, one of their own for the rows of the tables; None for the ledger's batches."""
    if object_id.startswith(_ROWS):
        return Shelf("rows", "all")
    found = _SHELVED.fullmatch(object_id)
    return Shelf(found["fonds"], found["retention"]) if found else None


def unit_of(path: str) -> str:
    """The unit (a record's folder) a logical path belongs to."""
    return path.partition("/")[0]


def rule_for(object_id: str, rules: Sequence[SealingRule]) -> SealingRule | None:
    """The rule by which content of this object is sealed when it comes; None when it is not. Rows of the tables tell of
    all records: they are sealed as soon as anything is, by the rule decided first.
    """
    if object_id.startswith(_ROWS):
        return min((each for each in rules if each.sealed), key=lambda each: each.pk, default=None)
    shelf = shelf_of(object_id)
    if shelf is None:
        return None
    fitting = [
        each for each in rules if each.fonds_code in ("", shelf.fonds) and each.retention in ("", shelf.retention)
    ]
    best = max(fitting, key=lambda each: (bool(each.fonds_code), bool(each.retention)), default=None)
    return best if best is not None and best.sealed else None


def seal_objects(
    *, root: ocfl.StorageRoot, objects: Sequence[ocfl.NewObject], known: Collection[str], now: datetime
) -> list[ocfl.NewObject]:
    """*objects* as they will lie on the shelf: sealed where the rules say so, as they came where not.

    One that lies there already (the run that wrote it died before telling anybody) stays as it is, sealed or not, when
    it holds the same, so that rules may change in between; otherwise it is removed, unless it is *known* by a row.
    Raises ocfl.ObjectDiffers, VaultFault.
    """
    if not _seals():
        return list(objects)
    rules = list(SealingRule.objects.all())
    return [_sealed_object(root, each, rule_for(each.object_id, rules), known, now) for each in objects]


def _sealed_object(
    root: ocfl.StorageRoot, new: ocfl.NewObject, rule: SealingRule | None, known: Collection[str], now: datetime
) -> ocfl.NewObject:
    try:
        inventory = ocfl.mend_object(root, new.object_id)
    except ocfl.ObjectMissing:
        inventory = None
    if inventory is not None:
        if not any(path.endswith(SUFFIX) for path in inventory.logical):
            return new
        if same_contents(root=root, inventory=inventory, contents=new.contents):
            kept = tuple(ocfl.Content(path, b"", {"sha512": sha512}) for path, sha512 in inventory.logical.items())
            return replace(new, contents=kept)
        if new.object_id in known:
            raise ocfl.ObjectDiffers(f"{new.object_id} is kept, sealed, with other content")
        ocfl.remove_object(root, new.object_id)
        key_store().forget_keys([each.key for each in key_store().keys_of(new.object_id)])
    if rule is None:
        return new
    contents = seal_contents(object_id=new.object_id, version="v1", contents=new.contents, rule=rule, now=now)
    return replace(new, contents=contents)


def seal_version(*, root: ocfl.StorageRoot, version: ocfl.NewVersion, now: datetime) -> ocfl.NewVersion:
    """*version* with its new contents sealed where the rules say so, and the paths it removes as they lie there.

    What is there already, sealed, with the same cleartext is put no second time. Raises ocfl.ObjectMissing, VaultFault.
    """
    if not _seals():
        return version
    inventory = ocfl.mend_object(root, version.object_id)
    before = inventory.logical_in(version.base)
    rule = rule_for(version.object_id, list(SealingRule.objects.all()))
    same = [each for each in version.put if same_contents(root=root, inventory=inventory, contents=[each], part=True)]
    fresh = [each for each in version.put if each not in same]
    if rule is not None and fresh:
        head = f"v{int(version.base[1:]) + 1}"
        fresh = list(seal_contents(object_id=version.object_id, version=head, contents=fresh, rule=rule, now=now))
    folder = Path(root.object_path(version.object_id))
    kept = [ocfl.Content(each.path + SUFFIX, folder / inventory.content_path(each.path + SUFFIX)) for each in same]
    remove = {each if each in before else each + SUFFIX for each in version.remove}
    remove |= {_other_name(each.path) for each in (*kept, *fresh)} & set(before)  # sealed or not, it has one name
    return replace(version, put=(*kept, *fresh), remove=tuple(sorted(remove)))


def stored_name(inventory: ocfl.Inventory, path: str) -> str:
    """The logical path under which the content people know as *path* lies: that of sealed content has an ending."""
    return path + SUFFIX if path + SUFFIX in inventory.logical else path


def _other_name(path: str) -> str:
    return path.removesuffix(SUFFIX) if path.endswith(SUFFIX) else path + SUFFIX


def _seals() -> bool:
    """Whether anything is or may be sealed here."""
    return has_key_store() or SealingRule.objects.exists()


def seal_contents(
    *, object_id: str, version: str, contents: Sequence[ocfl.Content], rule: SealingRule, now: datetime
) -> tuple[ocfl.Content, ...]:
    """*contents* as they will lie in *version* of the object: each sealed while it is read, under a data key of its
    unit that is durable before this returns. Declared digests are of the cleartext and proven on the way.

    Raises VaultFault when there are no keys to seal with: nothing is ever kept in the clear instead.
    """
    shelf = shelf_of(object_id)
    units = {unit_of(each.path): KeyUnit(object_id, version, unit_of(each.path)) for each in contents}
    keys = keyring().make_keys(
        list(units.values()), shelf=str(shelf), wrapping=_WRAPPINGS[rule.algorithm], now=now.isoformat()
    )
    return tuple(
        ocfl.Content(
            each.path + SUFFIX,
            _Sealing(each, object_id, version, rule.algorithm, keys[units[unit_of(each.path)]]),
            owed=(),
        )
        for each in contents
    )


def same_contents(
    *, root: ocfl.StorageRoot, inventory: ocfl.Inventory, contents: Sequence[ocfl.Content], part: bool = False
) -> bool:
    """Whether the object on the shelf holds exactly *contents*, sealed, or these beside others where it is a *part*;
    every byte is opened and compared."""
    wanted, held = {each.path + SUFFIX for each in contents}, set(inventory.logical)
    if wanted - held or (not part and held - wanted):
        return False
    try:
        for each in contents:
            place = Path(root.object_path(inventory.object_id)) / inventory.content_path(each.path + SUFFIX)
            with sealed_file(place, inventory.object_id, each.path).open() as stream:
                found = digest_stream(stream, ("sha512",))[1]["sha512"]
            if found != (each.digests.get("sha512") or ocfl.digest_source(each, root.files)):
                return False
    except (OSError, ocfl.PathMissing):
        return False
    return True


def sealed_file(place: Path, object_id: str, path: str) -> StoredFile:
    """The sealed file at *place*, which is to hold *path* of the object, with the key that opens it. Raises VaultFault,
    OSError."""
    header = read_header(place)
    header.check_identity(object_id=object_id, path=path)
    return StoredFile(place, draw_file_key(keyring().open_key(header.key), header))


def keyed_facts(*, place: Path, sha512: str) -> SealedFact:
    """What is told of the sealed file at *place*, whose cleartext has the SHA-512 *sha512*. Raises VaultFault."""
    header = read_header(place)
    ring = keyring()
    row = ring.store.find_key(header.key)
    key = digest_key(ring.open_keys([row])[0])
    return SealedFact(header.algorithm, row.proof, keyed_content_digest(key, sha512))


def digest_key_at(place: Path) -> tuple[str, bytes]:
    """Of the sealed file at *place*: the proof of its data key, and the key of its keyed digest. Raises VaultFault."""
    ring = keyring()
    row = ring.store.find_key(read_header(place).key)
    return row.proof, digest_key(ring.open_keys([row])[0])


def forget_unused_keys(*, root: ocfl.StorageRoot, written: ocfl.WrittenObject) -> None:
    """Drop data keys that no content of a freshly written object names: of runs that died before they wrote."""
    if written.head != "v1" or not has_key_store():
        return
    held = [each for each in key_store().keys_of(written.object_id) if each.version == written.head]
    sealed = [each.content_path for path, each in written.contents.items() if path.endswith(SUFFIX)]
    if len(held) == len({unit_of(path) for path in written.contents if path.endswith(SUFFIX)}):
        return
    used = {read_header(Path(root.object_path(written.object_id)) / each).key for each in sealed}
    key_store().forget_keys([each.key for each in held if each.key not in used])


def new_fingerprint() -> Fingerprint:
    """A fingerprint under the archive's own key, to be taken of bytes while they are digested anyway."""
    return Fingerprint(secret_bytes("fingerprints"))


def forget_object(*, object_id: str, now: datetime) -> None:
    """Destroy the data keys of an object that is removed: what is left of it in other copies opens no more."""
    if has_key_store():
        store = key_store()
        store.destroy_keys(sorted({(object_id, each.unit) for each in store.keys_of(object_id)}), now.isoformat())


class _Sealing:
    """Opens one content anew as its sealed form (``ocfl.Opener``)."""

    def __init__(self, content: ocfl.Content, object_id: str, version: str, algorithm: str, key: DataKey) -> None:
        self._content, self._key = content, key
        self._named = (object_id, version, algorithm)

    def __call__(self) -> BinaryIO:
        object_id, version, algorithm = self._named
        stream, size = _cleartext(self._content)
        header = Header(
            algorithm=algorithm,
            chunk=CHUNK,
            key=self._key.key,
            object_id=object_id,
            version=version,
            path=self._content.path,
            prefix=secrets.token_bytes(7),
            size=size,
        )
        proof = _Proof(self._content)
        try:
            reader = SealingReader(stream, header, draw_file_key(self._key.secret, header), seen=proof.take)
        except BaseException:
            stream.close()
            raise
        return cast(BinaryIO, _Proven(reader, proof))


class _Proven:
    """The sealed form, ended only when the cleartext was what the caller declared."""

    def __init__(self, reader: SealingReader, proof: _Proof) -> None:
        self._reader, self._proof = reader, proof

    def read(self, size: int = -1) -> bytes:
        """The next piece. Raises ocfl.ContentDiffers at the end when the cleartext is not what was declared."""
        piece = self._reader.read(size)
        if not piece:
            self._proof.check()
        return piece

    def __enter__(self) -> _Proven:
        return self

    def __exit__(self, *exception: object) -> None:
        self._proof.end()
        self._reader.close()


class _Proof:
    """Digests of the cleartext as it passes, in a thread of their own where there is much of it."""

    def __init__(self, content: ocfl.Content) -> None:
        self._content = content
        self._declared = {"fingerprint": content.fingerprint} if content.fingerprint else dict(content.digests)
        self._digesters: dict[str, Digester] = (
            {"fingerprint": new_fingerprint()}
            if content.fingerprint
            else {each: digester(each) for each in content.digests}
        )
        self._queue: Queue[bytes] = Queue(_QUEUED)
        self._thread: Thread | None = None

    def take(self, data: bytes) -> None:
        """The next piece of cleartext."""
        if not self._digesters:
            return
        if self._thread is None and len(data) >= CHUNK and not self._content.fingerprint:
            self._thread = Thread(target=self._follow, daemon=True)
            self._thread.start()
        if self._thread is None:
            self._update(data)
        elif data:
            self._queue.put(data)

    def check(self) -> None:
        """Raise ocfl.ContentDiffers unless all digests are those declared."""
        self.end()
        for name, each in self._digesters.items():
            if (found := each.hexdigest()) != (declared := self._declared[name]):
                raise ocfl.ContentDiffers(f"{self._content.path}: {name} is {found}, not {declared}")
        self._digesters = {}

    def end(self) -> None:
        """Let the thread finish."""
        if self._thread is not None:
            self._queue.put(b"")
            self._thread.join()
            self._thread = None

    def _follow(self) -> None:
        while data := self._queue.get():
            self._update(data)

    def _update(self, data: bytes) -> None:
        for each in self._digesters.values():
            each.update(data)


def _cleartext(content: ocfl.Content) -> tuple[BinaryIO, int]:
    """A content's source, open, and its size in bytes."""
    source = content.source
    if isinstance(source, bytes):
        return io.BytesIO(source), len(source)
    if callable(source):
        raise ValueError(f"{content.path}: what is made while it is read has no size to seal it by")
    stream = source.open("rb")
    return stream, os.fstat(stream.fileno()).st_size
