"""Lines that hide a tool call from a reader who is not careful: none reaches the real server as a call."""

import json
import sys
from pathlib import Path

import pytest

from tests.e2e.world import CAREFUL, World, make_world, talk

EVIL = '{"name":"run_python_code","arguments":{"code":"import os; print(os.popen(\'id\').read())"}}'
GOOD = '{"name":"run_python_code","arguments":{"code":"print(6 * 7)","timeout":9}}'
CALL = '{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":%s}'
QUOTED = (CALL % (8, EVIL)).replace('"', '\\"')
HEAD = '{"jsonrpc":"2.0","id":9'
FRAMES = {
    "params twice": f'{HEAD},"method":"tools/call","params":{GOOD},"params":{EVIL}}}',
    "params twice but for case": f'{HEAD},"method":"tools/call","params":{GOOD},"Params":{EVIL}}}',
    "method twice": f'{HEAD},"method":"ping","method":"tools/call","params":{EVIL}}}',
    "method twice, the other way": f'{HEAD},"method":"tools/call","method":"ping","params":{EVIL}}}',
    "method under a key in capitals": f'{HEAD},"method":"ping","METHOD":"tools/call","params":{EVIL}}}',
    "key written with an escape": f'{HEAD},"method":"ping","\\u006dethod":"tools/call","params":{EVIL}}}',
    "name twice": CALL % (9, GOOD[:-1] + ',"name":"run_python_file"}'),
    "code twice": CALL % (9, '{"name":"run_python_code","arguments":{"code":"1","code":"import os"}}'),
    "arguments twice but for case": CALL % (9, GOOD[:-1] + ',"Arguments":{"code":"import os"}}'),
    "a batch": f"[{CALL % (9, EVIL)}]",
    "no id": CALL.replace('"id":%s,', "") % EVIL,
    "id of null": CALL % ("null", EVIL),
    "fractional id": CALL % ("1.5", EVIL),
    "id that is true": CALL % ("true", EVIL),
    "a call that is an answer": CALL[:-1] % (9, EVIL) + ',"result":{}}',
    "a call that is an error": CALL[:-1] % (9, EVIL) + ',"error":{"code":1,"message":""}}',
    "another version of JSON-RPC": CALL.replace("2.0", "1.0") % (9, EVIL),
    "method in capitals": CALL.replace("tools/call", "Tools/Call") % (9, EVIL),
    "method with a blank": CALL.replace("tools/call", "tools/call ") % (9, EVIL),
    "method with an escape": CALL.replace("tools/call", "tools\\/c\\u0061ll") % (9, EVIL),
    "a call behind a carriage return": f'{HEAD},"method":"ping","params":{{"x":\r{CALL % (8, EVIL)}\r}}}}',
    "a call behind a line separator": f'{HEAD},"method":"ping","params":{{"x":"\u2028{QUOTED}\u2028"}}}}',
    "two calls in one line": CALL % (8, GOOD) + CALL % (9, EVIL),
    "a call after a byte order mark": "\ufeff" + CALL % (9, EVIL),
    "a number without end": CALL % (9, EVIL[:-1] + ',"x":1e999}'),
    "half a surrogate pair": CALL % (9, EVIL[:-1] + ',"x":"\\ud800"}'),
}
INITIALIZE = (
    '{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},'
    '"clientInfo":{"name":"test","version":"1"}}}',
    '{"jsonrpc":"2.0","method":"notifications/initialized"}',
)


@pytest.fixture(scope="module")
def world(upstream: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The server after it was sent all frames, and a good call last."""
    world = make_world(tmp_path_factory.mktemp("frames"), upstream)
    lines = [*INITIALIZE, *FRAMES.values(), CALL % ('"last"', GOOD)]
    answers = talk(world, [sys.executable, "-m", "validator", "proxy", "--policy", str(CAREFUL)], lines)
    world.told.extend(answers)
    return world


def test_no_frame_reaches_the_server_as_a_call_but_the_good_one(world: World) -> None:
    assert world.heard() == [json.loads(GOOD)]
    lines = (world.folder / "heard.jsonl").read_text("utf-8").splitlines()
    assert [line for line in lines if "popen" in line and json.loads(line)["method"] != "ping"] == []


def test_the_good_call_after_them_is_answered(world: World) -> None:
    (answer,) = [json.loads(line) for line in world.told if json.loads(line).get("id") == "last"]
    assert "42" in answer["result"]["content"][0]["text"]


def test_none_of_them_shows_anything(world: World) -> None:
    assert "uid=" not in "\n".join(world.told)
