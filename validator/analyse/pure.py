"""Library functions without effects, by name: what they give on known data is worked out by calling them."""

import ast
import base64
import binascii
import bz2
import codecs
import html
import json
import lzma
import math
import operator
import posixpath
import string
import textwrap
import urllib.parse
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from validator.analyse.concrete import NotConcreteError

LARGEST: Final = 65_536
EXPONENT: Final = 512


def _inflate(make: Callable[[], Any]) -> Callable[..., bytes]:
    def inflate(data: bytes, *_: object) -> bytes:
        machine = make()
        found = machine.decompress(data, LARGEST + 1)
        if len(found) > LARGEST:
            raise NotConcreteError
        return bytes(found)

    return inflate


def _gunzip(data: bytes) -> bytes:
    return _inflate(lambda: zlib.decompressobj(31))(data)


def _zlib(data: bytes, wbits: int = 15, *_: int) -> bytes:
    return _inflate(lambda: zlib.decompressobj(wbits))(data)


def _decode(data: Any, encoding: str = "utf-8", errors: str = "strict") -> Any:
    """Encodings of text, and those of bytes that cannot grow."""
    if encoding.lower().replace("-", "_").startswith(("zlib", "zip", "bz2")):
        raise NotConcreteError
    return codecs.decode(data, encoding, errors)


def _bytes(*given: Any) -> bytes:
    if given and isinstance(given[0], int) and given[0] > LARGEST:
        raise NotConcreteError
    return bytes(*given)


def _range(*given: int) -> list[int]:
    found = range(*given)
    if len(found) > 256:
        raise NotConcreteError
    return list(found)


def _power(base: Any, exponent: Any, modulus: Any = None) -> Any:
    if modulus is None and abs(exponent) > EXPONENT:
        raise NotConcreteError
    return pow(base, exponent, modulus)


def _int_from_bytes(data: Any, byteorder: str = "big", *, signed: bool = False) -> int:
    return int.from_bytes(bytes(data[:512]), "big" if byteorder == "big" else "little", signed=signed)


PURE: Final[Mapping[str, Callable[..., Any]]] = {
    **{
        f"builtins.{function.__name__}": function
        for function in (
            abs, all, any, ascii, bin, bool, bytearray, chr, dict, divmod, float, hex, int, len, list, max,
            min, oct, ord, repr, round, set, sorted, str, sum, tuple,
        )
    },
    "builtins.bytes": _bytes,
    "builtins.bytearray": _bytes,
    "builtins.frozenset": list,
    "builtins.range": _range,
    "builtins.pow": _power,
    "builtins.reversed": lambda data: list(reversed(data)),
    "builtins.zip": lambda *data: list(zip(*data, strict=False)),
    "builtins.enumerate": lambda data, start=0: list(enumerate(data, start)),
    "builtins.iter": lambda data: list(data),
    "builtins.bytes.fromhex": bytes.fromhex,
    "builtins.bytearray.fromhex": bytes.fromhex,
    "builtins.bytes.decode": bytes.decode,
    "builtins.str.join": str.join,
    "builtins.str.lower": str.lower,
    "builtins.str.upper": str.upper,
    "builtins.str.replace": str.replace,
    "builtins.str.encode": str.encode,
    "builtins.int.from_bytes": _int_from_bytes,
    "builtins.str.maketrans": str.maketrans,
    **{f"base64.{name}": getattr(base64, name) for name in (
        "b64decode", "b64encode", "standard_b64decode", "urlsafe_b64decode", "b32decode", "b32hexdecode", "b16decode",
        "b85decode", "a85decode", "decodebytes", "b85encode", "b32encode", "b16encode", "urlsafe_b64encode",
    )},
    **{f"binascii.{name}": getattr(binascii, name) for name in (
        "unhexlify", "a2b_hex", "a2b_base64", "hexlify", "b2a_hex", "b2a_base64", "a2b_uu", "a2b_qp",
    )},
    "codecs.decode": _decode,
    "codecs.encode": lambda data, encoding="utf-8", errors="strict": codecs.encode(data, encoding, errors),
    "zlib.decompress": _zlib,
    "gzip.decompress": _gunzip,
    "bz2.decompress": _inflate(bz2.BZ2Decompressor),
    "lzma.decompress": _inflate(lzma.LZMADecompressor),
    "json.loads": json.loads,
    "json.dumps": json.dumps,
    "ast.literal_eval": ast.literal_eval,
    "html.unescape": html.unescape,
    "textwrap.dedent": textwrap.dedent,
    **{f"urllib.parse.{name}": getattr(urllib.parse, name) for name in (
        "quote", "quote_plus", "unquote", "unquote_plus", "urljoin", "urlencode",
    )},
    **{f"os.path.{name}": getattr(posixpath, name) for name in (
        "join", "basename", "dirname", "normpath", "splitext", "split", "commonpath", "commonprefix",
    )},
    "os.fsdecode": lambda data: data if isinstance(data, str) else data.decode(),
    **{f"operator.{name}": getattr(operator, name) for name in (
        "add", "sub", "mul", "xor", "mod", "concat", "and_", "or_",
    ) if name != "mul"},
    "math.floor": math.floor,
    "math.ceil": math.ceil,
}  # fmt: skip

VALUES: Final[Mapping[str, str]] = {
    f"string.{name}": getattr(string, name)
    for name in (
        "ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "hexdigits", "punctuation", "printable",
        "whitespace", "octdigits",
    )
}  # fmt: skip
