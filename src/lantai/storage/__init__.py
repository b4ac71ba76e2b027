"""Storage (存储): where the bytes lie, how they are kept, and whether they are still what they were."""
