"""What is known of a call's arguments reaches its facts: paths as they are meant, variables by name, queries, choices."""

from collections.abc import Callable

import pytest

from validator.model.fact import Fact
from validator.model.known import UNKNOWN, Choice, Known, Partial

Facts = Callable[[str], tuple[Fact, ...]]

ROLES: tuple[tuple[str, str, str, Known], ...] = (
    # Variables of the environment, of a program and of all later ones.
    ("import subprocess; subprocess.run(['ls'], env={'LD_PRELOAD': '/tmp/h.so'})", "env.write", "key", "LD_PRELOAD"),
    ("import subprocess, os; subprocess.run(['ls'], env={**os.environ, 'A': '1'})", "env.write", "key", "A"),
    ("import subprocess, os\ne = os.environ.copy()\ne['A'] = '1'\nsubprocess.run(['ls'], env=e)", "env.write", "key", "A"),
    ("import subprocess, os\nsubprocess.run(['ls'], env=os.environ | {'A': '1'})", "env.write", "key", "A"),
    ("import os; os.execve('/bin/ls', ['ls'], {'A': '1'})", "env.write", "value", "1"),
    ("import os; os.environ.update(A='1')", "env.write", "key", "A"),
    ("import os; os.environ.update({'A': '1'})", "env.write", "value", "1"),
    ("import os; os.environ |= {'A': '1'}", "env.write", "key", "A"),
    ("import os; os.environ.setdefault('A', '1')", "env.write", "key", "A"),
    ("import os; open(os.path.expandvars('$HOME/.ssh/id_rsa'))", "env.read", "key", "HOME"),
    ("import os; open(os.path.expandvars('$HOME/.ssh/id_rsa'))", "fs.read", "path", "~/.ssh/id_rsa"),
    ("import os; open(os.path.expandvars('${A}/x'))", "fs.read", "path", Partial((UNKNOWN, "/x"))),
    # Paths as they are meant.
    ("import os; open(os.path.relpath('/etc/shadow', '.'))", "fs.read", "path", "/etc/shadow"),
    ("import os; open(os.path.relpath('/etc/shadow', '/etc'))", "fs.read", "path", "shadow"),
    ("import os; os.remove('etc/shadow', dir_fd=os.open('/', os.O_RDONLY))", "fs.delete", "path", "/etc/shadow"),
    ("import os; os.chdir('/etc'); open('shadow')", "fs.read", "path", "/etc/shadow"),
    ("import os; os.chdir('/etc'); open('/srv/x')", "fs.read", "path", "/srv/x"),
    ("import os; os.chdir('a'); os.chdir('..'); open('x')", "fs.read", "path", "x"),
    ("import os; os.chdir(folder); open('x')", "fs.read", "path", Partial((UNKNOWN, "/x"))),
    ("import os\nold = os.getcwd()\nos.chdir('/etc')\nos.chdir(old)\nopen('x')", "fs.read", "path", "x"),
    ("import os\nif flag:\n    os.chdir('/etc')\nopen('x')", "fs.read", "path", Choice(("x", "/etc/x"))),
    ("import contextlib\nwith contextlib.chdir('/etc'):\n    open('x')", "fs.read", "path", "/etc/x"),
    ("import contextlib\nwith contextlib.chdir('/etc'):\n    pass\nopen('x')", "fs.read", "path", "x"),
    ("import os; os.symlink('/etc', 'a'); open('a/shadow')", "fs.read", "path", "/etc/shadow"),
    ("from pathlib import Path\nPath('a').symlink_to('/etc')\nopen('a/shadow')", "fs.read", "path", "/etc/shadow"),
    ("import os; os.symlink('/etc', 'a'); os.remove('a')", "fs.delete", "path", "a"),
    ("from pathlib import Path; (Path.cwd().parent / 'x').read_text()", "fs.read", "path", "../x"),
    ("from pathlib import Path; (Path('.').resolve().parent / 'x').read_text()", "fs.read", "path", "../x"),
    ("import os; open(os.path.commonpath(['/etc/a', '/etc/b']) + '/x')", "fs.read", "path", "/etc/x"),
    ("import os; open(os.path.normpath('/etc/' + name))", "fs.read", "path", Partial(("/etc/", UNKNOWN))),
    # What a pattern finds lies where the pattern says.
    ("import glob\nfor p in glob.glob('/etc/*.conf'):\n    open(p)", "fs.read", "path", Partial(("/etc/", UNKNOWN, ".conf"))),
    ("from pathlib import Path\nfor p in Path('/').rglob('id_rsa'):\n    p.read_text()",
     "fs.read", "path", Partial(("/", UNKNOWN, "id_rsa"))),
    ("from pathlib import Path\nfor p in Path('/a').glob('b/*'):\n    p.read_text()",
     "fs.read", "path", Partial(("/a/b/", UNKNOWN))),
    # One of two texts.
    *(
        (f"import os\nbase = '/etc' if flag else '/tmp'\nopen({path})", "fs.read", "path", Choice(("/etc/x", "/tmp/x")))
        for path in (
            "base + '/x'", "f'{base}/x'", "os.path.join(base, 'x')", "'%s/x' % base", "'{}/x'.format(base)",
        )
    ),
    ("from pathlib import Path\nbase = '/etc' if flag else '/tmp'\n(Path(base) / 'x').unlink()",
     "fs.delete", "path", Choice(("/etc/x", "/tmp/x"))),
    # Databases, sockets and the cloud.
    ("import sqlite3; sqlite3.connect('a.db').execute('DROP TABLE t')", "fs.write", "operation", "delete"),
    ("import sqlalchemy as s\ns.create_engine('postgresql://h/d').connect().execute(s.text('DROP TABLE t'))",
     "network.connect", "query", "DROP TABLE t"),
    ("import sqlalchemy as s\ns.MetaData().drop_all(s.create_engine('postgresql://h/d'))",
     "network.connect", "operation", "delete"),
    ("import socket; socket.socket(socket.AF_UNIX).connect('/run/x.sock')", "network.connect", "path", "/run/x.sock"),
    ("import boto3; boto3.client('s3').delete_bucket(Bucket='b')", "network.connect", "operation", "delete"),
    ("import boto3; boto3.client('x').delete_thing()", "network.connect", "operation", "delete_thing"),
    ("import requests; requests.get('https://x.example', verify=False)", "network.connect", "verify", False),
    ("import docker; docker.from_env().containers.run('a', volumes={'/': {'bind': '/host'}})",
     "process.spawn", "volumes", (("/", (("bind", "/host"),)),)),
)  # fmt: skip


@pytest.mark.parametrize(("code", "capability", "role", "wanted"), ROLES)
def test_what_is_known_of_an_argument_is_told(
    code: str, capability: str, role: str, wanted: Known, facts: Facts
) -> None:
    found = [fact.roles.get(role) for fact in facts(code) if fact.capability == capability]
    assert wanted in found


FLOWS: tuple[tuple[str, str, str], ...] = (
    ("import json, os; json.dump(dict(os.environ), open('a', 'w'))", "env.read", "fs.write"),
    ("import pickle, os; pickle.dump(dict(os.environ), open('a', 'wb'))", "env.read", "fs.write"),
    ("import csv, os; csv.writer(open('a', 'w')).writerow([os.environ['A']])", "env.read", "fs.write"),
    ("import csv, os; csv.DictWriter(open('a', 'w'), ['a']).writerows([{'a': os.environ['A']}])", "env.read", "fs.write"),
    ("import os; open('a', 'w').writelines([os.environ['A']])", "env.read", "fs.write"),
    ("import os; print(os.environ['A'], file=open('a', 'w'))", "env.read", "fs.write"),
    ("import shutil; shutil.copyfileobj(open('/etc/hosts'), open('a', 'w'))", "fs.read", "fs.write"),
    ("import yaml, os; yaml.safe_dump(dict(os.environ), open('a', 'w'))", "env.read", "fs.write"),
    ("import os, requests; os.remove(requests.get('https://x.example').text)", "network.connect", "fs.delete"),
    ("import os, pandas; pandas.DataFrame({'a': [os.environ['A']]}).to_csv('a')", "env.read", "fs.write"),
    ("import os, requests; requests.post('https://x.example', json={'a': os.environ['A']})",
     "env.read", "network.connect"),
)  # fmt: skip


@pytest.mark.parametrize(("code", "source", "sink"), FLOWS)
def test_what_was_read_is_followed_into_what_takes_it(code: str, source: str, sink: str, facts: Facts) -> None:
    found = {(fact.roles["from"], fact.roles["to"]) for fact in facts(code) if fact.capability == "flow"}
    assert (source, sink) in found


QUIET: tuple[tuple[str, set[str]], ...] = (
    ("import timeit\ndef f(): return 1\nprint(timeit.timeit(f), timeit.repeat(lambda: f()))", set()),
    ("import json, io; json.dump({'a': 1}, io.StringIO())", set()),
    ("import yaml; print(yaml.dump({'a': 1}))", set()),
    ("import sqlite3; sqlite3.connect(':memory:').execute('DROP TABLE t')", set()),
    ("import sqlite3; sqlite3.connect(':memory:').execute('SELECT * FROM t')", set()),
    ("from google.cloud import storage", set()),
    ("from google.cloud import nobody_knows_it", {"import.unknown"}),
    ("import azure.nobody_knows_it", {"import.unknown"}),
    ("import numpy\nfor n in numpy.array([1, 2]):\n    print(n)", set()),
    ("import os; os.environ.update(A='1')", {"env.write"}),
    ("import os; os.environ |= {'A': '1'}", {"env.write"}),
)  # fmt: skip


@pytest.mark.parametrize(("code", "wanted"), QUIET)
def test_nothing_is_told_that_does_not_happen(code: str, wanted: set[str], powers: Callable[[str], set[str]]) -> None:
    assert powers(code) == wanted


def test_an_honest_statement_changes_no_file_by_itself(facts: Facts) -> None:
    found = facts("import sqlite3; sqlite3.connect('a.db').execute('DELETE FROM t WHERE id = 1')")
    assert [fact.name for fact in found if fact.capability == "fs.write"] == ["sqlite3.connect"]


def test_text_that_cannot_be_parsed_is_told_at_each_place(facts: Facts) -> None:
    found = facts("exec('x = = 1')\nexec('x = = 1')")
    assert [fact.span.line for fact in found if fact.capability == "unresolved.code"] == [1, 2]
