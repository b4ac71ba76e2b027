"""Ledger (存证账本): the append-only truth of everything that happened, provable to strangers."""
