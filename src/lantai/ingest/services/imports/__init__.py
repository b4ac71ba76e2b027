"""The write door of catalogue imports: upload, crosswalk, dry run, import."""

from lantai.ingest.services.imports.checking import check_catalogue
from lantai.ingest.services.imports.mapping import (
    MappingRefused,
    choose_header,
    queue_check,
    queue_import,
    resting_import,
    save_crosswalk,
    use_rules,
)
from lantai.ingest.services.imports.opening import ImportRefused, look_into_catalogue, open_catalogue, receive_catalogue
from lantai.ingest.services.imports.running import import_catalogue

__all__ = [
    "ImportRefused",
    "MappingRefused",
    "check_catalogue",
    "choose_header",
    "import_catalogue",
    "look_into_catalogue",
    "open_catalogue",
    "queue_check",
    "queue_import",
    "receive_catalogue",
    "resting_import",
    "save_crosswalk",
    "use_rules",
]
