"""Files and records in, one line of judgment each out."""
