"""The resources: two that are always the same, one that is watched, and a template."""

import re
from typing import Any, Final

from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.types import INVALID_PARAMS, PaginatedRequestParams, ReadResourceRequestParams

from tests.everything.changes import WATCHED
from tests.everything.tool import PNG, Json

Context = ServerRequestContext[Any, Any]
CONTENTS: Final = {
    "test://static-text": {"mimeType": "text/plain", "text": "This is the content of the static text resource."},
    "test://static-binary": {"mimeType": "image/png", "blob": PNG},
    WATCHED: {"mimeType": "text/plain", "text": "This is the content of the watched resource."},
}
TEMPLATE: Final = "test://template/{id}/data"
_FILLED: Final = re.compile(r"test://template/([^/]+)/data")


async def list_resources(_: Context, __: PaginatedRequestParams | None) -> Json:
    """The resources that have an address of their own."""
    listed = [
        {"uri": uri, "name": uri.partition("://")[2], "description": "For tests", "mimeType": content["mimeType"]}
        for uri, content in CONTENTS.items()
    ]
    return {"resources": listed}


async def list_templates(_: Context, __: PaginatedRequestParams | None) -> Json:
    """The one template."""
    template = {"uriTemplate": TEMPLATE, "name": "template", "description": "For tests", "mimeType": "application/json"}
    return {"resourceTemplates": [template]}


async def read_resource(_: Context, params: ReadResourceRequestParams) -> Json:
    """The content of a resource; an error that names the address if there is none."""
    if content := CONTENTS.get(params.uri):
        return {"contents": [{"uri": params.uri, **content}]}
    if filled := _FILLED.fullmatch(params.uri):
        words = f'{{"id":"{filled[1]}","templateTest":true,"data":"Data for ID: {filled[1]}"}}'
        return {"contents": [{"uri": params.uri, "mimeType": "application/json", "text": words}]}
    raise MCPError(INVALID_PARAMS, "Resource not found", {"uri": params.uri})
