"""Where to listen in, a socket at that address out."""

import socket
import ssl
from pathlib import Path
from typing import Final

from validator.model.errors import ListenError, Problem
from validator.proxy.sides import Listening

BACKLOG: Final = 1024


def bind(listening: Listening) -> socket.socket:
    """A socket at the address, on which nobody is accepted yet; raises ListenError."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            listening.host, listening.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )
        # Only of a socket that says it is TCP does asyncio know that small answers must not wait for one another.
        here = socket.socket(family, kind, protocol)
        here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        here.bind(address)
        return here
    except OSError as error:
        place = f"{listening.host}:{listening.port}"
        reason = f"cannot be listened at: {error.strerror or error}"
        raise ListenError(Problem(place, reason, "choose another port, or 0 for any that is free")) from error


def url_of(listening: Listening, port: int) -> str:
    """The address of the MCP endpoint."""
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    scheme = "http" if listening.certificate is None else "https"
    return f"{scheme}://{host}:{port}{listening.path}"


def check_certificate(certificate: Path, key: Path | None) -> None:
    """Look whether certificate and key can be used; raises ListenError."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except OSError as error:
        reason = f"cannot be used with {key}: {error.strerror or error}"
        raise ListenError(Problem(str(certificate), reason, "give a certificate and its key, both as PEM")) from error
