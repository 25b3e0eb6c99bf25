"""A server of its own, and pages without a browser: cookie, socket, one message at a time."""

import contextlib
import json
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect

# On a machine that does much else, steps and answers take longer by the clock: none is stopped for that.
PATIENT = """
import sys
from chainrule.cli import main
from chainrule.lesson import _learner
from chainrule.lesson.server import _app

_learner.LONGEST_STEP = _app._MESSAGE_SECONDS = _app._TABLE_SECONDS = 600.0
sys.exit(main())
"""


@dataclass
class Server:
    """The command ``chainrule page`` in a process of its own."""

    process: "subprocess.Popen[str]"
    address: str

    @property
    def place(self) -> str:
        return urlsplit(self.address).netloc

    def cookie(self) -> str:
        """Exchange the token for a cookie."""

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: Any) -> None:
                return None

        try:
            urllib.request.build_opener(Stay).open(self.address)
        except urllib.error.HTTPError as answer:
            return str(answer.headers["set-cookie"]).partition(";")[0]
        raise AssertionError("no redirect")

    def resident(self) -> int:
        """Return the bytes of memory that the process has now."""
        with open(f"/proc/{self.process.pid}/status") as status:
            line = next(line for line in status if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024


@contextlib.contextmanager
def running_server(*arguments: str) -> Iterator[Server]:
    """Run ``chainrule page`` with arguments, until the block ends."""
    command = [sys.executable, "-c", PATIENT, "page", "--no-browser", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(process, process.stdout.readline().removeprefix("page").strip())
        finally:
            process.terminate()


class Page:
    """A page's end of a socket; numbers its messages, and looks whether each is answered in its turn."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self.asked, self.errors = socket, 0, list[str]()

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        self.asked += 1
        await self._socket.send(json.dumps({"do": do, "id": self.asked, **fields}))
        frame: dict[str, Any] = json.loads(await self._socket.recv())
        if frame["id"] != self.asked:
            self.errors.append(f"frame {frame['id']} answers message {self.asked}")
        if frame["error"] is not None:
            self.errors.append(str(frame["error"]))
        return frame


@contextlib.asynccontextmanager
async def open_page(server: Server, cookie: str, key: str | None = None) -> AsyncIterator[Page]:
    key = key or secrets.token_urlsafe(24)
    headers = {"Cookie": cookie, "Origin": f"http://{server.place}"}
    address = f"ws://{server.place}/lesson?key={key}"
    async with connect(address, additional_headers=headers, max_size=None, compression=None) as socket:
        yield Page(socket)
