"""The walk over a script: every command in order, both sides of a branch, loops until nothing new is learnt."""

from collections.abc import Iterable
from typing import Final, assert_never

from validator.analyse.shell.expand import assign, expand, expand_words
from validator.analyse.shell.redirect import redirect
from validator.analyse.shell.simple import DECLARATIONS
from validator.analyse.shell.state import DEEPEST, Feed, Shell
from validator.analyse.shell.text import HIDDEN, HOLE
from validator.analyse.shell.tree import (
    Branch,
    Case,
    Each,
    Function,
    Group,
    Literal,
    Loop,
    Node,
    Pipeline,
    Redirect,
    Redirected,
    Script,
    Simple,
    Test,
    Word,
)

MOST_ROUNDS: Final = 8
_LEAVES: Final = frozenset({"break", "exit", "return", "exec"})
_ENDLESS: Final = {"while": (["true"], [":"], ["[", "1", "]"]), "until": (["false"],)}


def walk(shell: Shell, node: Node | Script, feed: Feed) -> str:
    """Follow a command or a script; gives what it prints, as far as that is known."""
    shell.spend()
    if shell.depth >= DEEPEST:
        shell.unresolved("sh", HOLE)
        return HOLE
    shell.depth += 1
    output = _script(shell, node, feed) if isinstance(node, Script) else _node(shell, node, feed)
    shell.depth -= 1
    return shell.cap(output)


def _script(shell: Shell, script: Script, feed: Feed) -> str:
    outputs: list[str] = []
    previous = ""
    left = shell.left
    for item in script.items:
        with shell.maybe(sure=previous not in ("&&", "||") and shell.left == left):
            outputs.append(_background(shell, item.node) if item.operator == "&" else walk(shell, item.node, feed))
        previous = item.operator
    return "".join(outputs)


def _background(shell: Shell, node: Node) -> str:
    shell.parallel += 1
    with shell.subshell():
        output = walk(shell, node, None)
    shell.parallel -= 1
    return output


def _node(shell: Shell, node: Node, feed: Feed) -> str:
    match node:
        case Simple():
            return _simple(shell, node, feed)
        case Pipeline(commands):
            return _pipeline(shell, commands, feed)
        case Redirected(body, redirects):
            return _run(shell, body, redirects, feed)
        case Group(body, subshell):
            return _group(shell, body, subshell, feed)
        case Branch() | Case() | Loop() | Each():
            return _choice(shell, node, feed)
        case Function(name, body):
            shell.define(name, body)
        case Test(words):
            if any(HIDDEN.search(text) for text in expand_words(shell, words)):
                shell.unresolved("[[", HOLE)
        case _:
            assert_never(node)
    return ""


def _choice(shell: Shell, node: Branch | Case | Loop | Each, feed: Feed) -> str:
    match node:
        case Branch(scripts):
            walk(shell, scripts[0], feed)
            return _any(shell, scripts[1:], feed)
        case Case(word, patterns, bodies):
            expand_words(shell, (word, *patterns))
            return _any(shell, bodies, feed)
        case Loop():
            return _loop(shell, node, feed)
        case Each():
            return _each(shell, node, feed)
        case _:
            assert_never(node)


def _group(shell: Shell, body: Script, subshell: bool, feed: Feed) -> str:
    if not subshell:
        return walk(shell, body, feed)
    with shell.subshell():
        return walk(shell, body, feed)


def _simple(shell: Shell, node: Simple, feed: Feed) -> str:
    words = expand_words(shell, node.words)
    declares = bool(words) and words[0] in DECLARATIONS
    variables = shell.scope.variables
    # What stands before a program is for that program alone.
    lent = {one.name: variables.get(one.name) for one in node.assignments} if words and not declares else {}
    for assignment in node.assignments:
        assign(shell, assignment, exported=bool(lent) or (declares and words[0] == "export"))
    if declares:
        _declare(shell, words, node)
    output = _run(shell, [] if declares else words, node.redirects, feed)
    if declares and not node.assignments:
        output = HOLE
    for name, values in lent.items():
        if values is None:
            variables.pop(name, None)
        else:
            variables[name] = values
    return output


def _declare(shell: Shell, words: list[str], node: Simple) -> None:
    names = [word for word in words[1:] if not word.startswith("-")] + [one.name for one in node.assignments]
    flags = {flag for word in words[1:] if word.startswith("-") for flag in word}
    if not names and words[0] in ("export", "declare"):
        shell.emit("env.read", words[0])
    if words[0] == "export" or "x" in flags:
        shell.scope.exported.update(names)
    if words[0] == "readonly" or not flags.isdisjoint("nulicr"):
        shell.scope.odd.update(names)
    if not flags.isdisjoint("nulic"):
        # A reference to another variable, or a value in other letters.
        shell.scope.variables.update(dict.fromkeys(names, (HOLE,)))


def _run(shell: Shell, body: Node | list[str], redirects: tuple[Redirect, ...], feed: Feed) -> str:
    """Run something with redirections; the uses of the redirections come after those of what they belong to."""
    if not redirects and isinstance(body, list):
        return shell.verbs.run(shell, body, feed) if body else ""
    start = len(shell.uses)
    streams = redirect(shell, redirects, feed)
    late = shell.uses[start:]
    del shell.uses[start:]
    if isinstance(body, list):
        output = shell.verbs.run(shell, body, streams.feed) if body else (streams.feed or "")
    else:
        output = walk(shell, body, streams.feed)
    shell.uses += late
    for path in streams.outputs:
        shell.write(path, (shell.written.get(path, HOLE) if streams.append else "") + output)
    return "" if streams.outputs else output


def _pipeline(shell: Shell, commands: Iterable[Node], feed: Feed) -> str:
    shell.parallel += 1
    for command in commands:
        with shell.subshell():
            feed = walk(shell, command, feed)
    shell.parallel -= 1
    return feed or ""


def _any(shell: Shell, scripts: Iterable[Script], feed: Feed) -> str:
    """Scripts of which one may run; what they print is not known unless they print nothing."""
    with shell.maybe():
        outputs = [walk(shell, script, feed) for script in scripts]
    return HOLE if any(outputs) else ""


def _loop(shell: Shell, node: Loop, feed: Feed) -> str:
    start = len(shell.ran)
    left = shell.left
    output = _rounds(shell, (node.test, node.body), feed)
    shell.left = left
    if _endless(shell, node) and _LEAVES.isdisjoint(shell.ran[start:]):
        _note_endless(shell, node.word, node.body)
    return output


def _endless(shell: Shell, node: Loop) -> bool:
    test = node.test.items[-1].node if node.test.items else None
    return isinstance(test, Simple) and expand_words(shell, test.words) in _ENDLESS[node.word]


def _note_endless(shell: Shell, name: str, body: Script) -> None:
    forks = any(item.operator == "&" for item in body.items)
    shell.emit("resource.fork" if forks else "resource.loop", name)


def _rounds(shell: Shell, scripts: tuple[Script, ...], feed: Feed) -> str:
    """Go round until the variables no longer change."""
    with shell.maybe():
        for _ in range(MOST_ROUNDS):
            before = dict(shell.scope.variables)
            outputs = [walk(shell, script, feed) for script in scripts]
            if shell.scope.variables == before:
                break
    return HOLE if any(outputs) else ""


def _each(shell: Shell, node: Each, feed: Feed) -> str:
    if not node.name:
        return _counted(shell, node, feed)
    values = _items(shell, node.words)
    if len(values) > MOST_ROUNDS or HOLE in values:
        values = [HOLE]
    outputs = []
    left = shell.left
    for value in values:
        shell.scope.variables[node.name] = (value,)
        outputs.append(_rounds(shell, (node.body,), feed))
    shell.left = left
    return HOLE if any(outputs) else ""


def _items(shell: Shell, words: tuple[Word, ...] | None) -> list[str]:
    if words is not None:
        return expand_words(shell, words)
    return list(shell.scope.arguments) if shell.scope.arguments is not None else [HOLE]


def _counted(shell: Shell, node: Each, feed: Feed) -> str:
    """`for ((start; test; step))`: the counter is not followed."""
    control = "".join(part.text for word in node.words or () for part in word if isinstance(part, Literal))
    for word in node.words or ():
        expand(shell, word)
    start, left = len(shell.ran), shell.left
    for name in _counters(control):
        shell.scope.variables[name] = (HOLE,)
    output = _rounds(shell, (node.body,), feed)
    shell.left = left
    if control.count(";") == 2 and not control.split(";")[1].strip() and _LEAVES.isdisjoint(shell.ran[start:]):
        _note_endless(shell, "for", node.body)
    return output


def _counters(control: str) -> list[str]:
    return [
        name for part in control.replace("+", "=").split("=") if (name := part.split(";")[-1].strip()).isidentifier()
    ]
