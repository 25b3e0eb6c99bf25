"""Who is let in, by host, origin, token and cookie."""

import pytest

from chainrule.lesson.server._access import Access, Request
from sweeps import for_each

PORT = 8123
ACCESS = Access("127.0.0.1", PORT)
COOKIE = ACCESS.set_cookie().partition(";")[0]
SECRET = COOKIE.partition("=")[2]
OWN = f"http://127.0.0.1:{PORT}"


def request(
    path="/", method="GET", query="", host=f"127.0.0.1:{PORT}", socket=False, cookie=COOKIE, **others
):
    headers = [("host", host), ("cookie", cookie)] + [(k.replace("_", "-"), v) for k, v in others.items()]
    return Request(method, path, query, tuple((k, v) for k, v in headers if v is not None), socket)


def allowed(*given, access=ACCESS, **others) -> bool:
    return not access.judge(request(*given, **others)).refusal


def test_with_the_cookie():
    assert allowed() and allowed("/static/lesson.js")
    assert allowed("/table", "POST", origin=OWN)
    assert allowed("/lesson", socket=True, origin=OWN)
    assert allowed(host=f"localhost:{PORT}") and allowed(host=f"LocalHost:{PORT}")
    assert allowed("/lesson", socket=True, host=f"localhost:{PORT}", origin=f"http://localhost:{PORT}")


def without_secrets(value):
    """Name a test the same in every process."""
    for secret, name in ((SECRET, "SECRET"), (ACCESS.token, "TOKEN")):
        value = value and value.replace(secret, name).replace(secret[:-1], name[:-1])
    return str(value)


@pytest.mark.parametrize(
    "cookie",
    [None, "", "chainrule-8123=", "chainrule-8123=x", COOKIE + "x", COOKIE[:-1], f"chainrule-8124={SECRET}",
     COOKIE.replace("-8123", ""), f"other={SECRET}", "chainrule-8123=é",
     f"chainrule-8123={ACCESS.token}"],
    ids=without_secrets,
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/lesson", "/table", "/static/lesson.js", "/favicon.ico", "/nothing"])
def test_without_it(path, cookie):
    for method, socket in (("GET", False), ("POST", False), ("GET", True)):
        refusal = ACCESS.judge(request(path, method, cookie=cookie, socket=socket, origin=OWN)).refusal
        assert refusal.startswith("Open the page with the address")


def test_a_cookie_of_the_same_name_from_another_port_does_not_shut_one_out():
    assert allowed(cookie=f"chainrule-8123=evil; {COOKIE}") and allowed(cookie=f"{COOKIE}; chainrule-8123=x")


HOSTS = ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", "localhost", "127.0.0.1:81234",
         f"127.0.0.1.evil.example:{PORT}", f"127.0.0.2:{PORT}", f"[::1]:{PORT}", f"0.0.0.0:{PORT}", "", None,
         f"127.0.0.1@evil.example:{PORT}", f" 127.0.0.1:{PORT}", f"127.0.0.1:{PORT} ",
         f"2130706433:{PORT}"]  # fmt: skip


@for_each("host", HOSTS)
def test_other_hosts(host):
    assert not allowed(host=host)
    assert not allowed(host=host, origin=f"http://{host}")
    assert not allowed(host=host, query=f"token={ACCESS.token}", cookie=None)
    assert not allowed("/lesson", socket=True, host=host, origin=OWN)


def test_two_hosts():
    two = Request("GET", "/", "", (*request().headers, ("host", f"127.0.0.1:{PORT}")))
    assert ACCESS.judge(two).refusal


ORIGINS = ["http://evil.example", "null", "", "http://127.0.0.1", f"https://127.0.0.1:{PORT}",
           "http://127.0.0.1:8124", f"http://localhost:{PORT}", f"http://127.0.0.1:{PORT}.evil.example", f"http://127.0.0.1:{PORT}/",
           "file://",
           f"ws://127.0.0.1:{PORT}", f"http://evil.example, {OWN}"]  # fmt: skip


@for_each("origin", ORIGINS)
def test_other_origins(origin):
    """A page of another port of this machine gets the cookie along: only its Origin gives it away."""
    assert not allowed("/lesson", socket=True, origin=origin)
    assert not allowed("/table", "POST", origin=origin)
    assert not allowed("/", origin=origin)
    assert not allowed(query=f"token={ACCESS.token}", origin=origin)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get"])
def test_what_changes_something_names_its_origin(method):
    assert not allowed("/table", method)
    assert not allowed("/lesson", socket=True)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "other"])
def test_pages_of_other_sites_use_nothing(site):
    for path in ("/static/lesson.js", "/static/icon.svg", "/table", "/lesson"):
        assert not allowed(path, sec_fetch_site=site, sec_fetch_mode="no-cors", sec_fetch_dest="script")
        assert not allowed(path, sec_fetch_site=site, sec_fetch_mode="navigate", sec_fetch_dest="document")
    assert not allowed("/", sec_fetch_site=site, sec_fetch_mode="navigate", sec_fetch_dest="iframe")
    assert allowed("/", sec_fetch_site=site, sec_fetch_mode="navigate", sec_fetch_dest="document")
    assert allowed("/static/lesson.js", sec_fetch_site="same-origin")


def test_the_token_is_exchanged_for_the_cookie():
    verdict = ACCESS.judge(request(query=f"token={ACCESS.token}", cookie=None))
    assert (verdict.refusal, verdict.gets_cookie, verdict.redirect) == ("", True, True)
    name, *attributes = ACCESS.set_cookie().split("; ")
    assert {*attributes} == {"HttpOnly", "SameSite=Strict", "Path=/"} and name.startswith("chainrule-8123=")
    assert ACCESS.token not in name and len(ACCESS.token) >= 22


def test_after_a_link_on_another_site_there_is_no_redirect():
    """It would come without the cookie, which is SameSite=Strict."""
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    verdict = ACCESS.judge(request(query=f"token={ACCESS.token}", cookie=None, **link))
    assert (verdict.refusal, verdict.gets_cookie, verdict.redirect) == ("", True, False)


@pytest.mark.parametrize(
    "query",
    ["token=", "token", "token=x", f"token={ACCESS.token}x", f"token={ACCESS.token[:-1]}", "token=%00",
     "token=é", f"token={ACCESS.token}&token=x", f"token={SECRET}"],
    ids=without_secrets,
)  # fmt: skip
def test_wrong_tokens(query):
    assert "token is wrong" in ACCESS.judge(request(query=query, cookie=None)).refusal
    assert "token is wrong" in ACCESS.judge(request(query=query)).refusal


@pytest.mark.parametrize("path", ["/lesson", "/table", "/static/lesson.js", "//"])
def test_a_token_opens_the_page_only(path):
    for method, socket in (("GET", False), ("POST", False), ("GET", True)):
        query = f"token={ACCESS.token}"
        assert not allowed(path, method, query, cookie=None, socket=socket, origin=OWN)


def test_an_address_for_once():
    access = Access("127.0.0.1", PORT)
    query = access.address_for_once().partition("?")[2]
    assert access.token not in query
    assert allowed(query=query, cookie=None, access=access)
    assert not allowed(query=query, cookie=None, access=access)
    assert allowed(query=f"token={access.token}", cookie=None, access=access)


def test_secrets_are_not_printed():
    assert ACCESS.token not in repr(ACCESS) and COOKIE.partition("=")[2] not in repr(ACCESS)


def test_bound_to_every_address():
    access = Access("0.0.0.0", PORT)
    cookie = access.set_cookie().partition(";")[0]
    for host in ("192.168.1.7", "127.0.0.1", "[fe80::1]", "localhost"):
        assert allowed(host=f"{host}:{PORT}", access=access, cookie=cookie)
    for host in ("evil.example", "192.168.1.7.evil.example", "1.2.3", "[evil]", "192.168.1.7:1"):
        assert not allowed(host=f"{host}:{PORT}", access=access, cookie=cookie)
    assert access.address.startswith(f"http://127.0.0.1:{PORT}/?token=")


def test_bound_to_one_address():
    access = Access("192.168.1.7", PORT)
    cookie = access.set_cookie().partition(";")[0]
    assert allowed(host=f"192.168.1.7:{PORT}", access=access, cookie=cookie)
    for host in ("localhost", "192.168.1.8", "evil.example"):
        assert not allowed(host=f"{host}:{PORT}", access=access, cookie=cookie)
    assert Access("::1", PORT).origin == f"http://[::1]:{PORT}"
    sixth = Access("::1", PORT)
    cookie = sixth.set_cookie().partition(";")[0]
    assert allowed(host=f"[::1]:{PORT}", access=sixth, cookie=cookie)
