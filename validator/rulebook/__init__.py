"""Rules as data: load a rulebook, find what its rules say of facts, check the rules themselves."""
