"""Runs one program and reports every audit event that it causes, in an interpreter of its own.

    python -I -S -B runner.py PROGRAM REPORT

PROGRAM is a file of code that runs in the current folder, which is its only place to write; each line of REPORT is the
repr of `(event, arguments)`. What importing does on its way (finding, reading and running a module) is one event,
`import`. What a program must not do here, even by mistake, ends it and is reported as `unsafe`.
"""

import posix
import sys
from _thread import get_ident

LIBRARY = (*(path for path in sys.path[1:] if path), "<frozen ")
# Functions of the library that run, look at or start what they have written themselves, with the events that are their own.
OWN_WORK = {
    ("/ast.py", "parse"): {"compile"},
    ("/collections/__init__.py", "namedtuple"): {"compile", "exec"},
    ("/compileall.py", "compile_file"): {"compile"},
    ("/ctypes/util.py", "find_library"): {"open to write", "os.remove", "subprocess.Popen", "tempfile.mkstemp"},
    ("/dataclasses.py", "_create_fn"): {"compile", "exec"},
    ("/encodings/__init__.py", "search_function"): {"import"},
    ("/py_compile.py", "compile"): {"compile"},
    ("/tempfile.py", "_get_default_tempdir"): {"open to write", "os.remove"},
    ("<frozen importlib._bootstrap_external>", "_fill_cache"): {"os.listdir"},
}
# Events about objects of the interpreter: of interest only where the program itself, not a library function, acts.
INNER = {
    "array.__new__", "builtins.id", "code.__new__", "function.__new__", "gc.get_objects", "marshal.load", "marshal.loads",
    "object.__delattr__", "object.__getattr__", "object.__setattr__", "socket.__new__", "socket.gethostname", "sys._current_frames",
    "sys._getframe", "sys._getframemodulename", "sys.set_asyncgen_hook_finalizer", "sys.set_asyncgen_hook_firstiter",
}  # fmt: skip
HARMLESS = {
    "echo",
    "true",
    "false",
    "cat",
    "printf",
    "sh",
    "pwd",
    "ls",
    "env",
    "sort",
    "wc",
    "python3",
    "test",
    "cd",
    "sleep",
    "ldconfig",
}
LOOPBACK = {"127.0.0.1", "localhost", "", "::1", "0.0.0.0"}
WRITING = posix.O_WRONLY | posix.O_RDWR | posix.O_CREAT | posix.O_TRUNC
HOME = posix.getcwd()


class Unsafe(BaseException):
    """The program is about to do what no program here may do."""


def plain(value, depth=3):
    """The value as a literal that can be read back; other objects by the name of their type."""
    kind = type(value)
    if value is None or kind in (str, bytes, int, bool, float):
        return value[:2000] if kind in (str, bytes) else value
    if kind in (tuple, list) and depth:
        return tuple(plain(item, depth - 1) for item in value)
    if hasattr(kind, "__fspath__"):
        return value.__fspath__()
    if kind.__name__ == "code":
        return f"<code {value.co_filename} {value.co_name}>"
    return f"<{kind.__module__}.{kind.__qualname__}>"


def is_library(code):
    """Whether code is of the standard library; all other code is of the program."""
    return code.co_filename.startswith(LIBRARY)


def own_work(code):
    """The events that library code raises for itself alone."""
    return next(
        (
            events
            for (file, name), events in OWN_WORK.items()
            if code.co_name == name and code.co_filename.endswith(file)
        ),
        (),
    )


def is_written_in(code, module):
    """Whether an import statement of this code names the module; a module that it was told to import it does not name."""
    return (
        any(module == name or module.endswith(f".{name}") for name in code.co_names)
        or module.partition(".")[0] in code.co_names
    )


def walk(frame):
    """What library code did between the program and the event: `(its own events, imported module, code that imports it)`."""
    own, module, importer = set(), None, None
    while frame is not None and is_library(frame.f_code):
        code = frame.f_code
        own.update(own_work(code))
        if code.co_filename == "<frozen importlib._bootstrap>":
            if code.co_name == "_find_and_load":
                module, importer = frame.f_locals["name"], None
        elif importer is None:
            importer = code
        frame = frame.f_back
    return own, module, importer


def attributed(event, arguments, frame):
    """The event as the program caused it, or None where the library acts for itself."""
    if event == "open":
        if isinstance(arguments[0], int):
            return None  # a descriptor was opened before
        event, arguments = f"open to {'write' if writes(*arguments[1:3]) else 'read'}", arguments[:1]
    if event in INNER and frame is not None and is_library(frame.f_code):
        return None
    own, module, importer = walk(frame)
    if event in own:
        return None
    if module is None and event == "import":
        module = arguments[0]
    if module is not None:
        return (
            None
            if "import" in own or (importer is not None and is_written_in(importer, module))
            else ("import", (module,))
        )
    if event in ("os.remove", "os.rmdir") and arguments[1] >= 0:
        arguments = (posix.readlink(f"/proc/self/fd/{arguments[1]}") + "/" + arguments[0],)
    return (event, tuple(plain(argument) for argument in arguments))


def writes(mode, flags):
    """Whether a file is opened to be changed."""
    return any(letter in mode for letter in "wax+") if isinstance(mode, str) else flags & WRITING


def inside(path):
    """Whether a path to write to, or a descriptor, belongs to the program."""
    if path is None or isinstance(path, int):
        return True
    path = posix.fspath(path)
    path = path.decode() if isinstance(path, bytes) else path
    return ".." not in path.split("/") and (
        not path.startswith("/") or path.startswith((HOME, "/dev/null", "/dev/tty"))
    )


def is_harmless(command):
    """Whether the first word of a command names a harmless program."""
    words = command.decode() if isinstance(command, bytes) else posix.fspath(command)
    name = words.split()[0].rpartition("/")[2]
    return name in HARMLESS or words == sys.executable


def is_loopback(address):
    """Whether an address, or a host, is on this machine."""
    host = address[0] if isinstance(address, tuple) else address
    return host is None or host in LOOPBACK or (isinstance(host, (str, bytes)) and inside(host))


def allowed(event, arguments):
    """Whether the program may do this."""
    first = arguments[0] if arguments else None
    if event == "open":
        return not writes(*arguments[1:3]) or inside(first)
    if event in (
        "os.remove",
        "os.rmdir",
        "os.mkdir",
        "os.chmod",
        "os.chown",
        "os.truncate",
        "os.utime",
        "os.setxattr",
        "shutil.rmtree",
    ):
        return inside(first)
    if event in ("os.rename", "os.link", "os.symlink"):
        return inside(arguments[1]) and (event != "os.rename" or inside(first))
    if event in ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn"):
        return is_harmless(first)
    if event == "os.spawn":
        return is_harmless(arguments[1])
    if event in ("socket.connect", "socket.bind", "socket.sendto"):
        return is_loopback(arguments[1])
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        return is_loopback(first)
    if event in ("os.kill", "os.killpg"):
        return first > 1 and first != posix.getppid()
    return event not in ("os.startfile", "webbrowser.open", "ensurepip.bootstrap", "socket.sethostname")


def watch(report, started):
    """Start reporting; the first event to come is the start of the program itself."""
    watching = set()  # threads that are in the hook: what the hook does raises events too

    def hook(event, arguments):
        thread = get_ident()
        if thread in watching or event.startswith("cpython.") or (arguments and arguments[0] is started):
            return
        watching.add(thread)
        try:
            found = attributed(event, arguments, sys._getframe().f_back)
            if found is not None:
                posix.write(report, f"{found!r}\n".encode(errors="backslashreplace"))
            if not allowed(event, arguments):
                posix.write(report, f"{('unsafe', (event,))!r}\n".encode())
                raise Unsafe(event)
        finally:
            watching.discard(thread)

    sys.addaudithook(hook)


def main():
    """Run the program as a script of its own."""
    path, report = sys.argv[1:3]
    source = posix.open(path, posix.O_RDONLY)
    code = compile(posix.read(source, 1 << 20), "<program>", "exec", dont_inherit=True)
    posix.close(source)
    module = type(sys)("__main__")
    module.__builtins__ = sys.modules["builtins"]
    sys.modules["__main__"] = module
    sys.argv = ["program"]
    watch(posix.open(report, posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND), code)
    exec(code, module.__dict__)


main()
