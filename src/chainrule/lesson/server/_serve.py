"""Runs the server until Ctrl-C."""

import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from chainrule.lesson.server._access import Access
from chainrule.lesson.server._app import application
from chainrule.lesson.server._messages import LARGEST_MESSAGE
from chainrule.lesson.server._visits import Lessonlike, Visits

__all__ = ["serve"]


def serve(
    new: Callable[[], Lessonlike],
    started: Callable[[Access], Any] = print,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
) -> None:
    """Serve the page until Ctrl-C or SIGTERM, which is raised again when all is closed.

    Parameters
    ----------
    new : callable
        Makes the lesson of a page that comes.
    started : callable
        Is told, once the port is open, how the server is reached.
    host : str
        The address to bind to. With any but those of this machine alone, whoever reaches it and has the token
        can use the page.
    port : int
        0 means a free one.

    Raises
    ------
    OSError
        The address is not of this machine, or the port is taken.
    """
    with contextlib.closing(_bound(host, port)) as listener:
        access = Access(host, listener.getsockname()[1])
        server = uvicorn.Server(_config(application(Visits(new), access)))
        started(access)
        server.run(sockets=[listener])


def _bound(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)  # a browser may come before the server does
    except OSError as error:
        listener.close()
        raise OSError(error.errno, error.strerror, f"{host} port {port}") from error
    return listener


def _config(app: Any) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    return uvicorn.Config(
        app,
        http="h11",
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing stands before it: what claims to is not believed
        limit_concurrency=512,
        timeout_graceful_shutdown=2,
    )
