"""Keep every row in storage, fill an empty database from there, and compare two databases field by field."""
