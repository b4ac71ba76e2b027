"""Arranging in the browser (整理): the tree, moving many, numbering, classification schemes, printed catalogues."""
