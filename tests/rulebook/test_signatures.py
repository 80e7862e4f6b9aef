"""A signature of the catalogue is read as its page says, and what is wrong in a file is told with its place."""

from pathlib import Path

import pytest

from validator.model.catalog import Signature
from validator.model.errors import RuleError
from validator.rulebook.catalog import load_catalog
from validator.rulebook.signatures import parse_signature

SIGNATURES = (
    ("", Signature()),
    ("url - data", Signature(("url", None, "data"), None, {"url": "url", "data": "data"})),
    ("path=file | mode", Signature(("path",), None, {"file": "path", "mode": "mode"})),
    ("*command -> self", Signature((), "command", {}, "self")),
    ("path:resources", Signature(fixed={"path": "resources"})),
    ("- | scheme:http verify", Signature((None,), None, {"verify": "verify"}, None, {"scheme": "http"})),
    ("path with_pip?", Signature(("path", "with_pip"), None, {"path": "path", "with_pip": "with_pip"},
                                 when={"with_pip": True})),
    ("| trust=trust_remote_code?", Signature((), None, {"trust_remote_code": "trust"}, when={"trust": True})),
    ("| weights_only!", Signature((), None, {"weights_only": "weights_only"}, when={"weights_only": False})),
)  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), SIGNATURES, ids=[text or "nothing" for text, _ in SIGNATURES])
def test_a_signature_is_read_as_written(text: str, wanted: Signature) -> None:
    assert parse_signature(text) == wanted


def catalogue(folder: Path, **pages: str) -> list[Path]:
    for name, page in pages.items():
        (folder / f"{name}.yaml").write_text(f"about: x\nmodules: [tool]\n{page}")
    return sorted(folder.glob("*.yaml"))


def test_what_a_call_does_besides_may_stand_in_another_file(tmp_path: Path) -> None:
    one, other = "calls: {fs.write: {tool.move: target}}", "also: {fs.delete: {tool.move: path}}"
    entry = load_catalog(catalogue(tmp_path, one=one, other=other)).entries["tool.move"]
    assert [(each.capability, each.signature.positional) for each in (entry, *entry.also)] == [
        ("fs.write", ("target",)),
        ("fs.delete", ("path",)),
    ]


def test_what_a_call_does_besides_needs_a_call(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"one\.yaml: tool\.move does more, but nothing says what it does"):
        load_catalog(catalogue(tmp_path, one="also: {fs.delete: {tool.move: path}}"))
