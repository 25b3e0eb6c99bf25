"""What stands before the application: it lets in who may, and adds the headers that bind a browser."""

from collections.abc import Iterator

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chainrule.lesson.server._access import Access, Request

__all__ = ["POLICY", "Guard"]

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Scripts, styles, pictures and sockets are this server's own; nothing is inline; no page frames this one."""

_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",  # the address may hold a token
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}


class Guard:
    """An application that another one stands behind."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        verdict = self._access.judge(Request.of(scope))
        if scope["type"] == "websocket" and verdict.refusal:
            await send({"type": "websocket.close"})  # before it is accepted: the handshake gets a 403
            return
        cookie = self._access.set_cookie() if verdict.gets_cookie else None
        answer: ASGIApp = self._app
        if verdict.refusal:
            answer = _refused(verdict.refusal)
        elif verdict.redirect:
            answer = RedirectResponse("/", status_code=303)  # the browser keeps what stands after the #
        await answer(scope, receive, _with_headers(send, cookie))


def _refused(why: str) -> Response:
    return PlainTextResponse(f"{why}\n", status_code=403)


def _with_headers(send: Send, cookie: str | None) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_pairs(cookie)]}
        await send(message)

    return send_with_headers


def _pairs(cookie: str | None) -> Iterator[tuple[bytes, bytes]]:
    for name, value in _HEADERS.items():
        yield name.encode(), value.encode()
    if cookie is not None:
        yield b"set-cookie", cookie.encode()
