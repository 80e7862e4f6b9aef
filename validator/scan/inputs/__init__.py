"""Paths in, samples out: one module for each form in which code is kept."""
