"""Text that leaves the machine in, the same without what looks like a secret out.

What a secret looks like can only be guessed, by its form or by the name before it, so this lessens the harm of a log
that is lost and does not end it. The text is hostile: every pattern runs in time linear in its length.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeAlias

import re2

WITHHELD: Final = "(withheld)"


class Match(Protocol):
    """Where a pattern was found."""

    def group(self, number: int, /) -> str:
        """What a part of the pattern took."""


Instead: TypeAlias = str | Callable[[Match], str]


class Pattern(Protocol):
    """A compiled pattern that takes time linear in the text."""

    def sub(self, repl: Instead, text: str, /) -> str:
        """The text with something else in each place where the pattern is found."""


_LONG_NAMES: Final = (
    r"password|passwd|passphrase|passcode|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|"
    r"signing[_-]?key|secret[_-]?key|auth[_-]?key|subscription[_-]?key|credentials?|authorization"
)
_SHORT_NAMES: Final = "pass|pwd|pw|auth|jwt|signature|sig"
# A short name counts only by itself or behind a dash or the like: `compass` is none.
_NAME: Final = rf"(?:[\w.-]*(?:{_LONG_NAMES})|(?:[\w.-]*[_.-])?(?:{_SHORT_NAMES}))"
_QUOTED: Final = r"""(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
_TRIPLE: Final = r"""(?:'''(?:[^'\\]|\\.|'[^'])*'''|\"\"\"(?:[^"\\]|\\.|"[^"])*\"\"\")"""
_BARE: Final = r"""[^\s'"&;,|<>`\\]+"""
_VALUE: Final = rf"(?:{_QUOTED}|{_BARE})"
_ENVIRONMENT: Final = r"[A-Z][A-Z0-9_]*_(?:KEY|PASS|PWD|PW|AUTH|PAT|SECRET|TOKEN|CREDENTIALS|DSN)"
_HEADERS: Final = r"(?:proxy-)?authorization|(?:set-)?cookie|[\w-]*(?:api-?key|token|secret)"
_QUERY_NAMES: Final = rf"{_NAME}|key|code|sid|session(?:id)?|[\w-]*(?:signature|credential)|ticket|otp|pin"
# What may stand where a secret could and is none: a placeholder, a type, a name for something that is elsewhere.
_HONEST: Final = re2.compile(
    r"(?i)^(?:['\"]?(?:none|null|true|false|str|bytes|int|required|optional|missing|empty|expired|yes|no|n/a|\*+|x+)?['\"]?"
    r"|['\"]?(?:(?:bearer|basic|token)\s+)?(?:\$?\{[^{}]*\}|<[^<>]*>|%\(?\w*\)?s|%\w+%|…|\(withheld\).*)['\"]?"
    r"|\"?(?:(?:bearer|basic|token)\s+)?\$(?:\w+|\(.*)\"?)[.,)\]}]*$"
)
_EXPRESSION: Final = re2.compile(r"^[A-Za-z_][A-Za-z_.]*[()\[\],:]*$|^[A-Za-z_][\w.]*[(\[]")
_PORT: Final = re2.compile(r"^[^:]*:\d{1,5}(?:/|$)")
_IDENTITY: Final = re2.compile(r"(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_DIGESTS: Final = re2.compile(r"(?i)(?:digest|sha\d*|md5|hash|checksum|etag|commit|rev|ref|version)$")


def cleanse(text: str) -> str:
    """Put a mark in place of every secret that can be told from its form or its name."""
    return _replace(text, _TEXT)


def cleanse_code(code: str) -> str:
    """Do the same with Python, where a bare word behind a name is a variable and no secret."""
    return _replace(code, _CODE)


def cleanse_words(words: Sequence[str]) -> list[str]:
    """Do the same with a command that is a list of words: what a word is, the one before it may tell."""
    found = []
    for number, word in enumerate(words):
        clean = cleanse(word)
        if clean == word and number:
            before = f"{words[0]} {words[number - 1]} " if number > 1 else f"{words[0]} "
            asked = _one_word(word)
            clean = word if cleanse(before + asked).endswith(asked) else WITHHELD
        found.append(clean)
    return found


def _one_word(word: str) -> str:
    """A word as a shell would be told of it, near enough."""
    plain = word.translate(str.maketrans("'\"\\\n", "____"))
    return f"'{plain}'" if " " in plain else plain


def _replace(text: str, patterns: Sequence[tuple[Pattern, Instead]]) -> str:
    # The library works on UTF-8, which has no half surrogate pairs.
    whole = text.encode("utf-8", "backslashreplace").decode()
    if _ANY.search(whole) is None:
        return text
    clean = whole
    for pattern, instead in patterns:
        clean = pattern.sub(instead, clean)
    return text if clean == whole else clean


def _assigned(match: Match) -> str:
    """A name stays, and what it is set to goes, unless that is plainly no secret."""
    before, value = match.group(1), match.group(2)
    return match.group(0) if _HONEST.search(value) else before + WITHHELD


def _assigned_in_code(match: Match) -> str:
    value = match.group(2)
    return match.group(0) if _EXPRESSION.search(value) else _assigned(match)


def _told(match: Match) -> str:
    """Behind a colon stands prose as often as a secret, which has a digit in it."""
    value = match.group(2)
    return _assigned(match) if len(value) >= 6 and _has_digit(value) else match.group(0)


def _random(match: Match) -> str:
    """A word with a telling prefix goes only where the rest is no word: `hf_hub_download` stays."""
    body = match.group(2)
    mixed = body.lower() != body and body.upper() != body
    return match.group(1) + WITHHELD if _has_digit(body) or mixed or "=" in body or "." in body[:-1] else match.group(0)


def _user(match: Match) -> str:
    """Whoever is named in an address goes with the password, or where the name is itself one."""
    user = match.group(2)
    if _PORT.search(user) or (":" not in user and not (len(user) >= 20 and _has_digit(user))):
        return match.group(0)
    return match.group(1) + WITHHELD + "@"


def _asked(match: Match) -> str:
    """A value of a query that looks drawn at random."""
    name, value = match.group(2), match.group(3)
    drawn = len(value) >= 20 and _has_digit(value) and value.strip("0123456789.-+") and not _IDENTITY.search(value)
    words = max(map(len, value.replace("-", "_").replace(".", "_").replace("%20", "_").split("_")))
    honest = not drawn or words < 16 or _DIGESTS.search(name)
    return match.group(0) if honest else f"{match.group(1)}{name}={WITHHELD}"


def _pair(match: Match) -> str:
    """`-u name:password` of a client, but not the numbers of a user and a group."""
    return match.group(0) if match.group(2).strip("'\"").replace(":", "").isdigit() else _assigned(match)


def _piped(match: Match) -> str:
    return match.group(1) + WITHHELD + match.group(3)


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


_PATTERNS: Final[tuple[tuple[str, Instead], ...]] = (
    (
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)"
        r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
        WITHHELD,
    ),
    (r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?", WITHHELD),
    (r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}", WITHHELD),
    (r"(?i)(://)([^\s'\"<>?#@]*(?:@[^\s'\"<>?#@/]*)*)@", _user),
    (r"(hooks\.slack\.com/(?:services|workflows)/)[\w/-]+", rf"\1{WITHHELD}"),
    (r"(discord(?:app)?\.com/api/webhooks/)[\w/-]+", rf"\1{WITHHELD}"),
    (r"(api\.telegram\.org/bot)\d+:[\w-]+", rf"\1{WITHHELD}"),
    (
        r"\b(gh[pousr]_|github_pat_|gl(?:pat|ptt|dt|rt|soat)-|npm_|hf_|pypi-|AIza|ya29\.|GOCSPX-|xox[a-z]-|xapp-|sk-|"
        r"[sr]k_(?:live|test)_|whsec_|SG\.|dop_v1_|shp(?:at|ss|ca|pa)_|sq0(?:atp|csp)-|dapi|lin_api_|ntn_|PMAK-|r8_|gsk_|"
        r"xai-|pplx-|nvapi-|hv[sb]\.|AGE-SECRET-KEY-1|dckr_pat_|NRAK-|glsa_|sntrys_|figd_|rubygems_|key-|EAA)"
        r"([\w.=-]{16,})",
        _random,
    ),
    (r"\b(SK|AC)[0-9a-f]{32}\b", WITHHELD),
    (
        rf"(?i)(\b(?:{_HEADERS})\\*['\"]?\s*:\s*\\*['\"]?)"
        r"((?:bearer|basic|token|digest|negotiate)\s+[^\s'\"\\]+)",
        _assigned,
    ),
    (r"(?i)(\b(?:set-)?cookie\s*:\s*)([^\r\n'\"]+)", _assigned),
    (r"(?i)(\bx-[\w-]*(?:key|token|secret)\s*:\s*)([^\s'\"\\]+)", _assigned),
    (r"(?i)\b((?:bearer|basic|negotiate|token)\s+)([a-z0-9._~+/=-]{6,})", _random),
    (rf"(?i)([?&#;](?:amp;)?(?:{_QUERY_NAMES})=)([^\s&#'\"<>;]+)", _assigned),
    (r"([?&](?:amp;)?)([\w.-]+)=([\w.~+/%=-]{20,})", _asked),
    # A name with a quoted value, as in code, in JSON, and in JSON within quotes.
    (
        rf"(?i)(\b{_NAME}\w*(?:\\*['\"]?\]|\\*['\"])?\s*"
        rf"(?:(?::\s*[\w.\[\]| ]+=|==?|,)\s*|:[ \t]*)[rbuf]{{0,2}})({_TRIPLE}|{_QUOTED})",
        lambda match: match.group(0) if _HONEST.search(match.group(2)) else f"{match.group(1)}'{WITHHELD}'",
    ),
    (rf'(?i)(\b{_NAME}\\+"\s*:\s*\\+")([^"\\]+)', _assigned),
    (rf"(\b{_ENVIRONMENT}=)({_VALUE})", _assigned),
    (rf"(?i)(\b(?:login|user)\s+\S+\s+password\s+)({_VALUE})", _assigned),
    (rf"(?i)(\b(?:identified\s+by|with\s+password|password)\s+)({_QUOTED})", _assigned),
    (
        rf"(?i)(--?(?:[\w]+-)*(?:{_LONG_NAMES}|pass|pwd|pat|bearer|cookie)(?:\s+|=))"
        rf"({_QUOTED}|[^\s'\"&;|<>-]{_BARE})",
        _assigned,
    ),
    (rf"(-pass(?:in|out)?\s+(?:pass:)?|\bpass:)({_BARE})", _assigned),
    (
        r"(\b(?:curl|wget|https?|xh)\s(?:[^\n|;&]*\s)?(?:-u|--user|-U|--proxy-user|-a|--auth)[ =]?)"
        r"('[^':]+:[^']*'|\"[^\":]+:[^\"]*\"|[^\s:'\"-][^\s:'\"]*:[^\s'\"]+)",
        _pair,
    ),
    (
        rf"(\b(?:mysql\w*|mariadb\w*|mongo\w*|sshpass|docker\s+login)\s(?:[^\n|;&]*\s)?-p ?)"
        rf"({_QUOTED}|[^\s'\"&;|<>-]{_BARE})",
        _assigned,
    ),
    (rf"(\b7za?\s(?:[^\n|;&]*\s)?-p)({_VALUE})", _assigned),
    (rf"(\b(?:redis-cli)\s(?:[^\n|;&]*\s)?-a )({_VALUE})", _assigned),
    (rf"(\b(?:sqlcmd|unzip|zip)\s(?:[^\n|;&]*\s)?-P ?)({_VALUE})", _assigned),
    (rf"(\bldap(?:search|add|modify|whoami)\s(?:[^\n|;&]*\s)?-w )({_VALUE})", _assigned),
    (r"(\b(?:smbclient|rpcclient)\s(?:[^\n|;&]*\s)?-U\s*[^\s%]+%)([^\s'\"]+)", _assigned),
    (rf"(\becho\s+(?:-n\s+)?)({_VALUE})(\s*\|\s*(?:sudo\s+-S|(?:sudo\s+)?chpasswd|passwd|docker\s+login))", _piped),
)
# A name that is set to a bare word, and one before a colon.
_BARE_ASSIGNED: Final = rf"(?i)(\b{_NAME}\s?=\s?)([^\s'\"&;,|<>`\\=]{_BARE})"
_BARE_TOLD: Final = rf"(?i)(\b{_NAME}:\s*)({_BARE})"


def _compiled(assigned: Callable[[Match], str]) -> tuple[tuple[Pattern, Instead], ...]:
    found = (*_PATTERNS, (_BARE_ASSIGNED, assigned), (_BARE_TOLD, _told))
    return tuple((re2.compile(pattern), instead) for pattern, instead in found)


_OPTIONS: Final = re2.Options()
_OPTIONS.max_mem = 64 << 20
# Most texts hold nothing that any pattern takes, and one look for all of them at once tells so.
_ANY: Final = re2.compile(
    "|".join(f"(?:{each})" for each in (*(pattern for pattern, _ in _PATTERNS), _BARE_ASSIGNED, _BARE_TOLD)), _OPTIONS
)
_TEXT: Final = _compiled(_assigned)
_CODE: Final = _compiled(_assigned_in_code)
