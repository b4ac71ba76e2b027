"""Lantai (兰台): the open digital archive for government."""
