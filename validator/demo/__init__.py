"""A show of the gate in front of a real server, and the environment that the real server needs."""
