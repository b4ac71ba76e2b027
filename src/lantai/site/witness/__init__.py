"""The witness (见证服务): a small service that another department or county runs over our ledger, or we over theirs.

It needs nothing of an archive: one folder holds its keys and its state. Run by ``lantai witness``.
"""
