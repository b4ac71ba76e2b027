"""Signed notes, checkpoints, cosignatures, commitments: the published vectors, and what must be refused."""

from __future__ import annotations

import json
import stat
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.archival import tlog

# golang.org/x/mod/sumdb/note, the example of its documentation
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
GO_NOTE = f"{GO_TEXT}\n{GO_LINE}"


def test_the_note_of_go_is_signed_and_verified_as_go_does():
    signer = tlog.parse_skey(GO_SKEY)
    assert tlog.sign_note(GO_TEXT, signer) == GO_NOTE
    assert signer.verifier().vkey() == GO_VKEY and signer.skey() == GO_SKEY
    opened = tlog.open_note(GO_NOTE, tlog.parse_vkey(GO_VKEY))
    assert opened.text == GO_TEXT and [each.name for each in opened.signatures] == ["PeterNeumann"]


@pytest.mark.parametrize(
    "note",
    [
        GO_NOTE.replace("think", "thinks"),
        GO_NOTE.replace("x08go/ZJ", "x08go/ZK"),
        GO_NOTE.replace("PeterNeumann", "EnochRoot"),
        GO_NOTE[:-1],
        GO_TEXT,
        GO_NOTE.replace("\n\n", "\n"),
        GO_NOTE + "x\n",
        GO_NOTE.replace("—", "-"),
        GO_NOTE.replace("AM=\n", "AM\n"),
        GO_NOTE.replace("If", "\x07f"),
        f"{GO_TEXT}\n" + GO_LINE * 101,
    ],
)
def test_what_is_no_note_of_this_key_is_refused(note):
    with pytest.raises(tlog.NoteError):
        tlog.open_note(note, tlog.parse_vkey(GO_VKEY))


def test_signatures_of_strangers_are_left_out():
    stranger = tlog.new_signer("stranger")
    note = tlog.sign_note(GO_TEXT, stranger, tlog.parse_skey(GO_SKEY))
    assert len(tlog.parse_note(note).signatures) == 2
    assert [each.name for each in tlog.open_note(note, tlog.parse_vkey(GO_VKEY)).signatures] == ["PeterNeumann"]
    with pytest.raises(tlog.NoteError, match="no signature of a known key"):
        tlog.open_note(note, tlog.new_signer("stranger").verifier())


@pytest.mark.parametrize(
    "vkey",
    [GO_VKEY.replace("c74f", "c74e"), GO_VKEY.replace("ARpc", "BBpc"), GO_VKEY[:-1], "a b+00000000+AA==", "", "+++"],
)
def test_a_malformed_public_key_is_refused(vkey):
    with pytest.raises(tlog.NoteError):
        tlog.parse_vkey(vkey)


def test_a_checkpoint_comes_back_as_it_was_signed():
    signer = tlog.new_signer("lantai.example/yunling")
    checkpoint = tlog.Checkpoint("lantai.example/yunling", 42, bytes(range(32)), ("extension 1",))
    note = tlog.sign_checkpoint(checkpoint, signer)
    assert note.startswith(
        "lantai.example/yunling\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nextension 1\n\n— "
    )
    assert tlog.open_checkpoint(note, signer.verifier()) == checkpoint
    with pytest.raises(tlog.NoteError):
        tlog.sign_checkpoint(checkpoint, tlog.new_signer("another"))


@pytest.mark.parametrize(
    "text",
    ["o\n1\n", "o\n01\n" + "A" * 43 + "=\n", "o\n-1\n" + "A" * 43 + "=\n", "o\n1\nAAAA\n", "o\n1\n" + "A" * 43 + "\n",
     "o\n1\n" + "A" * 42 + "B=\n", "\n1\n" + "A" * 43 + "=\n", "o\n1\n" + "A" * 43 + "=\n\n"],
)  # fmt: skip
def test_a_malformed_checkpoint_is_refused(text):
    with pytest.raises(tlog.NoteError):
        tlog.parse_checkpoint(text)


def test_a_witness_cosigns_and_is_recognised():
    log = tlog.new_signer("lantai.example/yunling")
    witness = tlog.new_signer("witness.example", kind=tlog.COSIGNATURE_V1)
    note = tlog.sign_checkpoint(tlog.Checkpoint(log.name, 7, bytes(32)), log)
    line = tlog.cosign(note, witness, time=1_700_000_000)
    cosigned = tlog.merge_signatures(note, [line, line][:1])
    assert tlog.merge_signatures(cosigned, [line]) == cosigned
    assert tlog.cosigned_at(cosigned, witness.verifier()) == 1_700_000_000
    assert tlog.cosigned_at(note, witness.verifier()) is None
    assert tlog.open_checkpoint(cosigned, log.verifier()).size == 7
    message = f"cosignature/v1\ntime 1700000000\n{tlog.parse_note(note).text}".encode()
    assert witness.verifier().verify(message, line.signature[8:])
    forged = tlog.Signature(line.name, line.key_id, (1).to_bytes(8, "big") + line.signature[8:])
    with pytest.raises(tlog.NoteError, match="wrong"):
        tlog.cosigned_at(tlog.merge_signatures(note, [forged]), witness.verifier())
    with pytest.raises(tlog.NoteError):
        tlog.cosign(note, log, time=1)


def test_the_key_file_is_made_once_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "keys" / "ledger"
    found: list[tlog.Signer] = []
    threads = [
        threading.Thread(target=lambda: found.append(tlog.signer_at(path, name="lantai.example"))) for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["ledger"]
    with pytest.raises(tlog.NoteError, match=r"belongs to lantai\.example"):
        tlog.signer_at(path, name="another.example")


def test_a_commitment_needs_its_whole_salt():
    assert tlog.commitment(bytes(32), b"entry") != tlog.commitment(bytes(31) + b"\x01", b"entry")
    with pytest.raises(ValueError, match="32 bytes"):
        tlog.commitment(bytes(31), b"entry")


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(KEYS, JSON, max_size=4))
def test_canonical_json_is_one_writing_of_one_value(value):
    text = tlog.canonical_json(value)
    assert json.loads(text) == value
    assert tlog.canonical_json(dict(reversed(value.items()))) == text
    assert tlog.canonical_json(json.loads(text)) == text


def test_canonical_json_is_rfc_8785_where_both_speak():
    value = {"\u20ac": "Euro Sign", "\r": "\u0007\n", "1": {"f": ['\\"/', True, None, -5], "F": {}}}
    assert (
        tlog.canonical_json(value) == '{"\\r":"\\u0007\\n","1":{"F":{},"f":["\\\\\\"/",true,null,-5]},"€":"Euro Sign"}'
    )


@pytest.mark.parametrize("value", [{"a": 1.0}, {"a": [{"b": float("nan")}]}, {"a": "\udfff"}])
def test_what_has_no_one_writing_is_refused(value):
    with pytest.raises(ValueError):
        tlog.canonical_json(value)


@pytest.mark.parametrize("value", [{1: "a"}, {"a": {None: 1}}, {"a": b"bytes"}])
def test_what_json_does_not_know_is_refused(value):
    with pytest.raises(TypeError):
        tlog.canonical_json(value)
