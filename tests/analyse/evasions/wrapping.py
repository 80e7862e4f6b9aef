"""The rows that stand around a text: what runs code given as text, and disguises of the text itself."""

import base64
from collections.abc import Callable
from dataclasses import replace

from tests.analyse.evasions.carrying import cell, inner, literal, value
from tests.analyse.evasions.recipe import Power, Program, Step, Technique, Wrap, power

# The first of these that a text has is the one that is told.
FAULTS = (
    power("unreadable.encoding", "half a surrogate pair"),
    power("unreadable.encoding", "a NUL character"),
    power("unreadable.encoding", "declares the encoding utf-7"),
    power("unreadable.shape", "more than 100 brackets inside each other"),
    power("unreadable.syntax"),
)
SURROGATE, NUL, DECLARED, DEEP, OLD_PRINT = FAULTS
DECLARATION = "# -*- coding: utf-7 -*-\n"


def carrier(template: str, *capabilities: tuple[str, str]) -> Wrap:
    """Text that runs the text put in the place of `CODE`; each function named here is told with that code."""

    def wrap(program: Program) -> Program:
        program = cell(program)
        told = (power(capability, name, code=value(program.text)) for capability, name in capabilities)
        return Program(template.replace("CODE", literal(program.text)), (*told, *inner(program)))

    return wrap


EXEC = ("code.execute", "builtins.exec")
execute = carrier("exec(CODE)\n", EXEC)


def _evaluated(program: Program) -> Program:
    held = execute(program)
    told = power("code.execute", "builtins.eval", code=held.text)
    return Program(f"e = eval\ne({held.text!r})\n", (told, *held.powers))


def _timed(program: Program) -> Program:
    held = execute(program)
    told = power("code.execute", "timeit.timeit", code=held.text)
    return Program(f"import timeit\ntimeit.timeit({held.text!r}, number=1)\n", (told, *held.powers))


def _packed(program: Program) -> Program:
    program = cell(program)
    code = program.text.encode("utf-8", "surrogatepass")
    text = f"import base64\nexec(base64.b64decode({base64.b64encode(code)!r}))\n"
    return Program(text, (power("code.execute", "builtins.exec", code=code), *inner(program, code)))


def _written(program: Program) -> Program:
    program = cell(program)
    text = f'open("m.py", "w").write({program.text!r})\nimport m\n'
    told = power("fs.write", "io.IOBase.write", path="m.py", data=program.text)
    return Program(text, (told, *inner(program, program.text)))


def disguise(change: Callable[[str], str], fault: Power | None = None, *, first: bool = False) -> Wrap:
    """The text changed; `first` if the change takes the first lines, where an encoding is declared."""

    def wrap(program: Program) -> Program:
        if first and program.text.startswith(DECLARATION):
            program = execute(program)
        faults = [each for each in FAULTS if each in (fault, program.fault)]
        powers = (faults[0],) if faults else program.powers
        return replace(program, text=change(program.text), powers=powers, fault=faults[0] if faults else None)

    return wrap


def _tried(text: str) -> str:
    body = "".join(f"    {line}\n" for line in text.splitlines())
    return f"try:\n{body}except ValueError, TypeError:\n    pass\n"


def _utf_7(text: str) -> str:
    return DECLARATION + "#+AAo-" + text.encode("utf-7").decode("ascii").replace("\n", "+AAo-") + "\n"


def _encoded(program: Program) -> Program:
    """Nothing of the text is left to see, not even what else is wrong with it."""
    return replace(program, text=_utf_7(program.text), powers=(DECLARED,), fault=DECLARED)


def _deep(text: str) -> str:
    return f"{text}x = {'(' * 300}{')' * 300}\n"


def _carrier(identifier: str, title: str, wrap: Wrap) -> Technique:
    return Technique(identifier, title, Step.WRAP, wrap=wrap)


def _disguise(
    identifier: str, title: str, change: Callable[[str], str], fault: Power | None = None, *, first: bool = False
) -> Technique:
    return Technique(identifier, title, Step.WRAP, wrap=disguise(change, fault, first=first))


DECORATED = "@exec\n@(lambda made: CODE)\nclass X: pass\n"
COMPILED = 'names = {}\ncompile(CODE, "a", "exec")\n'

WRAPPING = (
    _carrier("13", "alias of eval", _evaluated),
    _carrier("14", "exec of base64", _packed),
    _carrier("15", "map of exec", carrier("list(map(exec, [CODE]))\n", EXEC)),
    _carrier("16", "exec as a decorator", carrier(DECORATED, EXEC)),
    _carrier("32", "timeit", _timed),
    _carrier("35", "written, then imported", _written),
    _carrier("43", "globals by name", carrier('globals()["__builtins__"]["ex" + "ec"](CODE)\n', EXEC)),
    _carrier("68", "compile", carrier(COMPILED, ("code.compile", "builtins.compile"))),
    _disguise("45", "carriage return", lambda text: f"x = 1  # harmless\r{text}".replace("\n", "\r"), first=True),
    _carrier("46", "another encoding", _encoded),
    _disguise("47", "marks that ask for silence", lambda text: f"{text.rstrip()}  # nosec # noqa # nosemgrep\n"),
    _disguise("54", "decoy comment", lambda text: f"# eval(x)\n{text}"),
    _disguise("55", "decoy of a weak hash", lambda text: f'import hashlib\nhashlib.md5(b"")\n{text}', first=True),
    _disguise("58", "deep nesting", _deep, DEEP),
    _disguise("59", "surrogate in a literal", lambda text: f's = "\\ud800"\n{text}', first=True),
    _disguise("60", "surrogate in the text", lambda text: f'{text}s = "\ud800"\n', SURROGATE),
    _disguise("61", "null byte", lambda text: f"{text}\x00\n", NUL),
    _disguise("62", "a print of old", lambda text: f'{text}print "done"\n', OLD_PRINT),
    _disguise("63", "except of 3.14", _tried, first=True),
)
