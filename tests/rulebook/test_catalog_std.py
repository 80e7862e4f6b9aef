"""The catalogue of the standard library: complete at the doors, right in its parameters, sound in its references."""

import importlib
import inspect
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from validator.analyse.actions import ACTIONS
from validator.model.catalog import Entry, Signature
from validator.rulebook.catalog import load_catalog
from validator.rulebook.folder import FROM_CALL

RULES = Path(__file__).parents[2] / "rules"
FILES = sorted((RULES / "catalog").glob("std-*.yaml"))
CATALOG = load_catalog(FILES)
DECIDED_BY_THE_CALL = FROM_CALL - {"none"}
# Carried out while an attribute is read (`!modules`, `!globals`) or asked of the analyser: a folder that is
# known without asking the machine (`!home`, `!here`). An action nobody carries out gives an unknown value.
OTHER_ACTIONS = {"parent"}

# What sits behind each audit event of the interpreter: whoever added the event thought the act worth watching.
# https://docs.python.org/3/library/audit_events.html
AUDITED = """
    builtins.open builtins.exec builtins.eval builtins.compile builtins.input builtins.breakpoint builtins.__import__
    builtins.getattr builtins.setattr builtins.delattr code.interact code.InteractiveConsole.push ctypes.CDLL
    ctypes.addressof ctypes.cast ctypes.memmove ctypes.string_at ctypes.wstring_at ctypes.LibraryLoader.LoadLibrary
    _ctypes.dlopen _ctypes.dlsym _ctypes.PyObj_FromPtr _ctypes.call_function ensurepip.bootstrap fcntl.ioctl
    ftplib.FTP.connect ftplib.FTP.sendcmd gc.get_objects gc.get_referents gc.get_referrers glob.glob glob.iglob
    http.client.HTTPConnection.connect http.client.HTTPConnection.send imaplib.IMAP4.open imaplib.IMAP4.send
    marshal.load marshal.loads mmap.mmap nntplib.NNTP os.add_dll_directory os.chdir os.fchdir os.chmod os.fchmod
    os.lchmod os.chown os.fchown os.lchown os.chflags os.execv os.execve os.posix_spawn os.posix_spawnp os.spawnv
    os.spawnve os.fork os.forkpty os.getxattr os.setxattr os.removexattr os.listxattr os.kill os.killpg os.link
    os.symlink os.listdir os.scandir os.walk os.fwalk os.mkdir os.rmdir os.remove os.unlink os.rename os.replace
    os.putenv os.unsetenv os.startfile os.system os.truncate os.ftruncate os.utime os.open os.listdrives
    os.listmounts os.listvolumes pathlib.Path.glob pathlib.Path.rglob pathlib.Path.walk pdb.set_trace
    pickle.Unpickler.find_class pickle.loads poplib.POP3 pty.spawn resource.prlimit resource.setrlimit
    sys.path sys.meta_path shutil.chown shutil.copyfile shutil.copymode shutil.copystat
    shutil.copytree shutil.make_archive shutil.move shutil.rmtree shutil.unpack_archive signal.pthread_kill
    smtplib.SMTP.connect smtplib.SMTP.send socket.socket socket.socket.bind socket.socket.connect
    socket.socket.sendto socket.socket.sendmsg socket.getaddrinfo socket.gethostbyaddr socket.gethostbyname
    socket.gethostname socket.getnameinfo socket.sethostname sqlite3.connect sqlite3.Connection.load_extension
    sqlite3.Connection.enable_load_extension subprocess.Popen sys._current_exceptions sys._current_frames
    sys._getframe sys.addaudithook sys.excepthook sys.unraisablehook sys.set_asyncgen_hooks sys.setprofile
    sys.settrace sys.remote_exec syslog.syslog telnetlib.Telnet.open tempfile.mkdtemp tempfile.mkstemp
    types.CodeType types.FunctionType urllib.request.urlopen webbrowser.open winreg.ConnectRegistry
    winreg.CreateKey winreg.DeleteKey winreg.DeleteValue winreg.EnumKey winreg.EnumValue winreg.LoadKey
    winreg.OpenKey winreg.QueryInfoKey winreg.QueryValue winreg.SaveKey winreg.SetValue _winapi.CreateProcess
    _winapi.OpenProcess _winapi.TerminateProcess _posixsubprocess.fork_exec _thread.start_new_thread
    importlib.import_module sys.monitoring.register_callback
"""

POWERS = [
    ("os.popen", "process.shell"),
    ("posix.system", "process.shell"),
    ("nt.system", "process.shell"),
    ("random._os.system", "process.shell"),
    ("subprocess.run", "by.shell"),
    ("subprocess.getoutput", "process.shell"),
    ("asyncio.create_subprocess_shell", "process.shell"),
    ("asyncio.subprocess.create_subprocess_exec", "process.spawn"),
    ("imaplib.IMAP4_stream", "process.shell"),
    ("pydoc.pipepager", "process.shell"),
    ("webbrowser.get", "process.spawn"),
    ("multiprocessing.Process", "thread.start"),
    ("io.open", "by.mode"),
    ("_io.open", "by.mode"),
    ("tokenize._builtin_open", "by.mode"),
    ("pathlib.PosixPath.read_text", "fs.read"),
    ("gzip.GzipFile.write", "fs.write"),
    ("tarfile.TarFile.open", "by.mode"),
    ("zipfile.PyZipFile.extractall", "fs.write"),
    ("tempfile.NamedTemporaryFile", "fs.write"),
    ("netrc.netrc", "secret.read"),
    ("os.environ", "env.read"),
    ("os.environb", "env.read"),
    ("os.path.expandvars", "by.variables.read"),
    ("os._Environ.__setitem__", "env.write"),
    ("pwd.getpwall", "system.user"),
    ("spwd.getspnam", "secret.read"),
    ("getpass.getpass", "user.input"),
    ("_socket.socket.connect", "network.connect"),
    ("smtplib.SMTP_SSL.sendmail", "network.connect"),
    ("http.server.ThreadingHTTPServer.serve_forever", "network.listen"),
    ("antigravity", "network.connect"),
    ("pickle._loads", "code.deserialize"),
    ("shelve.open", "code.deserialize"),
    ("timeit.timeit", "by.callable"),
    ("cProfile.Profile.runctx", "code.execute"),
    ("runpy.run_path", "code.execute"),
    ("typing.get_type_hints", "code.execute"),
    ("logging.config.dictConfig", "code.import"),
    ("pkgutil.resolve_name", "code.import"),
    ("_frozen_importlib.BuiltinImporter.load_module", "code.import"),
    ("_frozen_importlib_external.SourceFileLoader", "code.import"),
    ("_imp.create_dynamic", "native.load"),
    ("ctypes.pythonapi", "native.load"),
    ("ctypes.c_int.from_address", "native.memory"),
    ("multiprocessing.shared_memory.SharedMemory", "native.memory"),
    ("inspect.currentframe", "introspect.frame"),
    ("inspect.getmembers", "introspect.walk"),
    ("string.Formatter.vformat", "introspect.attribute"),
    ("sys.path.insert", "introspect.hook"),
    ("atexit.register", "introspect.hook"),
    ("os.fork", "resource.fork"),
    ("os._exit", "process.exit"),
]

HARMLESS = [
    "json.dumps",
    "math.sqrt",
    "ast.literal_eval",
    "os.path.join",
    "os.path.exists",
    "io.StringIO",
    "csv.reader",
]

# Modules whose import has no effect worth fearing in a test run.
IMPORTABLE = """
    argparse asyncio atexit bdb bisect builtins bz2 cProfile code codecs codeop collections compileall
    concurrent.futures configparser contextlib copy ctypes dataclasses doctest fileinput ftplib functools gc glob gzip
    heapq http.client http.server imaplib importlib importlib.util inspect io itertools json linecache logging
    logging.config lzma mailbox marshal multiprocessing netrc operator os os.path pathlib pdb pickle pkgutil platform
    poplib pprint profile pty py_compile pydoc random re runpy sched shelve shutil signal site smtplib socket
    socketserver sqlite3 ssl string subprocess sys tarfile tempfile threading timeit tokenize trace traceback types
    typing unittest.mock urllib.request weakref webbrowser xml.etree.ElementTree xml.sax xmlrpc.client zipapp zipfile
    zipimport
"""


def written() -> Iterator[tuple[str, dict[str, dict[str, dict[str, str]]]]]:
    """Each file of the standard library as it stands."""
    for path in FILES:
        yield path.name, yaml.safe_load(path.read_text())


def find(name: str) -> Entry | None:
    """The entry the analyser would find: names are followed from the left, each step made canonical."""
    found = ""
    for word in name.split("."):
        found = CATALOG.canonical(f"{found}.{word}" if found else word)
    return CATALOG.entry(found)


def imported(name: str) -> object:
    """The thing itself, or None where this interpreter has no such thing."""
    words = name.split(".")
    for end in range(len(words), 0, -1):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found: object = importlib.import_module(".".join(words[:end]))
        except ImportError:
            continue
        for word in words[end:]:
            found = getattr(found, word, None)
        return found
    return None


def under(module: str) -> list[Entry]:
    """The callable entries that stand directly in a module, or on a class of it."""
    return [
        entry for name, entry in CATALOG.entries.items() if entry.call and re.fullmatch(rf"{module}\.\w+(\.\w+)?", name)
    ]


def parameters(name: str) -> list[inspect.Parameter] | None:
    """The parameters of a callable without `self`; None where it has no signature to read."""
    owner, _, last = name.rpartition(".")
    holder, thing = imported(owner), imported(name)
    if not callable(thing):
        return None
    try:
        found = list(inspect.signature(thing).parameters.values())
    except (ValueError, TypeError):
        return None
    is_method = inspect.isclass(holder) and not isinstance(inspect.getattr_static(holder, last), staticmethod)
    return found[1:] if is_method and found and found[0].name == "self" else found


def mistakes(signature: Signature, actual: list[inspect.Parameter]) -> list[str]:
    """Roles that stand at a position where the interpreter has another parameter."""
    positional = [one for one in actual if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    open_ended = any(one.kind is one.VAR_POSITIONAL for one in actual)
    found = []
    for position, role in enumerate(signature.positional):
        if role is None or position >= len(positional):
            if role is not None and not open_ended:
                found.append(f"{role} is beyond the last parameter")
        elif positional[position].kind is not inspect.Parameter.POSITIONAL_ONLY:
            name = positional[position].name
            if signature.keywords.get(name) != role:
                found.append(f"{role} stands where {name} is")
    return found


def test_every_capability_is_one_of_the_tree() -> None:
    known = {*yaml.safe_load((RULES / "capabilities.yaml").read_text()), *DECIDED_BY_THE_CALL}
    assert {entry.capability for entry in CATALOG.entries.values()} - {None} <= known


def test_every_action_is_carried_out_by_somebody() -> None:
    asked = {entry.signature.returns for entry in CATALOG.entries.values() if entry.signature.returns}
    assert {action[1:] for action in asked if action.startswith("!")} <= {*ACTIONS, *OTHER_ACTIONS}


def test_every_standard_module_is_described() -> None:
    assert [name for name in sys.stdlib_module_names if not CATALOG.described(name)] == []


def test_every_entry_stands_in_a_described_module() -> None:
    left_by_an_earlier_call = {
        alias for alias, name in CATALOG.aliases.items() if "." not in alias and name in CATALOG.entries
    }
    named = {*CATALOG.entries, *CATALOG.aliases} - left_by_an_earlier_call
    owners = {name.partition(".")[0] for name in named}
    type_of_sys_modules = "modules"
    assert {name for name in owners if not CATALOG.described(name)} <= {type_of_sys_modules}


@pytest.mark.parametrize("name", AUDITED.split())
def test_what_the_interpreter_audits_has_a_capability(name: str) -> None:
    entry = find(name)
    assert entry is not None
    assert entry.capability is not None


@pytest.mark.parametrize(("name", "capability"), POWERS)
def test_a_powerful_name_has_its_capability_by_whatever_road(name: str, capability: str) -> None:
    entry = find(name)
    assert entry is not None
    assert entry.capability == capability


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_name_has_no_capability(name: str) -> None:
    entry = find(name)
    assert entry is None or entry.capability is None


@pytest.mark.parametrize("module", IMPORTABLE.split())
def test_roles_stand_where_the_interpreter_has_the_parameter(module: str) -> None:
    wrong = {}
    for entry in under(module):
        actual = parameters(entry.name)
        found = mistakes(entry.signature, actual) if actual else []
        if found:
            wrong[entry.name] = found
    assert wrong == {}


def test_an_alias_leads_to_its_end_in_one_step() -> None:
    assert {name: target for name, target in CATALOG.aliases.items() if target in CATALOG.aliases} == {}


def test_no_name_is_both_an_alias_and_an_entry() -> None:
    assert CATALOG.aliases.keys() & CATALOG.entries.keys() == set()


def test_an_alias_leads_to_something_described() -> None:
    held = {*CATALOG.entries, *CATALOG.bases, *CATALOG.modules}
    held |= {name.rpartition(".")[0] for name in CATALOG.entries}
    assert {target for target in CATALOG.aliases.values() if target not in held} == set()


@pytest.mark.parametrize("module", IMPORTABLE.split())
def test_a_module_held_under_another_name_is_that_module(module: str) -> None:
    for name, target in CATALOG.aliases.items():
        held = imported(name) if name.rpartition(".")[0] == module and target in CATALOG.modules else None
        assert getattr(held, "__name__", target) in (target, "posixpath"), name


def test_no_alias_is_written_twice() -> None:
    names = [name for _, page in written() for name in page.get("aliases", {})]
    assert sorted(names) == sorted(set(names))


def test_base_types_end() -> None:
    for name in CATALOG.bases:
        seen = {name}
        while (name := CATALOG.bases.get(name, "")) and name not in seen:
            seen.add(name)
        assert not name, f"{name} is its own base"


def test_a_file_knows_its_methods_whatever_opened_it() -> None:
    for opener in ("builtins.open", "gzip.open", "lzma.open", "tempfile.NamedTemporaryFile", "pathlib.Path.open"):
        entry = find(opener)
        assert entry is not None
        write = CATALOG.entry(f"{entry.signature.returns}.write")
        assert write is not None
        assert write.capability == "fs.write", opener
