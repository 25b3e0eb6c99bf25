"""The application: who comes in, files, messages in their order, tables, lessons that go."""

import asyncio

import pytest
from tests.lesson.server.asgi import KEY, PORT, Browser, Closed, Refused
from tests.lesson.server.standins import GATES, Tally

from chainrule.lesson.server import _app
from chainrule.lesson.server._access import Access
from chainrule.lesson.server._app import application
from chainrule.lesson.server._files import static_files
from chainrule.lesson.server._guard import POLICY
from chainrule.lesson.server._visits import Visits

OTHER = "b" * 22


def with_browser(test):
    """Run a test with a browser that has the cookie."""

    def run():
        async def scenario():
            access, visits = Access("127.0.0.1", PORT), Visits(Tally, most=3)
            browser = Browser(application(visits, access))
            assert (await browser.get(f"/?token={access.token}")).status == 303
            await test(browser, visits)
            visits.close()

        asyncio.run(scenario())

    run.__doc__ = test.__doc__
    return run


def test_the_way_in():
    async def scenario():
        access = Access("127.0.0.1", PORT)
        browser = Browser(application(Visits(Tally), access))
        assert (await browser.get("/")).status == 403
        wrong = await browser.get("/?token=wrong")
        assert (wrong.status, wrong.text.count("\n"), browser.cookie) == (403, 1, None)
        answer = await browser.get(f"/?token={access.token}")
        # Where the address of a redirect has nothing after a #, browsers keep what was there.
        assert (answer.status, answer.headers["location"]) == (303, "/")
        assert (await browser.get("/nothing")).status == 404

    asyncio.run(scenario())


def test_every_answer_binds_the_browser():
    async def scenario():
        access = Access("127.0.0.1", PORT)
        browser = Browser(application(Visits(Tally), access))
        refused = await browser.get("/")
        entered = await browser.get(f"/?token={access.token}")
        answers = [refused, entered, await browser.get("/nothing"), await browser.ask("POST", "/table")]
        for answer in [*answers, *[await browser.get(path) for path in static_files()]]:
            assert answer.headers["content-security-policy"] == POLICY
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] == "no-store"
            assert not [name for name in answer.headers if name.startswith("access-control")]
        assert POLICY.startswith("default-src 'self'; ") and "unsafe" not in POLICY
        assert "frame-ancestors 'none'" in POLICY

    asyncio.run(scenario())


@with_browser
async def test_files_are_those_of_the_package(browser, _):
    files = static_files()
    for path, file in files.items():
        answer = await browser.get(path)
        assert (answer.status, answer.body) == (200, file.content)
        assert answer.headers["content-type"] == file.media_type
    for path in ("/static/", "/static", "/static/../server/_app.py", "/static/%2e%2e/__init__.py",
                 "//etc/passwd", "/etc/passwd", "/static//lesson.js", "/static/lesson.js%00"):  # fmt: skip
        assert (await browser.get(path)).status == 404
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        assert (await browser.ask(method, "/")).status == 405


@with_browser
async def test_messages_are_answered_in_their_order(browser, _):
    async with browser.lesson() as socket:
        for number in range(20):
            socket.send({"do": "count", "id": number})
        frames = [await socket.frame() for _ in range(20)]
        assert [frame["id"] for frame in frames] == [*range(20)]
        assert [frame["count"] for frame in frames] == [*range(1, 21)]


@with_browser
async def test_a_fault_is_said_and_the_lesson_goes_on(browser, _):
    async with browser.lesson() as socket:
        for do, kind in (("fail", "KeyError"), ("nan", "ValueError")):
            frame = await socket.ask({"do": do, "id": 7})
            assert frame["id"] == 7 and kind in frame["error"] and "\n" not in frame["error"]
        assert (await socket.ask({"do": "count"}))["count"] == 1


@with_browser
async def test_a_page_that_comes_back_finds_its_lesson(browser, visits):
    async with browser.lesson() as socket:
        assert (await socket.ask({"do": "count"}))["count"] == 1
    async with browser.lesson(OTHER) as socket:
        assert (await socket.ask({"do": "count"}))["count"] == 1
    async with browser.lesson() as socket:
        assert (await socket.ask({"do": "count"}))["count"] == 2
    assert len(visits) == 2


@with_browser
async def test_a_lesson_has_one_page(browser, _):
    async with browser.lesson() as first:
        await first.ask({"do": "count"})
        async with browser.lesson() as second:
            with pytest.raises(Closed, match=r"4001.*another window"):
                await first.frame()
            assert (await second.ask({"do": "count"}))["count"] == 2


@with_browser
async def test_one_lesson_too_many_and_the_oldest_idle_one_goes(browser, visits):
    keys = [letter * 22 for letter in "abcd"]
    async with (
        browser.lesson(keys[0]) as busy,
        browser.lesson(keys[1]) as idle,
        browser.lesson(keys[2]) as other,
    ):
        for socket in (busy, idle, other, busy):
            await socket.ask({"do": "count"})
        async with browser.lesson(keys[3]) as late:
            with pytest.raises(Closed, match=r"4002.*idle the longest"):
                await idle.frame()
            assert (await late.ask({"do": "count"}))["count"] == 1
        assert (await busy.ask({"do": "count"}))["count"] == 3
        assert len(visits) == 3
        assert (await other.ask({"do": "count"}))["count"] == 2


@with_browser
async def test_a_page_closes_while_its_message_is_answered(browser, visits):
    GATES["first"].clear()
    async with browser.lesson() as socket:
        socket.send({"do": "dawdle", "gate": "first"})
        while not visits.find(KEY).turn.locked():
            await asyncio.sleep(0.001)
        async with browser.lesson() as second:
            with pytest.raises(Closed, match="4001"):
                await socket.frame()
            second.send({"do": "count"})
            await asyncio.sleep(0.01)
            assert second.outbox.empty()  # the message before it is not done
            GATES["first"].set()
            assert (await second.frame())["count"] == 2


def test_what_takes_too_long_is_stopped_and_said(monkeypatch, only_a_processor_s_time_counts):
    monkeypatch.setattr(_app, "_MESSAGE_SECONDS", 0.01)

    @with_browser
    async def scenario(browser, visits):
        async with browser.lesson() as socket, browser.lesson(OTHER) as other:
            socket.send({"do": "dawdle", "gate": "never", "id": 3})
            socket.send({"do": "count", "id": 4})
            assert (await other.ask({"do": "count"}))["count"] == 1
            frame = await socket.frame()
            assert (frame["id"], frame["error"]) == (
                3,
                "stopped after 0.01 s; the lesson is as it was before",
            )
            assert (await socket.frame())["id"] == 4
            assert visits.find(KEY).lesson.stopped == 1

    scenario()


@with_browser
async def test_two_lessons_at_a_time(browser, _):
    """A lesson that computes does not keep another one waiting."""
    GATES["first"].clear()
    async with browser.lesson() as slow, browser.lesson(OTHER) as quick:
        slow.send({"do": "dawdle", "gate": "first"})
        for count in range(1, 6):
            assert (await quick.ask({"do": "count"}))["count"] == count
        GATES["first"].set()
        assert (await slow.frame())["count"] == 1


@with_browser
async def test_tables(browser, visits):
    address = f"/table?key={KEY}&name=h%C3%A4user.csv"
    lost = await browser.ask("POST", address, b"a,b")
    assert (lost.status, lost.json()["error"]) == (404, "this lesson is not open; load the page again")
    async with browser.lesson() as socket:
        await socket.ask({"do": "count"})
        frame = (await browser.ask("POST", address, [b"a,b\n", b"1,2\n"])).json()
        assert (frame["size"], frame["name"], frame["count"]) == (8, "häuser.csv", 2)
        for size in ("20000001", "-1", "x", "²", "9" * 30):
            refused = await browser.ask("POST", address, b"a,b", content_length=size)
            assert (refused.status, refused.json()["error"]) == (413, "the table is larger than 20 MB")
        piece = bytes(10**6)
        most = await browser.ask("POST", address, [piece] * 20)
        assert most.json()["size"] == 20 * 10**6
        refused = await browser.ask("POST", address, [*[piece] * 20, b"1", piece])
        assert refused.status == 413
        assert (await socket.ask({"do": "count"}))["count"] == 4
        for origin in (None, "http://evil.example"):
            assert (await browser.ask("POST", address, b"a,b", origin=origin)).status == 403


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": None}, {"host": f"evil.example:{PORT}"}, {"cookie": None},
     {"origin": "http://127.0.0.1:8124"}, {"sec_fetch_site": "same-site"}],
)  # fmt: skip
def test_sockets_of_others_are_refused(headers):
    @with_browser
    async def scenario(browser, visits):
        with pytest.raises(Refused):
            async with browser.lesson(**headers):
                pass
        assert len(visits) == 0

    scenario()


@pytest.mark.parametrize(
    "key", ["", "short", "a" * 65, "a" * 21 + "/", "a" * 21 + "é", "%00" * 22, "a" * 21 + "%0A"]
)
def test_keys_that_cannot_be(key):
    @with_browser
    async def scenario(browser, visits):
        with pytest.raises(Refused):
            async with browser.lesson(key):
                pass
        assert len(visits) == 0

    scenario()


def test_lessons_without_a_page_are_kept_for_some_minutes():
    async def scenario():
        now = [0.0]
        visits = Visits(Tally, now=lambda: now[0])

        async def page(code, reason):
            pass

        visit = await visits.enter(KEY, page)
        now[0] = 5000.0
        visits.forget_left()
        assert visits.find(KEY) is visit  # its page is there
        visits.leave(visit, page)
        now[0] += 599
        visits.forget_left()
        assert visits.find(KEY) is visit
        now[0] += 2
        visits.forget_left()
        assert visits.find(KEY) is None

    asyncio.run(scenario())
