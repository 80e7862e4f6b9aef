"""The catalogue of packages keeps its promises: known capabilities, right parameter order, followed results."""

import sys
from pathlib import Path

import pytest
import yaml

from validator.analyse.actions import ACTIONS
from validator.model.catalog import Signature
from validator.rulebook.catalog import load_catalog
from validator.rulebook.folder import FROM_CALL

RULES = Path(__file__).parents[2] / "rules"
FILES = sorted((RULES / "catalog").glob("pkg-*.yaml"))
CATALOG = load_catalog(FILES)
DECIDED_BY_THE_CALL = FROM_CALL - {"none"}
REPLIES = {"requests.Response", "httpx.Response", "aiohttp.ClientResponse", "urllib3.HTTPResponse"}

POWERS = [
    ("requests.get", "network.connect"),
    ("requests.Session.post", "network.connect"),
    ("httpx.AsyncClient.get", "network.connect"),
    ("aiohttp.ClientSession.ws_connect", "network.connect"),
    ("niquests.get", "network.connect"),
    ("websockets.serve", "network.listen"),
    ("paramiko.SSHClient.exec_command", "network.connect"),
    ("paramiko.ProxyCommand", "process.spawn"),
    ("fabric.Connection.local", "process.shell"),
    ("invoke.run", "process.shell"),
    ("boto3.client", "network.connect"),
    ("boto3.client.put_object", "network.connect"),
    ("openai.OpenAI", "network.connect"),
    ("google.auth.default", "secret.read"),
    ("azure.keyvault.secrets.SecretClient.get_secret", "secret.read"),
    ("keyring.get_password", "secret.read"),
    ("browser_cookie3.chrome", "secret.read"),
    ("dotenv.load_dotenv", "env.write"),
    ("numpy.load", "fs.read"),
    ("numpy.ndarray.tofile", "fs.write"),
    ("numpy.testing.runstring", "code.execute"),
    ("numpy.ctypeslib.load_library", "native.load"),
    ("pandas.read_csv", "by.location.read"),
    ("pandas.Series.to_csv", "by.location.write"),
    ("modin.pandas.read_csv", "by.location.read"),
    ("pandas.read_pickle", "code.deserialize"),
    ("pandas.eval", "code.execute"),
    ("pandas.DataFrame.query", "code.execute"),
    ("numexpr.evaluate", "code.execute"),
    ("sympy.sympify", "code.execute"),
    ("patsy.dmatrix", "code.execute"),
    ("joblib.load", "code.deserialize"),
    ("dill.loads", "code.deserialize"),
    ("cloudpickle.load", "code.deserialize"),
    ("jsonpickle.decode", "code.deserialize"),
    ("yaml.load", "code.deserialize"),
    ("yaml.unsafe_load", "code.deserialize"),
    ("torch.load", "code.deserialize"),
    ("keras.models.load_model", "code.deserialize"),
    ("torch.utils.cpp_extension.load_inline", "native.load"),
    ("nltk.download", "network.connect"),
    ("h5py.File", "by.mode"),
    ("sqlalchemy.create_engine", "network.connect"),
    ("psycopg2.connect", "network.connect"),
    ("duckdb.read_csv", "by.location.read"),
    ("matplotlib.pyplot.savefig", "fs.write"),
    ("PIL.Image.Image.save", "fs.write"),
    ("PIL.ImageGrab.grab", "system.input"),
    ("openpyxl.load_workbook", "fs.read"),
    ("lxml.etree.parse", "by.location.read"),
    ("jinja2.Template", "code.execute"),
    ("mako.template.Template", "code.execute"),
    ("flask.Flask.run", "network.listen"),
    ("uvicorn.run", "network.listen"),
    ("werkzeug.utils.import_string", "code.import"),
    ("selenium.webdriver.Chrome.get", "network.connect"),
    ("playwright.Page.goto", "network.connect"),
    ("pexpect.spawn", "process.spawn"),
    ("pexpect.spawn.sendline", "process.shell"),
    ("git.Repo.git", "process.spawn"),
    ("docker.ContainerCollection.run", "process.spawn"),
    ("psutil.Process.kill", "process.signal"),
    ("psutil.process_iter", "system.info"),
    ("pyperclip.paste", "system.input"),
    ("pynput.keyboard.Listener", "system.input"),
    ("crontab.CronTab", "persist.schedule"),
    ("pip.main", "package.install"),
    ("six.exec_", "code.execute"),
    ("cffi.FFI.dlopen", "native.load"),
    ("pyximport.install", "introspect.hook"),
    ("IPython.InteractiveShell.system", "process.shell"),
    ("IPython.InteractiveShell.run_cell", "code.execute"),
    ("dns.resolver.resolve", "network.resolve"),
    ("scapy.all.sniff", "network.listen"),
    ("slack_sdk.WebClient.chat_postMessage", "network.connect"),
    ("langchain_experimental.utilities.PythonREPL.run", "code.execute"),
    ("mcp.StdioServerParameters", "process.spawn"),
    ("pytest.main", "code.execute"),
    ("unknown.savefig", "fs.write"),
]

ORDER = [
    ("requests.get", ("url",)),
    ("requests.post", ("url", "data", "json")),
    ("requests.request", ("method", "url")),
    ("httpx.stream", ("method", "url")),
    ("paramiko.SSHClient.connect", ("host", "port", "username", "password", None, "key_file")),
    ("paramiko.SFTPClient.put", ("path", "remote")),
    ("paramiko.SFTPClient.get", ("remote", "path")),
    ("boto3.client.upload_file", ("path", "bucket", "remote")),
    ("boto3.client.download_file", ("bucket", "remote", "path")),
    ("pandas.read_csv", ("path",)),
    ("pandas.to_pickle", ("data", "path")),
    ("pandas.read_sql", ("query", "path")),
    ("numpy.save", ("path", "data")),
    ("numpy.load", ("path", None, "allow_pickle")),
    ("pyarrow.parquet.write_table", ("data", "path")),
    ("networkx.write_gml", (None, "path")),
    ("joblib.dump", ("data", "path")),
    ("torch.save", ("data", "path")),
    ("dotenv.set_key", ("path", "key", "value")),
    ("scipy.io.wavfile.write", ("path", None, "data")),
    ("PIL.Image.Image.save", ("path", "format")),
    ("redis.Redis", ("host", "port", "db", "password")),
    ("git.Repo.clone_from", ("url", "path")),
    ("docker.ContainerCollection.run", ("image", "command")),
    ("keyring.set_password", ("service", "username", "value")),
    ("IPython.InteractiveShell.run_cell_magic", ("magic", "line", "cell")),
]

BY_KEYWORD = [
    ("requests.post", "files", "files"),
    ("pandas.read_csv", "filepath_or_buffer", "path"),
    ("pandas.DataFrame.apply", "func", "callback"),
    ("torch.load", "weights_only", "weights_only"),
    ("yaml.load", "Loader", "loader"),
    ("openai.OpenAI", "base_url", "url"),
    ("uvicorn.run", "host", "host"),
    ("docker.ContainerCollection.run", "privileged", "privileged"),
]

FOLLOWED = [
    ("pandas.read_csv", "dropna groupby agg reset_index to_csv", "by.location.write"),
    ("pandas.DataFrame", "loc __getitem__ to_parquet", "by.location.write"),
    ("pandas.DataFrame", "style to_html", "by.location.write"),
    ("polars.scan_csv", "filter collect write_parquet", "by.location.write"),
    ("requests.Session", "get", "network.connect"),
    ("boto3.resource", "Bucket upload_file", "network.connect"),
    ("boto3.Session", "client put_object", "network.connect"),
    ("google.cloud.storage.Client", "bucket blob upload_from_filename", "network.connect"),
    ("psycopg2.connect", "cursor execute", "network.connect"),
    ("sqlalchemy.create_engine", "connect execute", "network.connect"),
    ("paramiko.SSHClient", "open_sftp put", "network.connect"),
    ("matplotlib.pyplot.figure", "savefig", "fs.write"),
    ("matplotlib.pyplot.gca", "get_figure savefig", "fs.write"),
    ("PIL.Image.open", "convert resize save", "fs.write"),
    ("docx.Document", "save", "fs.write"),
    ("playwright.sync_api.sync_playwright", "start chromium launch new_page goto", "network.connect"),
    ("docker.from_env", "containers run", "process.spawn"),
    ("git.Repo", "git execute", "process.spawn"),
    ("builtins.get_ipython", "system", "process.shell"),
    ("jinja2.Environment", "from_string", "code.execute"),
]


def _unqualified(kind: str) -> bool:
    """Whether a type has nothing to look up: no method of its own and no base that may have one."""
    return kind not in CATALOG.bases and not any(name.startswith(f"{kind}.") for name in CATALOG.entries)


@pytest.mark.parametrize(("name", "capability"), POWERS)
def test_a_powerful_name_has_its_capability(name: str, capability: str) -> None:
    entry = CATALOG.entry(name)
    assert entry is not None
    assert entry.capability == capability


@pytest.mark.parametrize(("name", "roles"), ORDER)
def test_positional_arguments_play_their_roles(name: str, roles: tuple[str | None, ...]) -> None:
    assert CATALOG.entries[name].signature.positional[: len(roles)] == roles


@pytest.mark.parametrize(("name", "parameter", "role"), BY_KEYWORD)
def test_a_keyword_argument_plays_its_role(name: str, parameter: str, role: str) -> None:
    assert CATALOG.entries[name].signature.keywords[parameter] == role


@pytest.mark.parametrize(("start", "steps", "capability"), FOLLOWED)
def test_what_a_call_returns_is_followed(start: str, steps: str, capability: str) -> None:
    entry, kind = CATALOG.entry(start), ""
    for step in steps.split():
        assert entry is not None
        kind = kind if entry.signature.returns in ("self", "!by-name") else entry.signature.returns or ""
        entry = CATALOG.entry(f"{kind}.{step}")
    assert entry is not None
    assert entry.capability == capability


def test_every_capability_is_in_the_tree() -> None:
    known = set(yaml.safe_load((RULES / "capabilities.yaml").read_text())) | DECIDED_BY_THE_CALL
    assert {entry.capability for entry in CATALOG.entries.values() if entry.capability} <= known


def test_every_action_is_one_the_analyser_carries_out() -> None:
    returned = {entry.signature.returns or "" for entry in CATALOG.entries.values()}
    assert {kind[1:] for kind in returned if kind.startswith("!")} <= {*ACTIONS, "parent", "table"}


def test_a_result_type_is_one_whose_methods_are_described() -> None:
    returned = {entry.signature.returns for entry in CATALOG.entries.values()} - {None, "self"}
    written = {kind.strip(" *") for kinds in returned if kinds and kinds[0] != "!" for kind in kinds.split(",")}
    types = written - REPLIES - {"-", "below"}
    assert not [kind for kind in types if _unqualified(kind) and kind.partition(".")[0] not in sys.stdlib_module_names]


def test_reading_an_attribute_never_gives_the_same_object() -> None:
    reads = [entry for entry in CATALOG.entries.values() if not entry.call]
    assert not [entry.name for entry in reads if entry.signature.returns == "self"]


def test_a_call_without_power_says_something() -> None:
    idle = [entry for entry in CATALOG.entries.values() if entry.capability is None]
    assert not [entry.name for entry in idle if entry.signature == Signature()]


def test_a_location_decided_by_the_call_has_a_path() -> None:
    decided = [e for e in CATALOG.entries.values() if (e.capability or "").startswith("by.location")]
    assert decided
    assert not [e.name for e in decided if "path" not in (*e.signature.keywords.values(), e.signature.rest)]


def test_an_alias_leads_to_a_described_name_at_once() -> None:
    described = CATALOG.names | sys.stdlib_module_names
    targets = set(CATALOG.aliases.values())
    assert not targets & set(CATALOG.aliases)
    assert not [name for name in targets if name not in described and name.partition(".")[0] not in described]


def test_a_name_is_an_alias_or_an_entry_but_not_both() -> None:
    assert not [name for name in CATALOG.entries if any(f"{name}.".startswith(f"{old}.") for old in CATALOG.aliases)]


@pytest.mark.parametrize("kind", sorted(CATALOG.bases))
def test_bases_come_to_an_end(kind: str) -> None:
    passed: set[str] = set()
    while kind in CATALOG.bases:
        assert kind not in passed
        passed.add(kind)
        kind = CATALOG.bases[kind]
    assert not _unqualified(kind) or kind.partition(".")[0] in sys.stdlib_module_names


def test_a_module_is_described_in_one_file() -> None:
    listed = [module for path in FILES for module in yaml.safe_load(path.read_text()).get("modules", [])]
    assert sorted(listed) == sorted(set(listed))


def test_the_standard_library_is_left_to_its_own_files() -> None:
    assert not CATALOG.modules & sys.stdlib_module_names


@pytest.mark.parametrize("module", ["numpy", "pandas.io.common", "tqdm.auto", "pytz", "google.cloud.storage"])
def test_a_listed_package_is_described_with_its_submodules(module: str) -> None:
    assert CATALOG.described(module)


@pytest.mark.parametrize("module", ["sh", "plumbum", "win32api", "impacket", "langchain_community", "google.cloud.run"])
def test_a_package_of_which_only_some_powers_are_known_stays_undescribed(module: str) -> None:
    assert not CATALOG.described(module)
