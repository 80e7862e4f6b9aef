"""The audit room: a record in, one line of an append-only file out."""
