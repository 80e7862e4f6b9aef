"""Python in, the same out with a blank between each keyword and the parenthesis that follows it at once.

libcst 1.9 cannot read some of these: `assert(a if b else c)`, `return(lambda: 0)`.
"""

import tokenize
from io import StringIO
from itertools import pairwise
from keyword import iskeyword


def space_keywords(text: str) -> str:
    """The text with these blanks; unchanged where it cannot be cut into tokens."""
    lines = StringIO(text).readlines()
    try:
        tokens = list(tokenize.generate_tokens(StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return text
    for before, after in reversed(list(pairwise(tokens))):
        if (
            after.string == "("
            and before.type == tokenize.NAME
            and iskeyword(before.string)
            and before.end == after.start
        ):
            line, column = after.start
            lines[line - 1] = f"{lines[line - 1][:column]} {lines[line - 1][column:]}"
    return "".join(lines)
