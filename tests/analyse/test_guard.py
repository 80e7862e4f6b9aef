"""Text that could kill or stall a parser is refused before it is parsed; honest text, however large, is not."""

import pytest

from validator.analyse.guard import weigh
from validator.model.fact import Fact, Kind, Span
from validator.model.limits import DEFAULT_LIMITS, Limits

NESTED = {
    "parentheses": ("(", ")"),
    "lists": ("[", "]"),
    "dictionaries": ("{1: ", "}"),
    "calls": ("f(", ")"),
    "subscripts": ("a[", "]"),
    "generators": ("(", " for y in z)"),
    "parameters": ("lambda a=(", "): 1"),
    "f-strings": ("f'{", "}'"),
    "f-strings with the same quote": ('f"{', '}"'),
    "format specifications": ("f'{a:{", "}}'"),
    "template strings": ("t'{", "}'"),
}
CHAINED = {
    "signs": ("-", ""),
    "not": ("not ", ""),
    "await": ("await ", ""),
    "lambdas": ("lambda: ", ""),
    "lambdas with parameters": ("lambda a, b=1: ", ""),
    "ternaries": ("1 if a else ", ""),
    "ternaries that compare": ("1 if a == b else ", ""),
    "ternaries without blanks": ("1if 0x1else ", ""),
    "numbers before or": ("0x1or ", ""),
    "powers": ("2 ** ", ""),
    "sums": ("1 + ", ""),
    "conjunctions": ("a and ", ""),
    "comparisons": ("a < ", ""),
    "attributes": ("", ".b"),
    "calls": ("", "()"),
    "calls with arguments": ("", "(a, b)"),
    "subscripts": ("", "[0]"),
    "methods": ("", ".b()"),
    "strings side by side": ("'a' ", ""),
    "f-strings side by side": ("f'{a}' ", ""),
}


def wrapped(around: tuple[str, str], times: int) -> str:
    """An expression inside itself, as a statement after an honest one."""
    return f"a = 1\nx = {around[0] * times}a{around[1] * times}\n"


def shape(text: str, limits: Limits = DEFAULT_LIMITS) -> Fact | None:
    """Why the text is refused, if it is."""
    found = weigh(text, limits)
    return found if isinstance(found, Fact) else None


@pytest.mark.parametrize("around", NESTED.values(), ids=NESTED)
def test_deep_nesting_is_refused(around: tuple[str, str]) -> None:
    found = shape(wrapped(around, 101))
    assert found is not None
    assert found.name == "more than 100 brackets inside each other"


@pytest.mark.parametrize("around", NESTED.values(), ids=NESTED)
def test_nesting_that_people_write_is_accepted(around: tuple[str, str]) -> None:
    assert shape(wrapped(around, 20)) is None


@pytest.mark.parametrize("around", CHAINED.values(), ids=CHAINED)
def test_a_long_chain_is_refused(around: tuple[str, str]) -> None:
    found = shape(wrapped(around, 601))
    assert found is not None
    assert found.name == "more than 600 operators, calls or branches in one chain"


@pytest.mark.parametrize("around", CHAINED.values(), ids=CHAINED)
def test_a_chain_that_people_write_is_accepted(around: tuple[str, str]) -> None:
    assert shape(wrapped(around, 100)) is None


def test_what_is_refused_has_a_capability_and_a_place() -> None:
    assert shape("x = 1\ny = ((a))", Limits(nesting=1)) == Fact(
        Kind.UNREADABLE, "unreadable.shape", "more than 1 brackets inside each other", span=Span(2, 6, 2, 7)
    )


@pytest.mark.parametrize("targets", ["a, b", "a"])
def test_a_chain_of_loops_in_a_comprehension_is_refused_whatever_their_targets(targets: str) -> None:
    assert shape(f"x = [1{f' for {targets} in c' * 601}]") is not None


@pytest.mark.parametrize(
    "line",
    ["elif a: pass\n", "elif a:\n    pass\n", "\\\nelif a: pass\n", "# why\n\nelif a: pass\n", "\felif a: pass\n"],
    ids=["one line", "block", "continuation", "comment", "form feed"],
)
def test_a_chain_of_elif_is_refused(line: str) -> None:
    assert shape("if a: pass\n" + line * 601) is not None


def test_elif_chains_beside_each_other_are_accepted() -> None:
    assert shape(("if a: pass\n" + "elif a: pass\n" * 50) * 20) is None


def test_elif_chains_inside_each_other_add_up() -> None:
    outer = "if a: pass\n" + "elif a: pass\n" * 400 + "elif a:\n"
    inner = " if a: pass\n" + " elif a: pass\n" * 250
    assert shape(outer) is None
    assert shape(outer + inner) is not None


def test_deep_blocks_are_refused() -> None:
    found = shape("".join(f"{' ' * depth}if a:\n" for depth in range(101)))
    assert found is not None
    assert found.name == "more than 100 blocks inside each other"


@pytest.mark.parametrize("statement", ["case {0}: pass", "del {0}", "if a: del {0}"])
def test_nesting_where_the_parser_tries_again_at_each_level_is_refused_early(statement: str) -> None:
    deep, shallow = ("{1: " * depth + "a" + "}" * depth for depth in (12, 3))
    assert shape(f"match x:\n    {statement.format(deep)}\n") is not None
    assert shape(f"match x:\n    {statement.format(shallow)}\n") is None


@pytest.mark.parametrize(
    "line",
    ["x = " + "[" * 99 + "]" * 99, "a" + "[0]" * 599, "x = " + "lambda: " * 590 + "1", "f(" * 99 + ")" * 99],
    ids=["lists", "subscripts", "lambdas", "calls"],
)
def test_lines_that_are_within_bounds_one_by_one_are_refused_together(line: str) -> None:
    found = shape(f"{line}\n" * 60)
    assert found is not None
    assert found.name == "too costly to parse"


@pytest.mark.parametrize(
    "before",
    [
        'f"{a["b"]}"',
        "f'{a:{b}}'",
        'f"{a:\'}"',
        'f"\\N{DASH}"',
        'rf"\\{a}"',
        'f"{{"',
        'f"{a!r:>{w}}"',
        'f"""{a:"}"""',
        'f"{f"{f"{1}"}"}"',
        'f"{"}"}"',
        'f"\\"{a}"',
        "'''it's'''",
        '"\\\\"',
        "x  # it's \"quoted",
        'rb"\\""',
        'xf"',
    ],
)
def test_no_string_hides_the_code_behind_it(before: str) -> None:
    closing = '"' if before == 'xf"' else ""
    assert shape(f"y = {before}{closing}\nx = {'(' * 101}{')' * 101}\n") is not None


@pytest.mark.parametrize("quote", ["'{}'", '"{}"', "'''{}'''", '"""{}"""', "# {}", "f'{}'", "r'''{}'''", "f'{{a:{}}}'"])
def test_what_stands_in_strings_and_comments_is_not_counted(quote: str) -> None:
    assert shape("x = 1\n" + quote.format("([" * 101 + "- " * 601)) is None


HONEST = {
    "a list of 5,000 numbers": "x = [" + "-1.5e-3, " * 5_000 + "]\n",
    "a table of 2,000 rows": "x = [" + "(1, -2, a.b), " * 2_000 + "]\n",
    "a dictionary of 2,000 entries": "x = {" + "'key': -1, " * 2_000 + "}\n",
    "a dictionary of 700 lambdas": "x = {" + "'key': lambda a, b: a + b, " * 700 + "}\n",
    "a module of 3,000 lines": "def f(a: int, b: str = '') -> str:\n    return g(a.b, [c for c in b if c])[0]\n\n"
    * 1_000,
    "a long text in an f-string": 'x = f"' + "{a.b}, {c[0]:>10}" * 700 + '"\n',
    "a long text in pieces": "x = (\n" + "    'one line of it'\n" * 300 + ")\n",
    "an import of 1,000 names": "from a import " + "b, " * 999 + "b\n",
    "1,000 comments": "# a comment (with [brackets\n" * 1_000,
    "nothing": "",
}


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_large_honest_text_is_accepted(text: str) -> None:
    assert shape(text) is None


@pytest.mark.parametrize(
    "text", ["'''", '"', "f'{", "f'{a:", "f'", "(", ")))", "]", "\\", "x = '''\n((", "lambda", "}}"]
)
def test_text_that_no_parser_accepts_is_left_to_the_parsers(text: str) -> None:
    assert shape(text) is None


@pytest.mark.parametrize("line", ["x = 1\n", "f(a, b)[0].c\n", "\n", "# comment\n"])
def test_text_costs_what_its_lines_cost(line: str) -> None:
    one, many = weigh(line, DEFAULT_LIMITS), weigh(line * 100, DEFAULT_LIMITS)
    assert isinstance(one, int)
    assert isinstance(many, int)
    assert 10 * one < many < 200 * one


def test_a_chain_costs_more_than_its_links_one_by_one() -> None:
    long, short = weigh("del x.y\nx = a" + ".b" * 500, DEFAULT_LIMITS), weigh("del x.y\n" * 500, DEFAULT_LIMITS)
    assert isinstance(long, int)
    assert isinstance(short, int)
    assert long > 2 * short
