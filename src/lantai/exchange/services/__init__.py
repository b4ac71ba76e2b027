"""The write door of exchange: exports asked for, made, fetched, swept."""

from lantai.exchange.services.asking import MOST, ExportRefused, ask_export, note_download
from lantai.exchange.services.making import make_export
from lantai.exchange.services.sweeping import sweep_exports

__all__ = ["MOST", "ExportRefused", "ask_export", "make_export", "note_download", "sweep_exports"]
