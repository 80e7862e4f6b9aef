"""The promises of the proxy, kept in front of the real mcp-python-interpreter."""

import json
import time
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.types import CallToolResult, TextContent

from tests.e2e.conftest import Connect, Policy
from validator.rulebook.load import shipped

SEED = shipped() / "policies" / "seed.json"
GUARDED = {
    "version": "1",
    "default": "deny",
    "code": {"profile": "balanced"},
    "tools": {
        "run_python_code": {
            "limits": [{"counter": "run_python_code_rate", "window": "day", "max": 2, "scope": "grant"}]
        }
    },
}
RISKY = [
    "import os\nos.system('echo hello')\n",
    "import os\ngetattr(os, 'sys' + 'tem')('echo hello')\n",
    "__import__('subprocess').run('echo hello', shell=True)\n",
    "().__class__.__base__.__subclasses__()\n",
    "# -*- coding: utf-7 -*-\n# +AAo-print('hidden')\n",
    "exec(input())\n",
]
OTHER_TOOLS = {
    "read_file": {"file_path": "a.txt"},
    "write_file": {"file_path": "a.txt", "content": "1"},
    "install_package": {"package_name": "mcp-python-interpreter"},
    "list_directory": {},
    "no_such_tool": {},
}


def _text(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


async def _run(client: Client, code: str) -> CallToolResult:
    return await client.call_tool("run_python_code", {"code": code})


def _burst_in_one_minute(connect: Connect, policy: Policy) -> list[CallToolResult]:
    """Eleven calls that share a calendar minute; a burst across its border is made again, with a fresh quota."""

    async def burst() -> list[CallToolResult] | None:
        async with connect(policy) as client:
            begun = time.time() // 60
            results = [await _run(client, f"print({number} + 1)") for number in range(11)]
            return results if time.time() // 60 == begun else None

    for _ in range(3):
        results = anyio.run(burst)
        if results is not None:
            return results
    pytest.fail("three bursts of eleven calls each took longer than what was left of a minute")


def test_the_seed_policy_lets_ten_calls_pass_and_refuses_the_eleventh(connect: Connect) -> None:
    *passed, refused = _burst_in_one_minute(connect, SEED)
    assert [_text(result).rpartition("---\n")[2] for result in passed] == [f"{number}\n" for number in range(1, 11)]
    assert not any(result.is_error for result in passed)
    assert refused.is_error
    assert _text(refused).startswith("[POLICY DENIED]")
    assert refused.structured_content is not None
    assert refused.structured_content["rule"] == "/tools/run_python_code/limits/run_python_code_rate"
    wait = refused.structured_content["retry_after"]
    assert 1 <= wait <= 60
    assert _text(refused).endswith(f"Retry in {wait} seconds.")


def test_the_seed_policy_refuses_every_other_tool(connect: Connect) -> None:
    async def call_all() -> list[CallToolResult]:
        async with connect(SEED) as client:
            return [await client.call_tool(tool, arguments) for tool, arguments in OTHER_TOOLS.items()]

    for result in anyio.run(call_all):
        assert result.is_error
        assert result.structured_content is not None
        assert result.structured_content["rule"] == "(default deny)"


def test_a_code_block_refuses_risky_code_and_takes_no_quota_for_it(connect: Connect) -> None:
    async def call_all() -> tuple[list[CallToolResult], list[CallToolResult]]:
        async with connect(GUARDED) as client:
            risky = [await _run(client, code) for code in RISKY]
            return risky, [await _run(client, "print(1)") for _ in range(3)]

    risky, plain = anyio.run(call_all)
    for code, result in zip(RISKY, risky, strict=True):
        assert result.is_error, code
        assert result.structured_content is not None
        assert result.structured_content["rule"] == "(verdict)"
        assert result.structured_content["findings"][0]["line"] >= 1
    assert [result.is_error for result in plain] == [False, False, True]


def test_risky_code_is_refused_even_when_the_limit_is_reached(connect: Connect) -> None:
    async def call_all() -> CallToolResult:
        async with connect(GUARDED) as client:
            for _ in range(3):
                await _run(client, "print(1)")
            return await _run(client, RISKY[0])

    result = anyio.run(call_all)
    assert result.structured_content is not None
    assert result.structured_content["rule"] == "(verdict)"


async def _surface(client: Client) -> dict[str, Any]:
    answers = {
        "tools": await client.list_tools(),
        "resources": await client.list_resources(),
        "templates": await client.list_resource_templates(),
        "prompts": await client.list_prompts(),
        "resource": await client.read_resource("python://directory"),
        "prompt": await client.get_prompt("debug_python_error", {"code": "1", "error_message": "2"}),
    }
    seen: dict[str, Any] = {name: answer.model_dump(mode="json") for name, answer in answers.items()}
    return seen | {
        "info": client.server_info.model_dump(mode="json") if client.server_info else None,
        "capabilities": client.server_capabilities.model_dump(mode="json"),
        "instructions": client.instructions,
        "version": client.protocol_version,
    }


def test_everything_but_tool_calls_is_the_same_directly_and_through_the_proxy(connect: Connect) -> None:
    async def look(policy: Policy | None) -> dict[str, Any]:
        async with connect(policy) as client:
            return await _surface(client)

    direct = anyio.run(look, None)
    assert len(direct["tools"]["tools"]) >= 10
    assert anyio.run(look, SEED) == direct


def test_the_audit_has_a_private_line_for_each_decision_and_no_argument_text(connect: Connect, audit: Path) -> None:
    secret = "do-not-write-this-down"

    async def call_all() -> None:
        async with connect(GUARDED) as client:
            await _run(client, f"print('{secret}')")
            await _run(client, f"import os\nos.environ['{secret}'] = '{secret}'\nos.system('echo hello')\n")
            await client.call_tool("write_file", {"file_path": "a.txt", "content": secret})

    anyio.run(call_all)
    assert audit.stat().st_mode & 0o777 == 0o600
    records = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [(record.get("tool"), record.get("decision"), record.get("outcome")) for record in records] == [
        ("run_python_code", "forward", None),
        (None, None, "ok"),
        ("run_python_code", "ask", None),
        ("write_file", "refuse", None),
    ]
    assert records[0]["keys"] == ["code"]
    assert f"print('{secret}')" not in audit.read_text()
