"""What the site has accepted does not count; nothing else, and nothing that is not surely known, is accepted."""

import pytest

from validator.model.fact import Fact, Kind
from validator.model.finding import Confidence, Finding, Severity
from validator.model.known import UNKNOWN, Choice, Known, Partial
from validator.model.profile import Suppression
from validator.rulebook.suppress import suppress


def finding(rule: str = "a-rule", kind: Kind = Kind.CALL, name: str = "made.up", **roles: Known) -> Finding:
    return Finding(rule, Severity.HIGH, Confidence.HIGH, 40, "", "", Fact(kind, "fs.read", name, roles))


def accepted(found: Finding, rule: str = "a-rule", **targets: str) -> bool:
    counted, ignored = suppress([found], [Suppression(rule, targets, "because")])
    assert len(counted) + len(ignored) == 1
    return bool(ignored)


@pytest.mark.parametrize(
    ("targets", "roles"),
    [
        ({"host": "api.example.com"}, {"host": "api.example.com", "url": "https://api.example.com/x"}),
        ({"host": "*.example.com"}, {"host": "api.example.com"}),
        (
            {"host": "api.example.com"},
            {"host": "api.example.com", "url": Partial(("https://api.example.com/", UNKNOWN))},
        ),
        ({"host": "10.0.0.0/8"}, {"address": ("10.1.2.3", 80), "host": "10.1.2.3"}),
        ({"path": "/srv/*.csv"}, {"path": "/srv/a.csv"}),
        ({"path": "/srv/*.csv"}, {"path": "/srv/x/../a.csv"}),
        ({"path": "/srv/**"}, {"path": "/srv/a/b/c.csv"}),
        ({"path": "data/**/*.csv"}, {"path": "data/a/b/c.csv"}),
        ({"path": "data/*"}, {"path": ("data/a", "data/b")}),
        ({"path": "data/*"}, {"path": Choice(("data/a", "data/b"))}),
        ({"path": "/srv/*"}, {"path": "/srv/a", "target": "/srv/b"}),
        ({"command": "git status"}, {"command": ("git", "status")}),
        ({"command": "git log *"}, {"command": "git log -n 3"}),
        ({"host": "a.example", "path": "/srv/*"}, {"host": "a.example", "path": "/srv/a"}),
    ],
)
def test_a_finding_on_the_target_is_accepted(targets: dict[str, str], roles: dict[str, Known]) -> None:
    assert accepted(finding(**roles), **targets)


@pytest.mark.parametrize(
    ("targets", "roles"),
    [
        ({"host": "api.example.com"}, {"host": "evil.example"}),
        ({"host": "api.example.com"}, {"host": UNKNOWN}),
        ({"host": "api.example.com"}, {"host": Partial(("api.example.com", UNKNOWN))}),
        ({"host": "api.example.com"}, {"host": Choice(("api.example.com", "evil.example"))}),
        ({"host": "api.example.com"}, {"host": "api.example.com", "url": UNKNOWN}),
        ({"host": "api.example.com"}, {"path": "api.example.com"}),
        ({"path": "/srv/*.csv"}, {"path": "/srv/a/b.csv"}),
        ({"path": "/srv/*.csv"}, {"path": "/srv/../etc/x.csv"}),
        ({"path": "/srv/*"}, {"path": Partial(("/srv/", UNKNOWN))}),
        ({"path": "/srv/*"}, {"path": "/srv/a", "target": "/etc/b"}),
        ({"path": "data/*"}, {"path": ("data/a", "/etc/b")}),
        ({"path": "**"}, {"path": "../x"}),
        ({"path": "*"}, {"path": ".."}),
        ({"command": "git *"}, {"command": "git status; rm -rf /"}),
        ({"command": "git *"}, {"command": "git $(rm -rf /)"}),
        ({"command": "git *"}, {"command": "git status\nrm -rf /"}),
        ({"command": "git *"}, {"command": Partial(("git ", UNKNOWN))}),
        ({"host": "a.example", "path": "/srv/*"}, {"host": "a.example", "path": "/etc/a"}),
        ({"path": "/srv/*"}, {}),
    ],
)
def test_any_other_finding_counts(targets: dict[str, str], roles: dict[str, Known]) -> None:
    assert not accepted(finding(**roles), **targets)


@pytest.mark.parametrize(
    ("kind", "name", "fits"),
    [
        (Kind.IMPORT, "requests", True),
        (Kind.CALL, "requests.get", True),
        (Kind.MENTION, "requests.get", True),
        (Kind.CALL, "requests_html.get", False),
        (Kind.FLOW, "requests.get → builtins.exec", False),
        (Kind.UNRESOLVED, "requests", False),
    ],
)
def test_a_module_accepts_what_is_in_it(kind: Kind, name: str, fits: bool) -> None:
    assert accepted(finding(kind=kind, name=name), module="requests") is fits


def test_only_the_named_rule_is_accepted() -> None:
    assert not accepted(finding(rule="another-rule", path="/srv/a"), path="/srv/*")


def test_an_accepted_finding_keeps_its_reason() -> None:
    (ignored,) = suppress([finding(path="a")], [Suppression("a-rule", {"path": "a"}, "because", "2030-01-01")])[1]
    told = ignored.to_dict()
    assert (told["rule"], told["reason"], told["expires"]) == ("a-rule", "because", "2030-01-01")
