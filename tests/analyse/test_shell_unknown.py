"""What cannot be worked out of a command is said to be unknown, and no text is too odd or too much."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from validator.analyse.shell.actions import ACTIONS
from validator.analyse.shell.observe import Use, observe
from validator.model.catalog import Catalog
from validator.model.fact import Kind
from validator.model.known import UNKNOWN, Choice, Known, Partial, show
from validator.model.limits import DEFAULT_LIMITS, Limits
from validator.rulebook.catalog import load_catalog

RULES = Path(__file__).parents[2] / "rules"
CATALOG: Catalog = load_catalog(sorted(RULES.glob("catalog/shell-*.yaml")))


def uses_of(command: Known, limits: Limits = DEFAULT_LIMITS) -> tuple[Use, ...]:
    return observe(command, CATALOG, limits)


def capabilities_of(command: Known) -> list[str]:
    return [use.capability for use in uses_of(command)]


# Commands that do nothing anyone needs to know of.
SILENT = [
    "",
    "  # nothing",
    "echo hi",
    "true && false",
    "printf '%s' a",
    "cd /tmp",
    "date",
    "sleep 1",
    "X=1; echo $X",
    "[ 1 = 1 ]",
    "a=(1 2); echo ${a[0]}",
    "echo hi > /dev/null 2>&1",
    "f() { echo $1; }; f x",
    "X=curl; X=echo; $X hi",
    "echo '$(id)' '`id`'",
    "for i in 1 2; do echo $i; done",
    "echo \\$HOME",
    "seq 3 | sort | uniq -c | wc -l",
]

# Commands of which something cannot be worked out.
UNRESOLVED = [
    "$UNSET x",
    "/b?n/c?t x",
    "$(curl x.example) x",
    'eval "$(curl x.example)"',
    "echo 'open",
    'echo "open',
    "ls )",
    "ls |",
    "if ls",
    "ls ;; ls",
    "${ curl x.example; }",
    "$(" * 100 + "ls" + ")" * 100,
    "{ " * 100 + "ls" + " ;}" * 100,
    "c=$(cat f); $c",
    "X=curl; if ls; then X=echo; fi; $X x.example",
    "while read l; do $l; done < f",
    "X='a[$(id)]'; echo $((X))",
    "echo ${X@P}",
    'sh -c "ls $X"',
    "cu*rl x",
    "curl\0 x",
    "declare -n r=x; $r y",
    "IFS=$(ls); X=curl; $X",
    "X=echo; sh -c '${X:-curl} x.example'",
    "X=curl; f() { return; X=echo; }; f; $X x.example",
    "readonly X=curl\nX=echo\n$X x.example",
    "_=echo; ls curl; $_ x.example",
    "declare -l X=CURL; $X x.example",
    "X=echo; printf -v X curl; $X x.example",
    "PS4='$(curl x.example)'; set -x; ls",
    "test -v 'a[$(curl x.example)]'",
    "[[ 'a[$(curl x.example)]' -eq 1 ]]",
    'echo "$\\\n(curl x.example)"',
    "a=(x curl x.example); ${a[@]:1}",
    "a=([0]=curl); ${a[0]} x.example",
    "cat <<$X\n$X\ncurl x.example",
    "$(cd -) x",
    "echo \"c'u'rl x.example\" | xargs env",
]


@pytest.mark.parametrize("command", SILENT)
def test_a_harmless_command_gives_nothing(command: str) -> None:
    assert uses_of(command) == ()


@pytest.mark.parametrize("command", UNRESOLVED, ids=lambda command: command[:40])
def test_what_cannot_be_worked_out_is_never_silent(command: str) -> None:
    assert any(use.kind is Kind.UNRESOLVED and use.capability.startswith("unresolved.") for use in uses_of(command))


def test_uses_come_in_the_order_of_the_line() -> None:
    assert capabilities_of("cat a > b; rm c") == ["process.spawn", "fs.read", "fs.write", "process.spawn", "fs.delete"]


def test_the_same_use_is_told_once() -> None:
    assert len(uses_of("uname; uname; uname")) == len(uses_of("uname"))


def test_python_in_a_command_is_handed_back_as_code() -> None:
    assert [use.code for use in uses_of("python -c 'import os'") if use.code] == ["import os"]


def test_python_that_is_not_fully_known_is_not_handed_back() -> None:
    found = [use for use in uses_of('python -c "import $X"') if use.capability == "code.execute"]
    assert [(use.code, use.roles["code"]) for use in found] == [(None, Partial(("import ", UNKNOWN)))]


def test_a_list_of_words_has_no_shell() -> None:
    assert [show(use.roles["command"]) for use in uses_of(("frobnicate", "$(id)", "a; b"))] == ["frobnicate $(id) a; b"]


def test_a_shell_in_a_list_of_words_is_followed() -> None:
    assert "fs.delete" in capabilities_of(("bash", "-c", "rm -rf /x"))


def test_an_unknown_word_keeps_the_program() -> None:
    assert [(use.capability, use.kind) for use in uses_of(("ls", UNKNOWN))] == [
        ("process.spawn", Kind.CALL),
        ("fs.list", Kind.CALL),
    ]


def test_an_unknown_piece_of_a_line_keeps_the_program_and_is_unresolved() -> None:
    uses = uses_of(Partial(("ls ", UNKNOWN)))
    assert {(use.capability, use.kind) for use in uses} == {
        ("unresolved.command", Kind.UNRESOLVED),
        ("process.spawn", Kind.CALL),
        ("fs.list", Kind.CALL),
    }


def test_the_host_before_an_unknown_piece_is_kept() -> None:
    uses = uses_of(("curl", Partial(("https://x.example/", UNKNOWN))))
    assert [use.roles["host"] for use in uses if use.capability == "network.connect"] == ["x.example"]


@pytest.mark.parametrize("command", [UNKNOWN, None, 3, Partial((UNKNOWN,)), (UNKNOWN, "x"), "x" * 200_000])
def test_an_unknown_command_is_unresolved(command: Known) -> None:
    assert [use.capability for use in uses_of(command)] == ["unresolved.command"]


def test_an_unknown_program_that_may_be_python_is_read_as_python() -> None:
    assert "package.install" in capabilities_of((UNKNOWN, "-m", "pip", "install", "x"))


def test_every_choice_is_followed() -> None:
    assert {"fs.list", "fs.delete"} <= set(capabilities_of(Choice(("ls", "rm x"))))


def test_bytes_are_read_as_text() -> None:
    assert capabilities_of(b"rm x") == capabilities_of("rm x")


def test_shells_inside_shells_are_followed_to_the_limit() -> None:
    command = "rm x"
    for _ in range(3):
        command = f"eval {command}"
    assert "fs.delete" in capabilities_of(command)
    assert "unresolved.command" in [use.capability for use in uses_of(command, Limits(nested=1))]


@pytest.mark.parametrize(
    "piece", ["ls;", "ls|", "ls&&", "sudo ", "eval ", "$(", "((", "a[", "`", "{a,", "for a in 1 2 3 4; do "]
)
def test_too_much_work_ends_in_a_use(piece: str) -> None:
    assert uses_of(piece * 9_000 + "ls", Limits(steps=6_000))


def test_running_out_of_steps_is_told() -> None:
    assert "unresolved.budget" in [use.capability for use in uses_of("uname;" * 100, Limits(steps=100))]


@given(st.text(max_size=60) | st.text("abcurl $(){}[]<>|&;'\"`\\\n=!#*?,.-/@:~0123%^+", max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    assert all(isinstance(use, Use) for use in uses_of(text))


WORDS = st.sampled_from(
    re.findall(
        r"\S+|\n",
        "{ } ( ) ; | < > \" ' ` \n ls $( && if then fi for do done case esac in <<E E x X=1 $X [[ (( sh -c eval f() ${",
    )
)


@given(st.lists(WORDS, max_size=25).map(" ".join))
def test_no_mix_of_words_is_too_odd(text: str) -> None:
    assert all(isinstance(use, Use) for use in uses_of(text))


def test_the_table_speaks_only_of_capabilities_and_actions_there_are() -> None:
    capabilities = set(yaml.safe_load((RULES / "capabilities.yaml").read_text())) | {None}
    entries = [entry for group in CATALOG.commands.values() for entry in group]
    assert [entry for entry in entries if entry.capability not in capabilities] == []
    assert [entry for entry in entries if entry.action is not None and entry.action not in ACTIONS] == []


def test_the_table_is_read_as_documented(tmp_path: Path) -> None:
    line = "?, -r, sub cmd: *path -/-t | -t=target if==path -S -> !words"
    page = tmp_path / "page.yaml"
    page.write_text(f"about: one\ncommands: {{fs.read: {{'one, two': '{line}'}}, none: {{two: '| -z'}}}}\n")
    (entry,) = load_catalog([page]).commands["one"]
    assert [(slot.role, slot.rest, slot.unless) for slot in entry.slots] == [("path", True, ()), (None, False, ("-t",))]
    assert (entry.when, entry.bound, entry.action) == ((("-r",), ("sub", "cmd")), True, "!words")
    assert dict(entry.options) == {"-t": "target", "if=": "path", "-S": None}
    assert [dict(entry.options).keys() for entry in load_catalog([page]).commands["two"]] == [
        {"-t", "if=", "-S", "-z"},
        {"-t", "if=", "-S", "-z"},
    ]
