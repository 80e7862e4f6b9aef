"""The policy room: a policy file and a verdict in, a decision out."""
