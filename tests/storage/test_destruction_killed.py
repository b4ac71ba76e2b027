"""Destroying a record's keys, killed at every line of it: never claimed before it is whole, and always finished."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOLD = ["keys.destruction-begun", "keys.destroyed", "record.destroyed"]


def test_killed_at_every_line_it_is_never_half_done_and_called_whole(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("correct horse battery staple\n")
    environment = os.environ | {
        "LANTAI_HOME": str(tmp_path / "home"), "LANTAI_DATABASE": "", "LANTAI_KEYS": str(tmp_path / "keys"),
        "LANTAI_KEYS_PASSPHRASE": str(tmp_path / "passphrase"), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }  # fmt: skip
    for words in (["-m", "lantai", "prepare"], [str(Path(__file__).with_name("dying_destruction.py"))]):
        done = subprocess.run(
            [sys.executable, *words],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    (*killed, last) = found["seen"]
    first, second = sorted(last["after"]["states"])
    assert len(killed) > 30 and all(not each["whole"] for each in killed) and last["whole"]
    assert found["secrets"] == 2
    for each in found["seen"]:
        broken, after = each["broken"], each["after"]
        claimed = "keys.destroyed" in broken["told"] or broken["states"][first] == "destroyed"
        assert broken["keys"] + broken["stones"] == 1  # all of it or nothing, escrow too
        assert broken["wraps"] == 1 + broken["keys"]
        assert not claimed or not broken["keys"]
        assert broken["states"][first] == ("destroyed" if "record.destroyed" in broken["told"] else "held")
        assert broken["told"] == TOLD[: len(broken["told"])]
        assert not broken["stones"] or broken["told"]  # told before it was done

        assert each["again"] and after["told"] == TOLD
        assert (after["keys"], after["stones"], after["wraps"], after["texts"], after["bytes"]) == (0, 1, 1, 1, 0)
        assert after["states"] == {first: "destroyed", second: "held"}
    states = {(each["broken"]["keys"], *each["broken"]["told"]) for each in killed}
    assert len(states) >= 5  # before, begun, keys gone, told, settled
    assert found["opens"] == [False, True]
