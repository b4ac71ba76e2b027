"""What strangers read under /ledger/: checkpoint, tiles and key, enough to follow the log and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from lantai.archival import tlog
from lantai.ledger import services

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.urls("lantai.ledger.urls"), pytest.mark.database]


def grow(count: int) -> None:
    with transaction.atomic():
        services.append_entries(
            entries=[services.NewEntry("a.b", f"r:{number}", "person:1", NOW) for number in range(count)]
        )
    services.sequence_entries()


def test_a_stranger_recomputes_the_root_from_tiles_and_sees_the_log_grow(client):
    assert client.get("/checkpoint").status_code == 404
    grow(300)
    key = tlog.parse_vkey(client.get("/vkey").content.decode())

    def fetch(level: int, index: int, width: int) -> bytes:
        response = client.get(f"/{tlog.tile_path(level=level, index=index, width=width)}")
        assert response.status_code == 200
        assert response["Content-Type"] == "application/octet-stream"
        assert "immutable" in response["Cache-Control"]
        return response.content

    response = client.get("/checkpoint")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"
    old = tlog.open_checkpoint(response.content.decode(), key)
    assert old.root == tlog.root_hash(size=300, read=fetch)
    grow(400)
    new = tlog.open_checkpoint(client.get("/checkpoint").content.decode(), key)
    proof = tlog.consistency_proof(old_size=300, size=new.size, read=fetch)
    assert tlog.verify_consistency(old_size=300, size=700, old_root=old.root, root=new.root, proof=proof)
    assert fetch(0, 1, 44) == fetch(0, 1, 256)[: 44 * 32]


@pytest.mark.parametrize(
    "path",
    ["/tile/0/001", "/tile/0/000.p/6", "/tile/0/0", "/tile/1/000.p/1", "/tile/x/000", "/tile/entries/000"],
)  # fmt: skip
def test_a_tile_that_is_not_there_is_not_found(client, path):
    grow(5)
    assert client.get(path).status_code == 404


def test_nothing_can_be_written_and_no_entry_leaves(client):
    grow(5)
    for path in ("/checkpoint", "/tile/0/000.p/5", "/vkey"):
        assert client.post(path).status_code == 405
        content = client.get(path).content
        assert b"person:1" not in content and b"r:1" not in content
