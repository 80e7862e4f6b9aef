"""Commands in strings: what the programs of a shell line would do, on the same capabilities as Python."""
