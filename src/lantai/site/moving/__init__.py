"""A whole archive leaves for another Lantai, and comes in there: its storage, with all rows and entries in it."""
