"""The witness protocol as the specification says it, status by status, and the keys of every kind."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.archival.tlog import naive

from lantai.archival import sm2, tlog
from lantai.archival.tlog.checkpoints import _cosigned_message

ORIGIN = "lantai.example/yunling"
LOG = tlog.new_signer(ORIGIN)
OTHER = tlog.new_signer(ORIGIN)
WITNESS = tlog.new_signer("witness.example/w1", kind=tlog.COSIGNATURE_V1)
LATTICE = tlog.new_signer("witness.example/w1", kind=tlog.ML_DSA_44)
# C2SP tlog-witness, the example of a request
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""  # noqa: E501


class Tree:
    """A log of leaves in memory."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        changed = tlog.append_leaves(size=0, leaves=leaves, read=self.read)
        self.tiles = {(each.level, each.index): each.hashes for each in changed}

    def read(self, level: int, index: int, width: int) -> bytes:
        return self.tiles[level, index][: width * 32]

    def checkpoint(self, size: int) -> tlog.Checkpoint:
        return tlog.Checkpoint(ORIGIN, size, tlog.root_hash(size=size, read=self.read))

    def request(self, old: int, size: int, *signers: tlog.Signer) -> tlog.AddCheckpoint:
        proof = tuple(tlog.consistency_proof(old_size=old, size=size, read=self.read)) if old <= size else ()
        return tlog.AddCheckpoint(old, proof, tlog.sign_checkpoint(self.checkpoint(size), *(signers or (LOG,))))


def data_of(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


def leaves(count: int, salt: bytes = b"") -> list[bytes]:
    return [tlog.leaf_hash(salt + each) for each in data_of(count)]


TREE = Tree(leaves(300))
KEYS = (LOG.verifier(),)


def refused(request: tlog.AddCheckpoint, held: tlog.Checkpoint | None, verifiers=KEYS) -> tlog.CheckpointRefused:
    with pytest.raises(tlog.CheckpointRefused) as caught:
        tlog.examine_request(request, verifiers=verifiers, held=held)
    return caught.value


def test_the_request_of_the_specification_is_read_and_written_as_it_stands():
    request = tlog.parse_request(EXAMPLE.encode())
    assert (request.old_size, len(request.proof)) == (20852014, 4)
    assert tlog.parse_checkpoint(tlog.parse_note(request.note).text).size == 20852163
    assert request.body() == EXAMPLE.encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 1\n",
        EXAMPLE.replace("old 2", "old 02").encode(),
        EXAMPLE.replace("old 2", "new 2").encode(),
        EXAMPLE.replace("old 20852014\n", "").encode(),
        EXAMPLE.replace("PlRN", "Pl\nRN").encode(),
        EXAMPLE.replace("PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=", "AAAA").encode(),
        EXAMPLE.replace("jrJZ", "jr!Z").encode(),
        EXAMPLE.replace("\n20852163\n", "\n020852163\n").encode(),
        EXAMPLE.replace("— example.com/behind-the-sofa Az3", "x").encode(),
        EXAMPLE.replace("\n", "\r\n").encode(),
        b"\xff" + EXAMPLE.encode(),
        ("old 1\n" + "A" * 43 + "=\n" + ("A" * 43 + "=\n") * 63 + EXAMPLE[EXAMPLE.index("\n\n") :]).encode(),
    ],
)
def test_a_malformed_request_is_400(body):
    with pytest.raises(tlog.CheckpointRefused) as caught:
        tlog.parse_request(body)
    assert caught.value.status == 400 and not caught.value.evidence


def test_what_continues_the_tree_may_be_cosigned():
    assert tlog.examine_request(TREE.request(0, 7), verifiers=KEYS, held=None).size == 7
    held = TREE.checkpoint(7)
    assert tlog.examine_request(TREE.request(7, 300), verifiers=KEYS, held=held) == TREE.checkpoint(300)
    assert tlog.examine_request(TREE.request(7, 7), verifiers=KEYS, held=held) == held
    empty = tlog.AddCheckpoint(0, (), tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, 0, tlog.EMPTY_ROOT), LOG))
    assert tlog.examine_request(empty, verifiers=KEYS, held=None).size == 0


def test_every_refusal_has_the_status_of_the_specification():
    held, fork = TREE.checkpoint(7), Tree(leaves(300, b"forged"))
    unknown = refused(TREE.request(0, 7), None, ())
    assert unknown.status == 404 and ORIGIN in unknown.answer
    assert refused(TREE.request(0, 7, OTHER), None).status == 403
    spoiled = TREE.request(0, 7)
    spoiled = tlog.AddCheckpoint(0, (), spoiled.note.replace("\n7\n", "\n8\n"))
    assert refused(spoiled, None).status == 403
    beyond = tlog.AddCheckpoint(9, (), TREE.request(0, 7).note)
    assert refused(beyond, held).status == 400
    stale = refused(TREE.request(0, 9), held)
    assert (stale.status, stale.answer, stale.content_type, stale.evidence) == (409, "7\n", "text/x.tlog.size", "")
    unproven = refused(fork.request(7, 300), held)
    assert (unproven.status, unproven.evidence) == (422, "unproven")
    twin = refused(fork.request(7, 7), held)
    assert (twin.status, twin.evidence) == (422, "fork")
    hidden = refused(fork.request(0, 7), held)
    assert (hidden.status, hidden.evidence) == (409, "fork")
    stray = tlog.AddCheckpoint(0, (bytes(32),), TREE.request(0, 7).note)
    assert (refused(stray, None).status, refused(stray, None).evidence) == (422, "")
    hollow = tlog.AddCheckpoint(0, (), tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, 0, bytes(32)), LOG))
    assert refused(hollow, None).status == 422


@settings(max_examples=60)
@given(st.data())
def test_a_witness_follows_any_growth_and_no_other_tree(data):
    count = data.draw(st.integers(1, 90))
    own = leaves(count)
    changed = data.draw(st.integers(0, count - 1))
    forged = [*own[:changed], tlog.leaf_hash(b"forged"), *own[changed + 1 :]]
    tree, other = Tree(own), Tree(forged)
    steps = sorted(data.draw(st.sets(st.integers(1, count), min_size=1, max_size=6)))
    held: tlog.Checkpoint | None = None
    for size in steps:
        old = held.size if held else 0
        held = tlog.examine_request(tree.request(old, size), verifiers=KEYS, held=held)
        assert held.root == naive.tree_hash(data_of(count)[:size])
    size = data.draw(st.integers(held.size, count))
    if changed < held.size:
        assert refused(other.request(held.size, size), held).status == 422
    else:
        assert tlog.examine_request(other.request(held.size, size), verifiers=KEYS, held=held).size == size


def test_answers_are_understood_and_a_wrong_signature_spoils_them():
    note = TREE.request(0, 7).note
    keys = (WITNESS.verifier(), LATTICE.verifier())
    lines = [tlog.cosign(note, each, time=1_700_000_000 + at) for at, each in enumerate((WITNESS, LATTICE))]
    stranger = tlog.cosign(note, tlog.new_signer("x.example", kind=tlog.COSIGNATURE_V1), time=5)
    body = "".join(each.line() for each in [*lines, stranger]).encode()

    def read(status: int, body: bytes, content_type: str = "text/plain"):
        return tlog.read_answer(status=status, content_type=content_type, body=body, note=note, verifiers=keys)

    assert read(200, body) == tlog.Cosigned(tuple(lines), 1_700_000_000)
    assert read(409, b"12\n", "text/x.tlog.size; charset=utf-8") == tlog.Behind(12)
    for answer in (
        read(409, b"12\n"),
        read(409, b"012\n", "text/x.tlog.size"),
        read(422, b"no\n"),
        read(200, b"<html>"),
        read(200, stranger.line().encode()),
        read(200, tlog.cosign(TREE.request(0, 8).note, WITNESS, time=9).line().encode()),
        read(200, body[:-1]),
        read(503, b"\xff" * 400),
    ):
        assert isinstance(answer, tlog.NotCosigned), answer


def test_a_lattice_cosignature_signs_the_structure_of_the_specification():
    note, time = TREE.request(0, 7).note, 1_700_000_000
    name, origin = LATTICE.name.encode(), ORIGIN.encode()
    message = (
        b"subtree/v1\n\0"
        + bytes([len(name)]) + name + time.to_bytes(8, "big") + bytes([len(origin)]) + origin
        + bytes(8) + (7).to_bytes(8, "big") + TREE.checkpoint(7).root
    )  # fmt: skip
    assert _cosigned_message(tlog.parse_note(note).text, LATTICE.verifier(), time) == message
    line = tlog.cosign(note, LATTICE, time=time)
    assert len(line.signature) == 8 + 2420 and LATTICE.verifier().verify(message, line.signature[8:])
    with pytest.raises(tlog.NoteError, match="wrong"):
        tlog.cosigned_at(tlog.merge_signatures(TREE.request(0, 8).note, [line]), LATTICE.verifier())
    with pytest.raises(tlog.NoteError, match="when it signs"):
        tlog.cosign(note, LATTICE, time=0)


@pytest.mark.parametrize("kind", [tlog.ED25519, tlog.COSIGNATURE_V1, tlog.ML_DSA_44, tlog.SM2])
def test_keys_of_every_kind_are_written_and_read_back(kind, tmp_path):
    signer = tlog.new_signer("a.example", kind=kind)
    assert tlog.parse_skey(signer.skey()) == signer
    verifier = tlog.parse_vkey(signer.verifier().vkey())
    assert verifier == signer.verifier()
    assert verifier.verify(b"x", signer.sign(b"x")) and not verifier.verify(b"y", signer.sign(b"x"))
    assert not verifier.verify(b"x", b"short")
    assert tlog.signer_at(tmp_path / "key", name="a.example", kind=kind) == tlog.signer_at(
        tmp_path / "key", name="a.example", kind=kind
    )
    encoded = signer.verifier().vkey().split("+", 2)[2]
    short = base64.b64encode(base64.b64decode(encoded)[:-1]).decode()
    with pytest.raises(tlog.NoteError):
        tlog.parse_vkey(f"a.example+00000000+{short}")


def test_a_key_file_of_another_kind_is_noticed(tmp_path):
    tlog.signer_at(tmp_path / "key", name="a.example")
    with pytest.raises(tlog.NoteError):
        tlog.signer_at(tmp_path / "key", name="a.example", kind=tlog.SM2)


def test_a_checkpoint_bears_an_sm2_line_that_strangers_may_leave_out():
    second = tlog.new_signer(ORIGIN, kind=tlog.SM2)
    note = TREE.request(0, 7, LOG, second).note
    keys = (LOG.verifier(), second.verifier())
    assert (
        tlog.open_checkpoint(note, *keys) == tlog.open_checkpoint(note, keys[0]) == tlog.open_checkpoint(note, keys[1])
    )
    raw = tlog.parse_note(note).signatures[1].signature
    info = sm2.public_key_info(second.verifier().public_key[-64:])
    assert sm2.verify_sm2(info, sm2.der_signature(raw), tlog.parse_note(note).text.encode())
    wrong = tlog.sign_checkpoint(TREE.checkpoint(8), second).split("\n\n")[1]
    forged = f"{tlog.parse_note(note).text}\n{tlog.parse_note(note).signatures[0].line()}{wrong}"
    assert tlog.open_checkpoint(forged, keys[0]).size == 7
    with pytest.raises(tlog.NoteError, match="wrong"):
        tlog.open_checkpoint(forged, *keys)


# GB/T 32918.5, A.2: the curve, the secret number, the public point, and the signature of "message digest"
SECRET = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
POINT = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
RAW = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)


def test_sm2_keys_and_signatures_are_those_of_the_standard():
    info = sm2.public_key_info(POINT)
    assert sm2.public_point(SECRET) == POINT
    assert sm2.verify_sm2(info, sm2.der_signature(RAW), b"message digest")
    assert sm2.raw_signature(sm2.der_signature(RAW)) == RAW
    signed = sm2.sign_sm2(SECRET, b"message digest")
    assert sm2.verify_sm2(info, signed, b"message digest")
    assert not sm2.verify_sm2(info, signed, b"message digest", b"ALICE123@YAHOO.COM")
    for wrong in (bytes(32), b"\xff" * 32, b"\x01"):
        with pytest.raises(ValueError, match="n - 2"):
            sm2.public_point(wrong)
    for noise in (b"", b"\x30\x00", signed[:-1], b"\x30\x06\x02\x01\x01\x03\x01\x01"):
        with pytest.raises(ValueError, match="r and s"):
            sm2.raw_signature(noise)


@given(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1))
def test_both_writings_of_a_signature_say_the_same(r, s):
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert sm2.raw_signature(sm2.der_signature(raw)) == raw


def test_a_policy_counts_witnesses_and_not_their_keys():
    others = [tlog.new_signer(f"w{number}.example", kind=tlog.COSIGNATURE_V1) for number in range(2)]
    keys = [[WITNESS.verifier(), LATTICE.verifier()], *([each.verifier()] for each in others)]
    policy = tlog.parse_policy(tlog.write_policy(logs=KEYS, witnesses=keys, least=2))
    note = TREE.request(0, 7).note

    def cosigned(*signers: tlog.Signer) -> bool:
        lines = [tlog.cosign(note, each, time=9) for each in signers]
        return policy.met_by(policy.cosigners(tlog.merge_signatures(note, lines)))

    assert policy.logs == KEYS
    assert not cosigned() and not cosigned(WITNESS, LATTICE) and not cosigned(others[0])
    assert cosigned(WITNESS, others[1]) and cosigned(LATTICE, others[0], others[1])
    assert tlog.parse_policy(tlog.write_policy(logs=KEYS, witnesses=[], least=0)).met_by([])
    with pytest.raises(ValueError, match="cannot be asked"):
        tlog.write_policy(logs=KEYS, witnesses=keys, least=4)


V1 = [f"witness W{n} {tlog.new_signer(f'w{n}', kind=tlog.COSIGNATURE_V1).verifier().vkey()}" for n in range(3)]


def test_groups_nest_as_in_the_specification():
    text = "\n".join(["# example", *V1, "group X 1 W0 W1", "group\tall-of-it all X W2  ", "quorum all-of-it", ""])
    policy = tlog.parse_policy(text)
    assert policy.met_by({"W1", "W2"}) and not policy.met_by({"W0", "W1"})


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["quorum none", "quorum none"],
        ["quorum W9"],
        [*V1, "group X 4 W0 W1 W2", "quorum X"],
        [*V1, "group X 0 W0", "quorum X"],
        [*V1, "group X any", "quorum X"],
        [*V1, "group X any W0 W0", "quorum X"],
        [*V1, "group X any W0", "group Y any W0", "quorum X"],
        [*V1, "group none any W0", "quorum none"],
        [V1[0], V1[0], "quorum none"],
        [V1[0], V1[0].replace("W0", "W7"), "quorum none"],
        [f"log {V1[0].split()[2]}", "quorum none"],
        ["witness A x+00000000+AA==", "quorum none"],
        ["quorum none", "x\x07"],
    ],
)
def test_a_malformed_policy_is_refused(lines):
    with pytest.raises(tlog.PolicyError):
        tlog.parse_policy("\n".join(lines))
