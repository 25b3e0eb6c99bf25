"""``chainrule page``: a server that says its address, opens a browser, and ends on Ctrl-C."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import webbrowser

import numpy as np
import pytest

from chainrule.cli import _page
from chainrule.io import load
from chainrule.lesson import server
from chainrule.lesson.server import Access

ADDRESS = re.compile(r"page     http://(127\.0\.0\.1):(\d+)(/\?token=[\w-]{22})")


def started(*arguments):
    program = "import sys; from chainrule.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "page", "--no-browser", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT there")
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_it_serves_until_it_is_stopped(number, code):
    with started() as process:
        host, port, path = ADDRESS.fullmatch(process.stdout.readline().rstrip()).groups()
        connection = http.client.HTTPConnection(host, int(port))
        connection.request("GET", path)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("location")) == (303, "/")
        assert answer.getheader("server") is None
        connection.close()
        with socket.create_connection((host, int(port))) as other:  # one that says nothing keeps nobody
            process.send_signal(number)
            out, err = process.stdout.read(), process.stderr.read()
            other.close()
    assert (process.wait(), out) == (code, "ends     with Ctrl-C\n")
    assert err.splitlines()[-1] == "error: interrupted; the page has ended"


@pytest.fixture
def lessons(run, trained, tmp_path, monkeypatch):
    """Lessons that the server would make for two pages that come."""
    made = []
    monkeypatch.setattr(server, "serve", lambda new, started, *, host, port: made.extend([new(), new()]))

    def lessons(*arguments):
        ended = run(
            "page", "--no-browser", *[str(trained / each) if "." in each else each for each in arguments]
        )
        assert ended.code == 0, ended.err
        return made

    return lessons


def test_a_table_is_learnt(lessons):
    first, second = lessons("houses.csv", "--target", "price", "--ignore", "garden")
    frame = first.receive({"do": "network.step", "batches": 2})
    common = frame["common"]
    assert (common["outputs"], common["task"], common["n_rows"]) == (["price"], "regression", 120)
    assert not any("garden" in name for name in common["inputs"])
    assert any("side" in name for name in common["inputs"])
    other = second.receive({"do": "read"})["common"]
    assert (other["position"], other["layer_sizes"]) == (0, common["layer_sizes"])  # a lesson of its own


def test_a_model_is_shown_with_its_own_weights(lessons, trained):
    first, second = lessons("dear.chainrule", "houses.csv")
    network = load(trained / "dear.chainrule").pipeline[-1].network_
    for lesson in (first, second):
        assert lesson.study.network.layer_sizes == network.layer_sizes
        np.testing.assert_allclose(lesson.study.network.parameters, network.parameters, rtol=1e-6)
    first.receive({"do": "network.step", "batches": 1})
    np.testing.assert_allclose(second.study.network.parameters, network.parameters, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("houses.csv",), "--target COLUMN is missing; the columns of houses.csv are 'side', 'town'"),
        (("houses.csv", "--target", "x"), "x"),
        (("absent.csv", "--target", "x"), "there is no file absent.csv"),
        (("absent.csv",), "there is no file absent.csv"),
        (("price.chainrule",), "price.chainrule is a model; name a table too"),
        (("price.chainrule", "houses.csv", "--ignore", "town"), "a model knows its columns"),
        (("--target", "price"), "--target price: name the table too"),
        (("houses.csv", "price.chainrule"), "price.chainrule is a model: name it first"),
    ],
)
def test_files_that_do_not_go_together(run, trained, monkeypatch, arguments, said):
    monkeypatch.chdir(trained)
    ended = run("page", "--no-browser", *arguments)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1), ended
    assert said in ended.err


def test_the_browser_gets_an_address_for_once(monkeypatch, run):
    opened, access = [], Access("127.0.0.1", 8123)

    class Desktop:
        def open(self, address):
            opened.append(address)

    def serve(new, started, *, host, port):
        started(access)

    class AtOnce:
        def __init__(self, target, args, daemon):
            self.start = lambda: target(*args)

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr(webbrowser, "get", Desktop)
    monkeypatch.setattr(_page.threading, "Thread", AtOnce)
    ended = run("page")
    assert ended.code == 0 and access.token in ended.out and access.token not in ended.err
    assert len(opened) == 1 and opened[0].startswith("http://127.0.0.1:8123/?token=")
    assert access.token not in opened[0]  # other users see the command line of a browser
    assert run("page", "--no-browser").code == 0 and len(opened) == 1
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("w3m"))
    assert run("page").code == 0 and len(opened) == 1


def test_another_address_is_said_what_it_means(monkeypatch, run):
    monkeypatch.setattr(server, "serve", lambda new, started, *, host, port: started(Access(host, 8123)))
    ended = run("page", "--host", "0.0.0.0", "--no-browser")
    assert ended.err.splitlines()[-1].startswith("note: with --host 0.0.0.0, whoever reaches port 8123")
    assert "--host" not in run("page", "--no-browser").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--port", 65536), "--port 65536: give a whole number from 0 to 65535"),
        (("--port", "-1"), "--port -1: give a whole number from 0 to 65535"),
        (("--port", "x"), "--port x: give a whole number"),
        (("--host", "203.0.113.1"), "203.0.113.1 port 0: Cannot assign requested address"),
        (("--host", "a" * 70), "Name or service not known"),
    ],
)
def test_what_cannot_be(run, arguments, said):
    ended = run("page", "--no-browser", *arguments)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert said in ended.err


def test_a_port_that_is_taken(run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("page", "--no-browser", "--port", port)
    assert (ended.code, ended.err) == (2, f"error: 127.0.0.1 port {port}: Address already in use\n")


@pytest.mark.parametrize("name", ["starlette", "uvicorn"])
def test_what_is_not_installed_is_named(run, monkeypatch, name):
    for module in [each for each in sys.modules if each.startswith(("chainrule.lesson.server", name))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    assert run("page", "--no-browser").err.endswith("pip install 'chainrule[page]'\n")
