"""Secrets leave by no road: not by the audit, not by the webhook, not by the list; and honest text stays as it is."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.audit.leaks import HONEST, HONEST_CODE, SECRETS, WORD
from tests.audit.records import make_fact, make_record
from validator.audit.log import AuditLog
from validator.audit.place import find_place
from validator.audit.read import read_calls
from validator.audit.redact import redact
from validator.audit.restore import restore
from validator.model.cleanse import WITHHELD, cleanse, cleanse_code, cleanse_words
from validator.model.known import UNKNOWN, Choice, Partial


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_withheld_and_the_rest_stays(kind: str) -> None:
    text, secret = SECRETS[kind]
    kept = cleanse(text)
    assert (secret in text, secret in kept, WITHHELD in kept) == (True, False, True)
    assert cleanse(kept) == kept
    assert secret not in cleanse_code(f"os.system({text!r})")


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_stays_as_it_is(text: str) -> None:
    assert cleanse(text) == text


@pytest.mark.parametrize("code", HONEST_CODE)
def test_honest_code_stays_as_it_is(code: str) -> None:
    assert cleanse_code(code) == code


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["mysql", "-u", "root", "-p", WORD], ["mysql", "-u", "root", "-p", WITHHELD]),
        (["mysql", f"-p{WORD}", "db"], ["mysql", WITHHELD, "db"]),
        (["deploy", "--token", WORD, "now"], ["deploy", "--token", WITHHELD, "now"]),
        (["deploy", f"--token={WORD}"], ["deploy", f"--token={WITHHELD}"]),
        (["curl", "-u", f"me:{WORD}", "https://a.example"], ["curl", "-u", WITHHELD, "https://a.example"]),
        (["curl", "-H", f"X-Api-Key: {WORD}"], ["curl", "-H", f"X-Api-Key: {WITHHELD}"]),
        (["env", f"API_KEY={WORD}", "run"], ["env", f"API_KEY={WITHHELD}", "run"]),
        (["sshpass", "-p", WORD, "ssh", "host"], ["sshpass", "-p", WITHHELD, "ssh", "host"]),
        (["git", "commit", "-m", "mend the token's end"], ["git", "commit", "-m", "mend the token's end"]),
        (["mkdir", "-p", "/srv/a"], ["mkdir", "-p", "/srv/a"]),
        ([], []),
    ],
)
def test_the_word_before_tells_what_a_word_is(words: list[str], kept: list[str]) -> None:
    assert cleanse_words(words) == kept


@pytest.mark.parametrize("role", ["url", "command", "path", "host", "name", "object"])
@pytest.mark.parametrize("kind", SECRETS)
def test_no_part_of_a_record_holds_a_secret(role: str, kind: str) -> None:
    text, secret = SECRETS[kind]
    forms = (text, (text, text), Choice((text, Partial(("a", UNKNOWN, text)))), text.encode("utf-8", "replace"))
    for form in forms:
        record = make_record(make_fact(**{role: form}), message=text, code=(f"x = {text!r}",), tool=f"t {text}")
        record = replace(record, keys=(text,), changed=(text,), session=text, request=text)
        verdict = record.decision.verdict
        assert verdict is not None
        told = tuple(replace(each, message=text, remedy=text) for each in verdict.findings)
        facts = tuple(replace(each, steps=(text,), name=text) for each in verdict.facts)
        record = replace(
            record, decision=replace(record.decision, verdict=replace(verdict, findings=told, facts=facts))
        )
        kept = redact(record)
        assert secret not in json.dumps(kept, ensure_ascii=False)
        assert (kept["verdict"], kept["rule"], kept["decision"]) == ("allow", "(allowed)", "forward")


def test_a_command_of_words_is_known_by_the_word_before() -> None:
    kept = json.dumps(redact(make_record(make_fact(command=("mysql", "-p", WORD)))))
    assert (WORD in kept, '["mysql", "-p", "(withheld)"]' in kept) == (False, True)


def test_a_secret_that_is_cut_by_the_end_of_what_is_kept_is_withheld_first() -> None:
    kept = redact(make_record(message="m" * 390 + " password=" + WORD * 9))
    assert WORD[:3] not in str(kept["message"])


def test_what_was_withheld_is_unknown_when_it_is_replayed(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.append(make_record(make_fact(url=f"https://me:{WORD}@a.example/")))
    log.close()
    (told,) = read_calls(find_place(tmp_path / "audit.jsonl"))
    verdict = restore(told).verdict
    assert verdict is not None
    assert verdict.facts[0].roles["url"] == Partial(("https://", UNKNOWN, "@a.example/"))


def test_a_hostile_text_takes_linear_time() -> None:
    pieces = (
        "password=",
        "'",
        '"',
        "\\",
        "://a:",
        "@",
        "-p ",
        "mysql ",
        "&a=",
        "eyJ",
        "-----BEGIN PRIVATE KEY-----",
        "a",
    )
    for piece in pieces:
        began = time.process_time()
        cleanse(piece * (200_000 // len(piece)))
        assert time.process_time() - began < 5, piece


def test_the_tables_are_long_enough() -> None:
    assert (len(SECRETS) >= 40, len(HONEST) >= 40) == (True, True)
    assert not [text for text in HONEST if re.search(r"withheld", text)]
