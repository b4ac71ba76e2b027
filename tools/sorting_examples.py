"""Write the texts that the sorting of pages is taught by before people teach it: those of generated pages, by seed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from lantai.archival.imaging import sorting
from lantai.archival.imaging.specimens import Kind, make_specimen

_SEEDS = range(70_001, 70_013)
"""Apart from the seeds of every test and benchmark."""
_CODES = {"columns": "gazette", "vertical": "letter"}
"""Where a kind of page is called otherwise than the kind of document."""


def main() -> None:
    """Write ``examples.json`` beside the engine."""
    told = {
        _CODES.get(kind, kind): [make_specimen(seed, kind, sealed=False).text for seed in _SEEDS]
        for kind in get_args(Kind)
    }
    target = Path(sorting.__file__).with_name("examples.json")
    target.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
