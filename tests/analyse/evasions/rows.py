"""What must be said of the first 72 rows of corpus/bypasses.jsonl, by the number that stands in their ids.

Every function that is used is named, with what it is used with. `DOORS` holds the rows of the whole file in which a
power cannot be followed: the door that must be named in the place of that power.
"""

from tests.analyse.evasions.deeds import (
    CREDENTIALS,
    ENVIRONMENT,
    FORK,
    INPUT,
    LOOKUP,
    MAGIC,
    NOTEBOOK,
    PICKLE,
    POSIX_SPAWN,
    PROC,
    PROGRAM,
    SHELL,
    SOCKET,
)
from tests.analyse.evasions.recipe import Powers, power
from tests.analyse.evasions.wrapping import DECLARED, DEEP, NUL, OLD_PRINT, SURROGATE

OS = power("import", "os")
PLAIN = (OS, SHELL, PROGRAM)
SEMICOLON = "import os; os.system('id')"
EXPRESSION = "__import__('os').system('id')"
MADE_UP = power("code.import", "builtins.__import__", module="os")
LIBRARY = (
    power("code.import", "importlib.import_module", module="subprocess"),
    power("import", "subprocess"),
    power("process.spawn", "subprocess.run", command=("id",)),
    PROGRAM,
)
BY_NAME = power("introspect.attribute", "builtins.getattr", object="os", name="system")


def run(code: str | bytes, name: str = "builtins.exec") -> Powers:
    return (power("code.execute", name, code=code),)


ROWS: dict[str, Powers] = {
    "c1": PLAIN,
    "c2": (
        power("import", "subprocess"),
        power("process.shell", "subprocess.run", command="id", shell=True),
        PROGRAM,
    ),
    "c3": INPUT,
    "c4": (OS, power("import", "requests"), *ENVIRONMENT),
    "01": PLAIN,
    "02": PLAIN,
    "03": PLAIN,
    "04": PLAIN,
    "05": PLAIN,
    "06": (*PLAIN, BY_NAME),
    "07": (*PLAIN, BY_NAME),
    "08": (*PLAIN, MADE_UP),
    "09": (OS, MADE_UP, power("process.shell", "os.popen", command="id"), PROGRAM),
    "10": LIBRARY,
    "11": LIBRARY,
    "12": (*PLAIN, MADE_UP),
    "13": (*PLAIN, MADE_UP, *run(EXPRESSION, "builtins.eval")),
    "14": (OS, *run(b"import os")),
    "15": (*PLAIN, *run(SEMICOLON)),
    "16": (*PLAIN, *run(SEMICOLON)),
    "17": (*PLAIN, power("introspect.builtins", "modules.__getitem__", key="os")),
    "18": tuple(power("introspect.walk", name) for name in ("__base__", "__subclasses__", "__globals__")),
    "19": (power("import", "shutil"), SHELL, PROGRAM),
    "20": PLAIN,
    "21": (*PLAIN, power("introspect.attribute", "operator.attrgetter", name="system")),
    "22": PLAIN,
    "23": (*PLAIN, BY_NAME),
    "24": (*PLAIN, MADE_UP),
    "25": PLAIN,
    "26": PLAIN,
    "27": PLAIN,
    "28": PLAIN,
    "29": (power("introspect.walk", "__globals__"),),
    "30": (*PLAIN, power("import", "pickle"), power("code.deserialize", "pickle.loads", data=PICKLE)),
    "31": (
        power("import", "ctypes"),
        power("native.load", "ctypes.CDLL"),
        power("process.shell", "ctypes.CDLL.system", command=b"id"),
        PROGRAM,
    ),
    "32": (*PLAIN, MADE_UP, *run(EXPRESSION, "timeit.timeit")),
    "33": (
        power("import", "pandas"),
        power("code.execute", "pandas.eval", expression="@pd.io.common.os.system('id')"),
    ),
    "34": (power("import", "pandas"), *CREDENTIALS),
    "35": (
        *PLAIN,
        power("fs.write", "io.IOBase.write", path="m.py", data=SEMICOLON),
        power("import.unknown", "m"),
    ),
    "36": (power("import", "urllib.request"), *PROC),
    "37": (*MAGIC, power("unreadable.syntax", "IPython syntax in plain Python")),
    "38": NOTEBOOK,
    "39": (*PLAIN, MADE_UP, *(power("introspect.frame", name) for name in ("__traceback__", "tb_frame", "f_globals"))),
    "40": PLAIN,
    "41": tuple(power("introspect.walk", name) for name in ("__base__", "__subclasses__")),
    "42": PLAIN,
    "43": run("1", "builtins.eval"),
    "44": PLAIN,
    "45": PLAIN,
    "46": (DECLARED,),
    "47": PLAIN,
    "48": (*PLAIN, MADE_UP),
    "49": (*PLAIN, MADE_UP),
    "50": (
        power("import", "asyncio"),
        power("process.shell", "asyncio.create_subprocess_shell", command="id"),
        PROGRAM,
    ),
    "51": (OS, *POSIX_SPAWN),
    "52": (power("import", "_posixsubprocess"), *FORK),
    "53": (*PLAIN, power("introspect.hook", "json.loads", value="os.system")),
    "54": INPUT,
    "55": (*PLAIN, power("import", "hashlib")),
    "56": (power("import", "socket"), *SOCKET),
    "57": (power("import", "socket"), *LOOKUP),
    "58": (DEEP,),
    "59": PLAIN,
    "60": (SURROGATE,),
    "61": (NUL,),
    "62": (OLD_PRINT,),
    "63": PLAIN,
    "64": PLAIN,
    "65": PLAIN,
    "66": PLAIN,
    "67": PLAIN,
    "68": (*PLAIN, power("code.compile", "builtins.compile", code="import os\nos.system('id')")),
}

DOORS: dict[str, str] = {
    "bypass-import-by-other-roads-08": "unresolved.attribute",
    "bypass-import-by-other-roads-09": "unresolved.attribute",
    "bypass-built-attribute-name-06": "unresolved.attribute",
    "bypass-built-attribute-name-07": "unresolved.attribute",
    "bypass-attribute-by-protocol-06": "unresolved.attribute",
    "bypass-attribute-by-protocol-08": "unresolved.call",
    "bypass-attribute-by-protocol-10": "unresolved.attribute",
    "bypass-code-in-code-09": "unresolved.code",
    "bypass-code-in-code-13": "unresolved.code",
    "bypass-code-in-code-14": "unresolved.code",
    "bypass-code-in-code-15": "unresolved.code",
    "bypass-code-in-code-16": "unresolved.code",
    "bypass-encoded-code-01": "unresolved.code",
    "bypass-encoded-code-05": "unresolved.code",
    "bypass-encoded-code-14": "unresolved.code",
    "bypass-encoded-code-18": "unresolved.code",
    "bypass-text-level-tricks-12": "unreadable.encoding",
    "bypass-hidden-shells-14": "unresolved.command",
}
