"""A browser that speaks with an application without sockets: every header is as the test writes it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

PORT = 8123
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"
KEY = "a" * 22
PATIENCE = 600.0
"""Seconds that only a server which does not answer takes."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Refused(Exception):
    """The handshake of a socket was answered with 403."""


class Closed(Exception):
    """The server has closed the socket: code and reason."""


@dataclass
class Browser:
    """An application, and the cookie that it has given."""

    app: Any
    cookie: str | None = None
    headers: dict[str, str] = field(default_factory=lambda: {"host": HOST, "origin": ORIGIN})

    def scope(self, kind: str, address: str, headers: dict[str, Any], **more: Any) -> dict[str, Any]:
        path, _, query = address.partition("?")
        given = {**self.headers, "cookie": self.cookie, **headers}
        pairs = [(name, value) for name, value in given.items() if value is not None]
        return {
            "type": kind, "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in pairs], "http_version": "1.1",
            "scheme": "http", "server": ("127.0.0.1", PORT), "client": ("127.0.0.1", 1), "root_path": "",
            **more,
        }  # fmt: skip

    async def ask(self, method: str, address: str, body: Any = b"", **headers: Any) -> Answer:
        """Send a request; a body may be several pieces."""
        pieces = [body] if isinstance(body, bytes) else list(body)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            piece = pieces.pop(0) if pieces else b""
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(self.scope("http", address, headers, method=method), receive, send)
        got = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
        if "set-cookie" in got:
            self.cookie = got["set-cookie"].partition(";")[0]
        return Answer(sent[0]["status"], got, b"".join(each.get("body", b"") for each in sent[1:]))

    async def get(self, address: str, **headers: Any) -> Answer:
        return await self.ask("GET", address, origin=headers.pop("origin", None), **headers)

    @asynccontextmanager
    async def lesson(self, key: str = KEY, **headers: Any) -> AsyncIterator["Socket"]:
        """Open the socket of a lesson."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        socket = Socket()
        scope = self.scope("websocket", f"/lesson?key={key}", headers, subprotocols=[])
        running = asyncio.create_task(self.app(scope, socket.inbox.get, socket.outbox.put))
        socket.inbox.put_nowait({"type": "websocket.connect"})
        try:
            first = await socket.outbox.get()
            if first["type"] != "websocket.accept":
                raise Refused
            yield socket
        finally:
            socket.inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
            await asyncio.wait_for(running, PATIENCE)


class Socket:
    """The page's end of a socket."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[Any] = asyncio.Queue()
        self.outbox: asyncio.Queue[Any] = asyncio.Queue()

    def send(self, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self.inbox.put_nowait({"type": "websocket.receive", "text": text})

    def send_bytes(self, content: bytes) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", "bytes": content})

    async def frame(self) -> Any:
        """Return the next frame; Closed if there is none."""
        message = await asyncio.wait_for(self.outbox.get(), PATIENCE)
        if message["type"] == "websocket.close":
            raise Closed(message["code"], message["reason"])
        return json.loads(message["text"])

    async def ask(self, message: Any) -> Any:
        self.send(message)
        return await self.frame()
