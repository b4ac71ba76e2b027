"""Scanned pages (数字化): which belong together, what they are like, mending, reading, seals, tables."""
