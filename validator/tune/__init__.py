"""Labelled samples in, evidence and proposals out: what each rule is worth, and which weights would do better."""
