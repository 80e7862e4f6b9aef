"""The bytes of a program in, the same program in UTF-8 out, where it declares another encoding as PEP 263 has it.

The gate refuses such code: nobody knows how a server will decode it. A file at rest is decoded by Python, as here.
"""

import io
import re
import tokenize
from typing import Final

_DECLARED: Final = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)


def to_utf8(content: bytes) -> bytes:
    """The program in UTF-8, declaration included; what Python could not decode stays as it is, to be refused."""
    try:
        name, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        if name in ("utf-8", "utf-8-sig"):
            return content
        text = content.decode(name)
    except (SyntaxError, LookupError, ValueError):
        return content
    raw = text.encode("utf-8", "surrogatepass")
    lines = raw.split(b"\n", 2)
    return b"\n".join([*map(_redeclare, lines[:2]), *lines[2:]])


def _redeclare(line: bytes) -> bytes:
    """The line with UTF-8 in the place of the encoding it declares, as long as before where that is possible."""
    found = _DECLARED.match(line)
    if found is None:
        return line
    return line[: found.start(1)] + b"utf-8".ljust(len(found[1])) + line[found.end(1) :]
