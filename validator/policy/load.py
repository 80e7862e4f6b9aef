"""A policy file in, the compiled policy out; everything that is wrong with the file is said at once."""

import hashlib
from pathlib import Path

from validator.policy.check import check_document
from validator.policy.compile import compile_policy
from validator.policy.document import read_document, read_limited
from validator.policy.terms import Policy


def load_policy(file: Path) -> Policy:
    """Read a policy in JSON or YAML; raises PolicyError with every problem and its JSON pointer."""
    content = read_limited(file)
    part = check_document(str(file), read_document(file, content))
    return compile_policy(str(file), hashlib.sha256(content).hexdigest(), part)
