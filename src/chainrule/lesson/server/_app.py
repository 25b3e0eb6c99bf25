"""The application: the page and its files, the socket of a lesson, and tables that are sent to it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from chainrule.lesson._error import MessageError
from chainrule.lesson.server._access import Access
from chainrule.lesson.server._files import static_files
from chainrule.lesson.server._guard import Guard
from chainrule.lesson.server._messages import LARGEST_MESSAGE, LARGEST_UPLOAD, error_frame, parsed
from chainrule.lesson.server._visits import Visit, Visits

__all__ = ["application"]

_MESSAGE_SECONDS = 2.5  # learning itself stops after 2, and says how far it came
_TABLE_SECONDS = 20.0
_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}", re.ASCII)
_JSON = "application/json"


def application(visits: Visits, access: Access) -> ASGIApp:
    """Return the application that serves lessons to who has access."""
    files = static_files()

    async def file(request: Request) -> Response:
        found = files.get(request.url.path)
        if found is None:
            return PlainTextResponse("There is no such page.\n", status_code=404)
        return Response(found.content, media_type=found.media_type)

    async def socket(websocket: WebSocket) -> None:
        await _lesson(websocket, visits)

    arriving = asyncio.Semaphore(2)  # tables are held in memory: no more than two at once

    async def table(request: Request) -> Response:
        visit = visits.find(request.query_params.get("key", ""))
        if visit is None:
            return _frame(404, error_frame("this lesson is not open; load the page again"))
        async with arriving:
            return await _table(request, visits, visit)

    routes = [Route("/table", table, methods=["POST"]), WebSocketRoute("/lesson", socket)]
    pages = [Route("/favicon.ico", _no_icon), Route("/{path:path}", file, methods=["GET"])]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        forgetting = asyncio.create_task(_forget_now_and_then(visits))
        yield
        forgetting.cancel()
        visits.close()

    return Guard(Starlette(routes=[*routes, *pages], lifespan=lifespan), access)


async def _forget_now_and_then(visits: Visits) -> None:
    while True:
        await asyncio.sleep(60)
        visits.forget_left()


async def _no_icon(_: Request) -> Response:
    return Response(status_code=204)


async def _lesson(websocket: WebSocket, visits: Visits) -> None:
    """Answer the messages of a page, one after another, until it goes."""
    key = websocket.query_params.get("key", "")
    if _KEY.fullmatch(key) is None:
        await websocket.close()
        return
    await websocket.accept()

    async def close(code: int, reason: str) -> None:
        await websocket.close(code, reason)

    visit = await visits.enter(key, close)
    try:
        while visit.page is close:
            await _answer_one(websocket, visits, visit)
    except (WebSocketDisconnect, _Closed):
        pass
    except RuntimeError:  # what Starlette raises for a socket that was closed while an answer was made
        if visit.page is close:
            raise
    finally:
        visits.leave(visit, close)


class _Closed(Exception):
    """The socket was closed for what came through it."""


async def _answer_one(websocket: WebSocket, visits: Visits, visit: Visit) -> None:
    received = await websocket.receive()
    if received["type"] == "websocket.disconnect":
        raise _Closed
    text = received.get("text")
    if text is None:
        await websocket.close(1003, "Messages are texts.")
        raise _Closed
    if len(text) > LARGEST_MESSAGE:
        await websocket.close(1009, "Messages are 1 MiB at most.")
        raise _Closed
    try:
        message = parsed(text)
    except MessageError as error:
        await websocket.send_text(json.dumps(error_frame(str(error))))
        return
    await websocket.send_text(await visits.ask(visit, message, _MESSAGE_SECONDS))


async def _table(request: Request, visits: Visits, visit: Visit) -> Response:
    """Give the body of a request to a lesson as a table."""
    try:
        async with asyncio.timeout(60):
            content = await _body(request)
    except TimeoutError:
        return _frame(408, error_frame("the table did not arrive within a minute"))
    if content is None:
        return _frame(413, error_frame(f"the table is larger than {LARGEST_UPLOAD // 10**6} MB"))
    name = request.query_params.get("name", "")
    message = {"do": "network.upload", "name": name, "content": content}
    return Response(await visits.ask(visit, message, _TABLE_SECONDS), media_type=_JSON)


async def _body(request: Request) -> bytes | None:
    """Return the body, or None if it is too large: it is read no further then."""
    said = request.headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > LARGEST_UPLOAD:
        return None
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST_UPLOAD:
            return None
    return bytes(content)


def _frame(status: int, frame: dict[str, Any]) -> Response:
    return Response(json.dumps(frame), status_code=status, media_type=_JSON)
