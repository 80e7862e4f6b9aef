"""The text of code in, the same without what looks like a secret out.

What a secret looks like can only be guessed, so this lessens the harm of a log that is lost and does not end it.
"""

from typing import Final

import re2

WITHHELD: Final = "(withheld)"
_NAMED: Final = r"(?:pass(?:word|wd|phrase)|pwd|secret|token|api_?-?key|access_?-?key|private_?-?key|credential)"
_QUOTED: Final = (
    r"""(?:'''(?:[^'\\]|\\.|'[^'])*'''|\"\"\"(?:[^"\\]|\\.|"[^"])*\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
)
# What is put in place of each: the text that told it stays, the secret goes. The code is hostile, so the patterns run
# in time linear in the text.
_SECRETS: Final = (
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z)", WITHHELD),
    (
        rf"(?is)(\b[\w.]*{_NAMED}\w*(?:['\"]?\]|['\"])?\s*(?::\s*[\w.\[\]| ]+=|==?|:|,)\s*[rbuf]{{0,2}}){_QUOTED}",
        rf"\1'{WITHHELD}'",
    ),
    (r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}", rf"\1 {WITHHELD}"),
    (r"(://)[^\s/:@'\"]*:[^\s/@'\"]+@", rf"\1{WITHHELD}@"),
    (r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}", WITHHELD),
    (r"\b(?:gh[pousr]_|github_pat_|glpat-|npm_|hf_|pypi-|AIza|xox[a-z]-|sk-|sk_live_|rk_live_)[\w-]{10,}", WITHHELD),
    (r"\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]{4,}", WITHHELD),
)


def cleanse(text: str) -> str:
    """Put a mark in place of every secret that can be told from its form or its name."""
    # The library works on UTF-8, which has no half surrogate pairs.
    text = text.encode("utf-8", "backslashreplace").decode()
    for pattern, instead in _SECRETS:
        text = re2.sub(pattern, instead, text)
    return text
