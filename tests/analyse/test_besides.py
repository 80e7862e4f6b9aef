"""One call may do several things, and an argument may decide whether it does one of them."""

from collections.abc import Callable

import pytest

from validator.model.fact import Fact, Kind
from validator.model.known import UNKNOWN

ACTS: tuple[tuple[str, set[str]], ...] = (
    ("import shutil; shutil.move('a', 'b')", {"fs.read", "fs.write", "fs.delete"}),
    ("import shelve; shelve.open('a')", {"fs.read", "fs.write", "code.deserialize"}),
    ("import urllib.request as u; u.urlretrieve('https://x.example/a', 'b')", {"network.connect", "fs.write"}),
    ("import urllib.request as u; u.urlretrieve('https://x.example/a')", {"network.connect", "fs.write"}),
    ("import boto3; boto3.client('s3').upload_file('a', 'b', 'c')", {"network.connect", "fs.read"}),
    ("import boto3; boto3.client('s3').download_file('b', 'c', 'a')", {"network.connect", "fs.write"}),
    ("import numpy; numpy.load('a')", {"fs.read"}),
    ("import numpy; numpy.load('a', allow_pickle=False)", {"fs.read"}),
    ("import numpy; numpy.load('a', allow_pickle=True)", {"fs.read", "code.deserialize"}),
    ("import numpy; numpy.load('a', allow_pickle=flag)", {"fs.read", "code.deserialize"}),
    ("import torch; torch.load('a')", {"fs.read", "code.deserialize"}),
    ("import torch; torch.load('a', weights_only=flag)", {"fs.read", "code.deserialize"}),
    ("import torch; torch.load('a', weights_only=True)", {"fs.read"}),
    ("from transformers import AutoModel as A; A.from_pretrained('a')", {"network.connect"}),
    ("from transformers import AutoModel as A; A.from_pretrained('a', trust_remote_code=True)",
     {"network.connect", "code.execute"}),
    ("import venv; venv.create('a')", {"fs.write"}),
    ("import venv; venv.create('a', with_pip=True)", {"fs.write", "process.spawn"}),
    ("import venv; venv.EnvBuilder(with_pip=True).create('a')", {"fs.write", "process.spawn"}),
    ("import inspect; inspect.signature(f)", set()),
    ("import inspect; inspect.signature(f, eval_str=True)", {"code.execute"}),
    ("print(*x, sep='')", set()),
    ("import sys; print('x', file=sys.stderr)", set()),
    ("import threading; threading.Thread(target=print)", {"thread.start"}),
)  # fmt: skip


@pytest.mark.parametrize(("code", "wanted"), ACTS)
def test_each_thing_that_a_call_does_is_a_fact(
    code: str, wanted: set[str], facts: Callable[[str], tuple[Fact, ...]]
) -> None:
    found = {fact.capability for fact in facts(code) if fact.kind is Kind.CALL}
    assert found == wanted


def test_each_thing_has_its_own_roles(facts: Callable[[str], tuple[Fact, ...]]) -> None:
    roles = {fact.capability: fact.roles for fact in facts("import shutil; shutil.move('a', 'b')")}
    assert roles["fs.delete"] == {"path": "a"}
    assert roles["fs.write"] == {"path": "a", "target": "b"}


def test_a_file_that_is_uploaded_flows_into_the_connection(facts: Callable[[str], tuple[Fact, ...]]) -> None:
    found = facts("import boto3; boto3.client('s3').upload_file('/etc/passwd', 'b', 'c')")
    (flow,) = [fact for fact in found if fact.kind is Kind.FLOW]
    assert (flow.roles["from"], flow.roles["to"]) == ("fs.read", "network.connect")
    assert flow.roles["source.path"] == "/etc/passwd"


def test_printing_into_a_file_writes_there(facts: Callable[[str], tuple[Fact, ...]]) -> None:
    found = facts("print('x', file=open('a.txt', 'w'))")
    assert [fact.roles["path"] for fact in found if fact.name == "builtins.print"] == ["a.txt"]


def test_a_value_that_the_catalogue_states_is_a_role(facts: Callable[[str], tuple[Fact, ...]]) -> None:
    found = facts("import importlib.resources as r; r.files('x').joinpath('../a').read_text()")
    assert [fact.roles["path"] for fact in found if fact.capability == "fs.read"] == ["resources/../a"]


def test_folders_that_are_walked_lie_below_the_first(facts: Callable[[str], tuple[Fact, ...]]) -> None:
    found = facts("import os\nfor folder, _, names in os.walk('/srv'):\n    os.remove(folder + '/x')\n")
    (path,) = [fact.roles["path"] for fact in found if fact.capability == "fs.delete"]
    assert path is not UNKNOWN
    assert str(path).startswith("/srv")
