"""The write door of finding: follow the ledger, rebuild without downtime."""

from lantai.finding.services.indexing import IndexBusy, follow_ledger, forget_indexes, rebuild_index

__all__ = ["IndexBusy", "follow_ledger", "forget_indexes", "rebuild_index"]
