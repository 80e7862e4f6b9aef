"""Frozen nouns that the rooms pass to each other; imports nothing of ours."""
