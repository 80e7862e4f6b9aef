"""A call of a tool that nobody has listed in, what the server says of its tools learnt."""

from dataclasses import replace

from validator.model.known import JsonValue
from validator.proxy.http.dial import Dial, Posting
from validator.proxy.http.schemas import Schemas
from validator.proxy.http.stamp import stamp
from validator.proxy.session import LIST
from validator.proxy.wire import Body, Message, ToolCall, read_client_line, read_upstream_line, write_line

OURS = "validator-list"
MOST_PAGES = 100


async def learn(dial: Dial, schemas: Schemas, call: ToolCall) -> None:
    """Ask for the tools as the client would have; raises httpx2.HTTPError and UpstreamError."""
    cursor: JsonValue = None
    for _ in range(MOST_PAGES):
        page = await _ask(dial, call.params.get("_meta"), cursor)
        result = None if page is None else page.body.get("result")
        if page is None or not isinstance(result, dict):
            break
        schemas.learn(page)
        last, cursor = cursor, result.get("nextCursor")
        if not isinstance(cursor, str) or cursor == last or call.tool in schemas.known:
            break
    schemas.miss(call.tool)


async def _ask(dial: Dial, meta: JsonValue, cursor: JsonValue) -> Message | None:
    heard: list[Message] = []

    async def keep(data: bytes | None) -> None:
        message = None if data is None else read_upstream_line(data)
        if message is not None and message.id == OURS:
            heard.append(message)

    params: Body = {"_meta": meta} if cursor is None else {"_meta": meta, "cursor": cursor}
    line = write_line({"jsonrpc": "2.0", "id": OURS, "method": LIST, "params": params})
    asked = read_client_line(line)
    if isinstance(asked, Message):
        headers = stamp(asked, None, {}, {})
        await replace(dial, hear=keep).post(Posting(line, headers, OURS, LIST, lambda _: False))
    return heard[0] if heard else None
