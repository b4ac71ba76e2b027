"""Packages out: records leave as EEP (DA/T 48) or BagIt for whoever may copy them."""
