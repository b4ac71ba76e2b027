"""BagIt (RFC 8493): bags read and verified in place, tag files written."""

from lantai.archival.bagit.reading import Bag, BagFault, payload_oxum, read_bag, tag_files, verify_bag
from lantai.archival.bagit.writing import write_tag_files

__all__ = ["Bag", "BagFault", "payload_oxum", "read_bag", "tag_files", "verify_bag", "write_tag_files"]
