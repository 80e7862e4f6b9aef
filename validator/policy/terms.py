"""What a loaded policy consists of: conditions, rules, limits, and what they mean for each tool."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from validator.model.errors import Problem
from validator.model.known import JsonValue
from validator.model.profile import NO_SETTINGS, Settings
from validator.policy.quota import Kind

PATIENCE: Final = 600.0  # seconds that a request for approval stays open, where nobody says


class Operator(StrEnum):
    """How a condition compares what it finds with its value."""

    EQ = "eq"
    NEQ = "neq"
    IN = "in"
    NOT_IN = "not_in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    REGEX = "regex"
    CONTAINS = "contains"
    EXISTS = "exists"


class Scope(StrEnum):
    """Whose calls share a counter.

    An upstream's session is usually named by the agent itself, so a limit per session alone does not
    bound an agent that keeps opening new ones.
    """

    GRANT = "grant"
    SESSION = "session"
    TOOL = "tool"
    SERVER = "server"
    GLOBAL = "global"


class Pattern(Protocol):
    """A compiled regular expression that takes time linear in the text."""

    def search(self, text: str, /) -> object | None:
        """Something if the pattern occurs anywhere in the text, else None."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; `pattern` is the compiled value of the operator `regex`."""

    path: tuple[str, ...]
    operator: Operator
    value: JsonValue
    pattern: Pattern | None = None

    def __str__(self) -> str:
        """Read as in the policy: `args.timeout lte 60`."""
        return f"{'.'.join(self.path)} {self.operator} {self.value}"


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that are read together; `name` is the JSON pointer a decision shows.

    `timeout` is how many seconds a person has to approve the call, where the rule asks for that, and `ask_client` says
    that it may be the person in front of the client that makes it.
    """

    name: str
    conditions: tuple[Condition, ...]
    on_deny: str = ""
    timeout: float = PATIENCE
    ask_client: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rules of one list, by number, whose first conditions compare the same path in the same way: see `sieve`.

    `wanted` is every text they look for, `bound` the number that is easiest to pass, `pattern` matches what any of
    theirs matches, None where that cannot be told.
    """

    path: tuple[str, ...]
    operator: Operator
    numbers: tuple[int, ...]
    wanted: frozenset[str]
    bound: float
    pattern: Pattern | None


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `maximum` per window of `window` seconds; `kind` says how the window moves.

    A call costs `increment`, or what is found at `increment_from`, if all of `when` may hold. Limits that name
    the same counter in the same scope, window and kind share it, also between tools.
    """

    name: str
    counter: str
    window: int
    maximum: int
    scope: Scope = Scope.GRANT
    increment: int = 1
    increment_from: tuple[str, ...] | None = None
    on_deny: str = ""
    kind: Kind = Kind.CALENDAR
    when: tuple[Condition, ...] = ()

    def asks_about_code(self) -> bool:
        """Whether the limit needs a tool that carries code."""
        paths = [condition.path for condition in self.when]
        return any(path[0] == "code" for path in (*paths, self.increment_from or ("",)))


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where the arguments of a tool carry code, when the policy itself says so."""

    arguments: tuple[str, ...]
    language: str = "python"
    session: str | None = None


@dataclass(frozen=True, slots=True)
class ToolRules:
    """What the policy says of one tool; `denied` is the reason when it is switched off.

    `clamp` is the most that a number among the arguments may be, `force` what an argument is set to, by their paths.
    `groups` is kept by `sieve`, which works them out when they are first asked for.
    """

    require: tuple[Rule, ...] = ()
    deny_if: tuple[Rule, ...] = ()
    approve_if: tuple[Rule, ...] = ()
    limits: tuple[Limit, ...] = ()
    denied: str | None = None
    place: CodePlace | None = None
    clamp: Mapping[str, int] = field(default_factory=dict)
    force: Mapping[str, JsonValue] = field(default_factory=dict)
    groups: dict[str, tuple[Group, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def asking_about_code(self) -> tuple[str, ...]:
        """The names of the rules and limits that ask about code, and so need a tool that carries some."""
        rules = (*self.require, *self.deny_if, *self.approve_if)
        asking = [rule.name for rule in rules if any(part.path[0] == "code" for part in rule.conditions)]
        counting = [limit.name for limit in self.limits if limit.asks_about_code()]
        return (*asking, *counting)


@dataclass(frozen=True, slots=True)
class CodeRules:
    """How verdicts on code are turned into decisions; None leaves a threshold to the profile.

    `settings_file` is as it is written: relative to the policy's folder, or empty.

    A verdict that wants review makes a person be asked (in front of the client, with `ask_client`), and code that is
    out of sight (in a file on the server, in a package) refuses the call, unless the policy says in so many words that
    they are allowed.
    """

    profile: str = "balanced"
    review_at: int | None = None
    deny_at: int | None = None
    settings: Settings = field(default_factory=lambda: NO_SETTINGS)
    settings_file: str = ""
    allow_review: bool = False
    ask_review: bool = True
    ask_client: bool = False
    allow_unseen: bool = False

    def refuses_review(self) -> bool:
        """Whether a verdict that wants review refuses the call without anybody being asked."""
        return not (self.allow_review or self.ask_review)


NO_RULES = ToolRules()


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy file, checked and compiled; `digest` is the SHA-256 of the file.

    `code` is None when the file has no `code` block: code is then judged for the record, and the verdict
    refuses nothing, so that a policy written without us is enforced exactly as it is written.
    A store of counters that cannot answer denies unless `fail_open`.
    """

    digest: str
    allow_unlisted: bool
    hidden: frozenset[str] = frozenset()
    tools: Mapping[str, ToolRules] = field(default_factory=dict)
    every_tool: ToolRules = NO_RULES
    code: CodeRules | None = None
    fail_open: bool = False
    warnings: tuple[Problem, ...] = field(default=(), compare=False)

    def enforced(self, tool: str) -> CodeRules | None:
        """The rules on verdicts that hold for a tool, or None where verdicts are only recorded."""
        if self.code is not None:
            return self.code
        named = self.tools.get(tool, NO_RULES)
        return CodeRules() if named.place is not None else None
