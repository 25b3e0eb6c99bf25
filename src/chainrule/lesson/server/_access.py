"""Who may talk to the server: host, origin, token and cookie of a request, checked before all else.

The server listens where every program and every page in a browser of this machine can send something. A page
of another site is kept out thrice: the cookie is SameSite=Strict, its Origin is not the server's own, and
browsers say where a request comes from (Sec-Fetch-Site). A name that another site points at this machine (DNS
rebinding) is not among the hosts. A page of another port of this machine counts as the same site, and gets
the cookie along; but its Origin has another port.
"""

import ipaddress
import secrets
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

__all__ = ["Access", "Request", "Verdict"]


@dataclass(frozen=True)
class Request:
    """What is looked at of a request, or of the handshake of a socket."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    socket: bool = False

    def header(self, name: str) -> list[str]:
        """Return all values of a header; its name is in lower case."""
        return [value for key, value in self.headers if key == name]

    @classmethod
    def of(cls, scope: Mapping[str, object]) -> "Request":
        """Read it from the scope of an ASGI application."""
        pairs: Iterable[tuple[bytes, bytes]] = scope["headers"]  # type: ignore[assignment]
        query = scope["query_string"]
        assert isinstance(query, bytes)
        return cls(
            str(scope.get("method", "GET")),
            str(scope["path"]),
            query.decode("latin-1"),
            tuple((key.decode("latin-1").lower(), value.decode("latin-1")) for key, value in pairs),
            scope["type"] == "websocket",
        )


@dataclass(frozen=True)
class Verdict:
    """What happens to a request: it is let in, perhaps with a cookie to take along, or refused in a line."""

    refusal: str = ""
    gets_cookie: bool = False
    redirect: bool = False


@dataclass(frozen=True)
class Access:
    """The rules of one server.

    Parameters
    ----------
    host : str
        The address that it is bound to.
    port : int

    Attributes
    ----------
    token : str
        In the address that is printed; good as long as the server runs.
    cookie : str
        Name of the cookie. Browsers keep cookies by host, whatever the port: two servers need two names.
    """

    host: str
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    _secret: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    _once: set[str] = field(default_factory=set, repr=False)

    @property
    def cookie(self) -> str:
        return f"chainrule-{self.port}"

    @property
    def origin(self) -> str:
        """What addresses begin with."""
        host = "127.0.0.1" if self._is_everywhere() else self.host
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port}"

    @property
    def address(self) -> str:
        """The address of the page, with the token in it."""
        return f"{self.origin}/?token={self.token}"

    def address_for_once(self) -> str:
        """Return an address that works one time.

        The command line of a browser that is started with it can be read by every user of the machine.
        """
        token = secrets.token_urlsafe(16)
        self._once.add(token)
        return f"{self.origin}/?token={token}"

    def set_cookie(self) -> str:
        """Return the header that gives the cookie to a browser."""
        return f"{self.cookie}={self._secret}; HttpOnly; SameSite=Strict; Path=/"

    def judge(self, request: Request) -> Verdict:
        """Decide on a request."""
        refusal = self._foreign(request)
        if refusal:
            return Verdict(refusal)
        tokens = parse_qs(request.query, keep_blank_values=True).get("token")
        if tokens is not None and request.path == "/" and request.method == "GET" and not request.socket:
            if len(tokens) == 1 and self._is_token(tokens[0]):
                # After a link on another site, a redirect comes without the cookie that is given here.
                return Verdict(gets_cookie=True, redirect=not _from_elsewhere(request))
            return Verdict("This address is not that of the page: its token is wrong, or was used before.")
        if not self._has_cookie(request):
            return Verdict("Open the page with the address that the command has printed; it holds a token.")
        return Verdict()

    def _foreign(self, request: Request) -> str:
        hosts, origins = request.header("host"), request.header("origin")
        if len(hosts) != 1 or not self._is_host(hosts[0].lower()):
            return f"This server has another name: its addresses begin with {self.origin}."
        if len(origins) > 1 or any(each.lower() != f"http://{hosts[0].lower()}" for each in origins):
            return "A page of another site, or of another port, may not talk to this server."
        if not origins and (request.socket or request.method not in ("GET", "HEAD")):
            return "A request that changes something must come from the page; its header Origin is missing."
        if _from_elsewhere(request) and not (request.path == "/" and _opens_a_page(request)):
            return "A page of another site, or of another port, may not use what this server holds."
        return ""

    def _is_host(self, host: str) -> bool:
        name, _, port = host.rpartition(":")
        if port != str(self.port):
            return False
        if name in self._names():
            return True
        return self._is_everywhere() and _is_an_address(name)

    def _names(self) -> set[str]:
        own = f"[{self.host}]" if ":" in self.host else self.host.lower()
        if _is_loopback(self.host):
            return {own, "localhost"}
        here = {"localhost", socket.gethostname().lower()} if self._is_everywhere() else set()
        return {own} | here

    def _is_everywhere(self) -> bool:
        return self.host in ("0.0.0.0", "::")

    def _is_token(self, token: str) -> bool:
        for known in [each for each in self._once if _same(each, token)]:
            self._once.discard(known)
            return True
        return _same(self.token, token)

    def _has_cookie(self, request: Request) -> bool:
        return any(_same(self._secret, value) for value in _cookies(request, self.cookie))


def _cookies(request: Request, name: str) -> list[str]:
    """Return all cookies of that name: another port of this machine may have set one too."""
    pairs = [pair.strip().partition("=") for line in request.header("cookie") for pair in line.split(";")]
    return [value for key, _, value in pairs if key == name]


def _same(known: str, given: str) -> bool:
    return secrets.compare_digest(known.encode(), given.encode("utf-8", "replace"))


def _from_elsewhere(request: Request) -> bool:
    return any(each not in ("same-origin", "none") for each in request.header("sec-fetch-site"))


def _opens_a_page(request: Request) -> bool:
    """Return whether a window is opened with the address, not a frame, a picture or a script."""
    wanted = ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")
    return request.method == "GET" and all(request.header(name) == [value] for name, value in wanted)


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_an_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_an_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name[1:-1] if name.startswith("[") and name.endswith("]") else name)
    except ValueError:
        return False
    return True
