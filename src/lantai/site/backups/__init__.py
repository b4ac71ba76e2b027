"""Backups of the database and, apart from them, of the keys; restored to a new home, and drilled (备份与恢复)."""
