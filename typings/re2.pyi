"""What we use of google-re2, which comes without types."""

from collections.abc import Callable

class Match:
    string: str

    def group(self, number: int) -> str: ...

class Pattern:
    def search(self, text: str) -> Match | None: ...
    def sub(self, repl: str | Callable[[Match], str], text: str) -> str: ...

class Options:
    log_errors: bool
    max_mem: int

class error(Exception): ...

def compile(pattern: str, options: Options | None = None) -> Pattern: ...
def sub(pattern: str, repl: str, text: str) -> str: ...
