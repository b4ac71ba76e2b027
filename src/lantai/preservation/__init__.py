"""Long-term preservation (长期保存): the format register, identification again, normalised copies."""
