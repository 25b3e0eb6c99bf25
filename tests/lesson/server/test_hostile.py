"""Messages, uploads and addresses of somebody who means harm: refused in one line, and nothing has changed.

Wrong values for every setting and every field of every action are made from the fields themselves; the rest
is written out. `test_they_are_many` counts.
"""

import asyncio
import gzip
import io
import json
import zipfile
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from tests.lesson.server.asgi import KEY, ORIGIN, PORT, Browser, Closed, Refused

from chainrule.lesson import Lesson, MessageError
from chainrule.lesson._fields import Field
from chainrule.lesson.sections import SECTIONS
from chainrule.lesson.server._access import Access
from chainrule.lesson.server._app import application
from chainrule.lesson.server._visits import Visits

CODE = ["__import__('os').system('touch /tmp/hacked')", "().__class__.__bases__[0].__subclasses__()",
"exec('1')",
        "open('/etc/passwd').read()", "(lambda: 1)()", "x.__class__", "eval('x')", "x; import os",
        "x\nimport os",
        "f'{x}'", "[x for x in (1,)]", "9**9**9**9", "x if x else 1", "x := 1", "sin.__globals__",
        "globals()",
        "'a' * 10**9", "Symbol('x')", "S('1')", "factorial(10**9)", "x" * 5000, "(" * 500 + "x" + ")" * 500,
        "-" * 2000 + "x", "1e999", "${x}", "{{7*7}}", "x\u2028", "\u202ex", "\x00"]  # fmt: skip

# No JSON object, or one in which something is not to be had.
TEXTS = [
    "", " ", "{", "}", "[]", "[{}]", "null", "true", "1", '"read"', "{'do': 'read'}", '{"do": "read"',
    '{"do": "read",}', '{"do": "read"} {"do": "read"}', '{"do": "read"}x', '{"do": "read", "do": "read"}',
    '{"id": 1, "id": 2, "do": "read"}', "\ufeff" + '{"do": "read"}', '{"do": "read\x00"}',
    '{"do": "\\ud800"}',
    *(f'{{"do": "network.set", "rate": {number}}}' for number in
      ("NaN", "Infinity", "-Infinity", "1e999", "0x10", "01", ".5", "1.", "+1", "1_0", "٣", "--1")),
    *(f'{{"do": "network.step", "batches": {number}}}' for number in
      ("9" * 5000, "1" + "0" * 400, "1.5", "true", '"1"', "[1]", "0", "-1", "null")),
    "[" * 100_000, "{" * 100_000, '{"do":' * 50_000,
    '{"do": "network.set", "hidden": ' + "[" * 40 + "]" * 40 + "}",
    "{" + ", ".join(f'"f{k}": 1' for k in range(20_000)) + "}",
    '{"do": "network.set", ' + ", ".join(f'"f{k}": 1' for k in range(2_000)) + "}",
    '{"do": "' + "x" * 900_000 + '"}', '{"do": "network.set", "hidden": [' + "1," * 200_000 + "1]}",
    "/*x*/{}", "<html>", "GET / HTTP/1.1",
]  # fmt: skip

MESSAGES: list[Any] = [
    {}, {"do": None}, {"do": 1}, {"do": []}, {"do": {}}, {"do": ""}, {"do": "network"}, {"do": "network."},
    {"do": ".set"}, {"do": "nothing"}, {"do": "network.nothing"}, {"do": "network.__init__"},
    {"do": "network.__class__"}, {"do": "network.do"}, {"do": "network.content"}, {"do": "network.scene"},
    {"do": "network.study_changed"}, {"do": "network.study"}, {"do": "network.values"},
    {"do": "network.name"},
    {"do": "network.set.fields"}, {"do": "network.step.fields"}, {"do": "__class__.set"}, {"do": "receive"},
    {"do": "Read"}, {"do": "read "}, {"do": "read", "x": 1}, {"do": "read", "sections": []}, {"do": "show"},
    {"do": "show", "sections": "network"}, {"do": "show", "sections": ["nothing"]}, {"do": "show",
    "sections": [1]},
    {"do": "show", "sections": ["network"] * 50}, {"do": "show", "sections": None}, {"do": "choose row"},
    {"do": "choose row", "row": -1}, {"do": "choose row", "row": 200}, {"do": "choose row", "row": 10**9},
    {"do": "choose row", "row": 1.0}, {"do": "choose row", "row": "1"}, {"do": "choose row", "row": [1]},
    {"do": "read", "id": "a"}, {"do": "read", "id": -1}, {"do": "read", "id": 1.5}, {"do": "read",
    "id": True},
    {"do": "read", "id": 2**60}, {"do": "read", "id": [1]}, {"do": "read", "__class__": 1},
    {"do": "network.set", "values": {}}, {"do": "network.set", "study": 1}, {"do": "network.set",
    "__dict__": {}},
    {"do": "network.set", "self": 1}, {"do": "network.set", "hidden": [200] * 8},
    {"do": "network.set", "hidden": [200, 200, 200, 200], "solver": "lm"}, {"do": "network.set",
    "data": "own"},
    {"do": "network.set", "data": "../../etc/passwd"}, {"do": "network.set", "data": "/etc/passwd"},
    {"do": "network.set", "hidden": [4, 4], "activations": ["tanh"]}, {"do": "network.set",
    "loss": "poisson"},
    {"do": "network.set", "data": "sine", "loss": "cross_entropy"}, {"do": "network.upload"},
    {"do": "network.upload", "name": "a.csv", "content": "../../etc/passwd"},
    {"do": "network.upload", "name": "/etc/passwd", "content": None}, {"do": "network.upload",
    "name": "a.csv"},
    {"do": "network.upload", "name": "a.csv", "content": ["a"]}, {"do": "network.upload", "content": "YQ=="},
    {"do": "go to"}, {"do": "go to", "address": None}, {"do": "go to", "address": "x" * 30_000},
    {"do": "save", "path": "/tmp/x"}, {"do": "save", "name": "../x"},
]  # fmt: skip

ADDRESSES = [
    "x", "x=1", "=", "network=1", "network.=1", ".rate=1", "network.nothing=1", "network.__class__=1",
    "network.values=1",
    "network.rate=", "network.rate=nan", "network.rate=inf", "network.rate=1e999", "network.rate=-1",
    "network.rate=x",
    "network.rate=1_0", "network.rate=0x1", "network.n=0", "network.n=-5", "network.n=1e9",
    "network.n=" + "9" * 5000,
    "network.n=٣", "network.n=3.0", "network.hidden=" + "_".join(["200"] * 9), "network.hidden=0",
    "network.hidden=" + "_".join(["1"] * 5000), "network.hidden=200_200_200_200",
    "network.activations=tanh_x",
    "network.activations=tanh_tanh", "network.data=x", "network.data=../../etc/passwd",
    "network.loss=poisson",
    "network.data=sine&network.loss=cross_entropy", "network.solver=__import__", "row=-1", "row=x",
    "row=99999",
    "row=1e2", "at=-1", "at=x", "at=" + "9" * 30, "at=1.5", "weights=", "weights=x", "weights=AAAA",
    "weights=" + "A" * 181, "weights=" + "f" * 180 + "=", "weights=é",
    "&".join(f"network.n={k}" for k in range(5_000)),
    "network.rate=<script>alert(1)</script>", "javascript:alert(1)", "%00", "network.rate=%00",
    "network.rate=%ff",
    "weights=AAAAAAAA8H8" + "A" * 100, "network.seed=-1", "network.seed=9999999999", "network.noise=2",
]  # fmt: skip


def wrong_values(field: Field) -> list[Any]:
    """Values of every kind that a field does not take; those that it happens to take are left out."""
    candidates: list[Any] = [None, True, -1, 0.5, 10**400, -1e308, 1e-320, "", "1",
    "<img src=x onerror=alert(1)>",
                             "x" * 30_000, [], [[]], [None], ["x"] * 100_000, {},
                             {"a": 1}, [1e308] * 8, *CODE[:6]]  # fmt: skip
    refused = []
    for value in candidates:
        try:
            field.check(value, "x")
        except MessageError:
            refused.append(value)
    return refused


def made_from_fields() -> list[Any]:
    made: list[Any] = [{"do": "by_hand.set", name: code} for name in ("f", "g") for code in CODE]
    for section in SECTIONS:
        for name, (field, _) in section.settings.items():
            made += [{"do": f"{section.name}.set", name: value} for value in wrong_values(field)[:9]]
        for action in section.actions():
            fields = getattr(getattr(section, action.partition(".")[2], None), "fields", None)
            if fields is None:
                continue
            made.append({"do": action, "more": 1})
            made += [
                {"do": action, name: value} for name in fields for value in wrong_values(fields[name])[:4]
            ]
    return made


def _zip_bomb() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(30_000_000))
    return whole.getvalue()


UPLOADS: dict[str, bytes] = {
    "empty.csv": b"", "blank.csv": b"\n\n\n", "header.csv": b"a,b\n", "one.csv": b"a,b\n1,2\n",
    "nul.csv": b"\x00" * 1000,
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10, "ragged.csv": b"a,b\n1\n1,2,3\n4,5,6,7\n",
    "wide.csv": b",".join(b"c%d" % k for k in range(20_000)) + b"\n" + b",".join([b"1"] * 20_000) + b"\n",
    "long.csv": b"a,b\n" + b"1,2\n" * 100_001, "cell.csv": b"a,b\n" + b"x" * 5_000_000 + b",1\n2,3\n",
    "quote.csv": b'a,b\n"' + b"x\n" * 100_000, "text.csv": b"a,b\nx,y\nz,w\n", "same.csv": b"a,a\n1,2\n3,4\n",
    "bomb.csv.gz": gzip.compress(bytes(30_000_000)), "bomb.xlsx": _zip_bomb(),
    "model.pkl": b"cos\nsystem\n(S'true'\ntR.",
    "a.parquet": b"PAR1" + bytes(100) + b"PAR1", "../../etc/passwd": b"a,b\n",
    "infinite.csv": b"a,b\ninf,1\nnan,2\n",
    "page.html": b"<script>alert(1)</script>", "numbers.npy": b"\x93NUMPY" + bytes(100),
    "archive.chainrule": b"PK\x03\x04" + bytes(100), "rtl\u202e.csv": b"a,b\n", "n" * 5000: b"a,b\n1,2\n",
}  # fmt: skip

HEADERS: list[dict[str, Any]] = [
    {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1"}, {"origin": None},
    {"origin": "http://127.0.0.1:8124"}, {"origin": f"http://localhost:{PORT}"}, {"origin": ORIGIN + "/"},
    {"host": "evil.example"}, {"host": f"evil.example:{PORT}"}, {"host": f"127.0.0.1.evil.example:{PORT}"},
    {"host": None}, {"host": ""}, {"host": f"evil.example:{PORT}", "origin": f"http://evil.example:{PORT}"},
    {"cookie": None}, {"cookie": ""}, {"cookie": f"chainrule-{PORT}=x"}, {"cookie": f"chainrule-{PORT}="},
    {"cookie": "chainrule=x; chainrule-1=y"}, {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
]  # fmt: skip

PATHS = ["/../etc/passwd", "/static/../../../../etc/passwd", "/static/%2e%2e/%2e%2e/pyproject.toml",
"/static/..%2fpage.html",
         "/static/....//page.js", "//etc/passwd", "/static/page.js%00.html", "/static/page.js/",
         "/static/PAGE.JS", "/static",
         "/static/", "/page.html", "/lesson/../table", "/.env", "/server/_app.py", "/static/\\..\\..\\x",
         "/static/~root",
         "/?token=x", "/?token=", "/?token=a&token=b", "/openapi.json", "/docs", "/static/kit"]  # fmt: skip


class Attacked:
    """One lesson behind a server, and what it is like before and after."""

    def __init__(self) -> None:
        self.lesson = Lesson()
        self.lesson.receive({"do": "network.step", "batches": 3})
        self.lesson.receive({"do": "show", "sections": []})
        self.access = Access("127.0.0.1", PORT)
        self.visits = Visits(lambda: self.lesson)
        self.browser = Browser(application(self.visits, self.access))
        self.before = self.lesson.scene().to_json()

    def brief(self) -> Any:
        """What of the state is quickly compared; the whole scene is compared once at the end."""
        study = self.lesson.study
        return study.common(), self.lesson.address, study.network.parameters.tolist(), self.lesson._shown


def attacked(scenario) -> None:
    """Run a scenario, and compare the lesson's scene before with that after."""

    async def whole() -> None:
        victim = Attacked()
        await victim.browser.get(f"/?token={victim.access.token}")
        await scenario(victim)
        assert victim.lesson.scene().to_json() == victim.before
        victim.visits.close()

    asyncio.run(whole())


def check(victim: Attacked, before: Any, frame: dict[str, Any], what: Any) -> None:
    shown = str(what)[:200]
    assert frame["error"], shown
    assert "\n" not in frame["error"] and len(frame["error"]) < 700, shown
    assert victim.brief() == before, shown


def test_they_are_many():
    counts = [TEXTS, MESSAGES, made_from_fields(), ADDRESSES, UPLOADS, HEADERS, PATHS]
    assert sum(map(len, counts)) >= 350 and all(counts)


def test_messages():
    async def scenario(victim):
        before = victim.brief()
        async with victim.browser.lesson() as socket:
            for message in [*TEXTS, *MESSAGES, *made_from_fields()]:
                check(victim, before, await socket.ask(message), message)

    attacked(scenario)


def test_addresses():
    async def scenario(victim):
        before = victim.brief()
        async with victim.browser.lesson() as socket:
            for address in ADDRESSES:
                check(victim, before, await socket.ask({"do": "go to", "address": address}), address)

    attacked(scenario)


def test_uploads():
    async def scenario(victim):
        before = victim.brief()
        async with victim.browser.lesson() as socket:
            await socket.ask({"do": "show", "sections": []})
            for name, content in UPLOADS.items():
                answer = await victim.browser.ask("POST", f"/table?key={KEY}&name={quote(name)}", content)
                check(victim, before, answer.json(), name)

    attacked(scenario)


@pytest.mark.parametrize(
    "send", [lambda socket: socket.send_bytes(b'{"do": "read"}'), lambda socket: socket.send("x" * 2**21)]
)
def test_frames_that_close_the_socket(send):
    async def scenario(victim):
        async with victim.browser.lesson() as socket:
            send(socket)
            with pytest.raises(Closed, match=r"1003|1009"):
                await socket.frame()
        async with victim.browser.lesson() as socket:
            assert (await socket.ask({"do": "read", "id": 5}))["id"] == 5

    attacked(scenario)


def test_headers():
    async def scenario(victim):
        for headers in HEADERS:
            with pytest.raises(Refused):
                async with victim.browser.lesson(**headers):
                    pass
            given = {"content_type": "text/plain", **headers}
            answer = await victim.browser.ask("POST", f"/table?key={KEY}&name=a.csv", b"a,b\n1,2\n", **given)
            assert answer.status == 403 and answer.text.count("\n") == 1
        assert len(victim.visits) == 0

    attacked(scenario)


def test_paths():
    async def scenario(victim):
        for path in PATHS:
            answer = await victim.browser.get(path)
            assert answer.status in (403, 404) and answer.text.count("\n") == 1, path
            assert b"root:" not in answer.body and b"import" not in answer.body

    attacked(scenario)


def test_what_is_refused_is_refused_alike_in_python():
    """The notebook's messages come as objects, not as texts: also those that JSON could not hold."""
    lesson = Lesson()
    lesson.receive({"do": "show", "sections": []})
    before = lesson.scene().to_json()
    strange = [
        float("nan"),
        float("inf"),
        np.float64(0.1),
        object(),
        b"x",
        {1: 2},
        {1, 2},
        1j,
        np.zeros(3),
        range(5),
    ]
    for value in strange:
        assert lesson.receive(value)["error"]
        assert lesson.receive({"do": value})["error"]
        assert lesson.receive({"do": "network.set", "rate": value})["error"]
        assert lesson.receive({"do": "network.set", "hidden": [value]})["error"]
        assert lesson.receive({"do": "choose row", "row": value})["error"]
        assert lesson.receive({"do": "read", "id": value})["error"]
    assert lesson.scene().to_json() == before
    assert json.loads(before)["common"]["position"] == 0
