"""The tree of a shell script: words made of parts, commands made of words."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it stands; unquoted text is still open to braces and wildcards."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name`, `${name[index]operator argument}`; the operators `!` and `length` come before the name."""

    name: str
    quoted: bool
    index: "Word" = ()
    operator: str = ""
    argument: "Word" = ()


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(…)` and backticks, or `<(…)` and `>(…)`, which stand for a file."""

    script: "Script"
    quoted: bool
    process: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`$((…))`: a number; only what is expanded inside it matters."""

    inside: "Word"


@dataclass(frozen=True, slots=True)
class Quoted:
    """`"…"`: parts that stay one field, even when they are empty."""

    parts: "Word"


Part: TypeAlias = Literal | Parameter | Substitution | Arithmetic | Quoted
Word: TypeAlias = tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name=value`, `name+=value`, `name[i]=value`, or `name=(items)`, where `value` is None."""

    name: str
    value: Word | None
    items: tuple[Word, ...] = ()
    append: bool = False
    index: Word | None = None


@dataclass(slots=True)
class Document:
    """A here-document; its body is filled in when the line that announces it has ended."""

    delimiter: str
    quoted: bool
    tabs: bool
    body: Word = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """One redirection; a here-document has its body in `document`."""

    operator: str
    descriptor: str
    word: Word
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments, then a program and its arguments."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands that feed each other."""

    commands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Group:
    """`{ … }`, or `( … )`, which keeps its variables to itself."""

    body: "Script"
    subshell: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """`if`: tests and bodies in their order; only the first test surely runs."""

    scripts: tuple["Script", ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """`while` and `until`."""

    word: str
    test: "Script"
    body: "Script"


@dataclass(frozen=True, slots=True)
class Each:
    """`for name in words`; without words, over the arguments; `for ((…))` has no name and one word."""

    name: str
    words: tuple[Word, ...] | None
    body: "Script"


@dataclass(frozen=True, slots=True)
class Case:
    """`case word in … esac`."""

    word: Word
    patterns: tuple[Word, ...]
    bodies: tuple["Script", ...]


@dataclass(frozen=True, slots=True)
class Test:
    """`[[ … ]]` and `((…))`: nothing but what is expanded inside."""

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """`name() body`."""

    name: str
    body: "Node"


@dataclass(frozen=True, slots=True)
class Redirected:
    """A compound command with redirections of its own."""

    body: "Node"
    redirects: tuple[Redirect, ...]


Node: TypeAlias = Simple | Pipeline | Group | Branch | Loop | Each | Case | Test | Function | Redirected


@dataclass(frozen=True, slots=True)
class Item:
    """One command of a list and the operator after it: `;`, `&`, `&&`, `||` or a line end."""

    node: Node
    operator: str


@dataclass(frozen=True, slots=True)
class Script:
    """Commands in their order; `broken` if some of the text could not be read."""

    items: tuple[Item, ...]
    broken: bool = False
