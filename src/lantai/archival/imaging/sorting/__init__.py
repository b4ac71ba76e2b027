"""What kind of document a page is (文件种类): by its title, else by its words; not knowing is an answer."""

from lantai.archival.imaging.sorting.deciding import Decided, Sorter, shipped_examples
from lantai.archival.imaging.sorting.kinds import KINDS, kind_words
from lantai.archival.imaging.sorting.learning import Example, WordModel, learn
from lantai.archival.imaging.sorting.titles import title_of

__all__ = [
    "KINDS",
    "Decided",
    "Example",
    "Sorter",
    "WordModel",
    "kind_words",
    "learn",
    "shipped_examples",
    "title_of",
]
