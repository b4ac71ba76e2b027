"""A real distributed store: OpenStack Swift on four nodes, of which two at a time are killed while it is used."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store
from tests.storage.places import NOW, box, copy_all
from tools.swift_nodes import KEY, REPLICAS, SECRET, Swift, missing_programs, running_swift

from lantai.administration.services.people_access import CONSOLE
from lantai.archival import ocfl
from lantai.storage import queries, services
from lantai.storage.models import Copy, Location, StoredObject
from lantai.storage.services import NewLocation
from lantai.storage.stores import open_store

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def swift(tmp_path: Path) -> Iterator[Swift]:
    if missing := missing_programs():
        pytest.skip(f"no OpenStack Swift on this machine: {', '.join(missing)} cannot be found")
    with running_swift(tmp_path / "swift") as nodes:
        yield nodes


def make_bucket(endpoint: str, name: str) -> None:
    """An operator's act: Lantai makes no buckets."""
    service = S3Store(
        name, endpoint=endpoint, access_key_id=KEY, secret_access_key=SECRET, region="us-east-1",
        virtual_hosted_style_request=False, client_options={"allow_http": True},
    )  # fmt: skip
    address = obstore.sign(service, "PUT", "", timedelta(minutes=5))
    with urllib.request.urlopen(urllib.request.Request(address, method="PUT"), timeout=60) as answer:
        assert answer.status == 200


def test_nothing_is_lost_while_nodes_are_killed_and_brought_back(swift: Swift, tmp_path: Path, settings) -> None:
    settings.LANTAI_HOME = tmp_path / "home"
    make_bucket(swift.endpoint, "lantai")
    location = services.add_location(
        new=NewLocation(
            code="swift", kind="s3", endpoint=swift.endpoint, bucket="lantai", path="archive",
            key_id=KEY, secret=SECRET, medium="object", place="省馆",
        ),
        by=CONSOLE,
        now=NOW,
    )  # fmt: skip
    assert location.promises == {
        "conditional": "refused", "digests": "honoured", "ranges": "honoured", "listing": "honoured",
    }  # fmt: skip
    services.deposit_objects(objects=[box(number) for number in range(3)])
    copy_all()
    assert _verified() == 3
    assert set(swift.replicas().values()) == {REPLICAS}

    swift.kill_node(1)
    swift.kill_node(2)
    assert _problems(location) == {}
    services.deposit_objects(objects=[box(number) for number in range(3, 6)])
    version = services.NewVersion("urn:lantai:box:0", "v1", NOW, "补正", "档案员", put=(services.Content("2", b"2"),))
    services.deposit_version(version=version)
    copy_all()
    assert _verified() == 6
    lost = queries.content_path(object_id="urn:lantai:box:1", path="0001/package.zip")
    whole = lost.read_bytes()
    lost.unlink()
    with queries.open_content(object_id="urn:lantai:box:1", path="0001/package.zip") as stream:
        assert stream.read() == whole

    for node in (1, 2):
        swift.start_node(node)
    for node in (1, 2):
        swift.wait_for_node(node)
    swift.replicate()
    swift.kill_node(3)
    swift.kill_node(4)
    assert _problems(location) == {}  # what was written while they were down has come to the nodes that were down
    found = {each.object_id: each.head for each in queries.enumerate_objects(location="swift")}
    assert found == dict(StoredObject.objects.values_list("object_id", "head"))
    assert Location.objects.get(code="swift").away_since is None


def _verified() -> int:
    return Copy.objects.filter(location__code="swift", state=Copy.State.VERIFIED).count()


def _problems(location: Location) -> dict[str, list[ocfl.Problem]]:
    """What is wrong with the copies, every byte of each read again."""
    store = open_store(location)
    told = {
        each.stored.object_id: ocfl.check_copy(
            store, each.stored.object_id, inventory_digest=each.stored.inventory_digest
        )
        for each in Copy.objects.filter(location=location, state=Copy.State.VERIFIED).select_related("stored")
    }
    return {object_id: problems for object_id, problems in told.items() if problems}
