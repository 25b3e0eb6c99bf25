"""Work in threads: stopped when its time is over, never while kernels are compiled."""

import asyncio
import itertools
import threading
import time

import pytest
from numba.core.compiler_lock import global_compiler_lock

from chainrule.lesson import Lesson
from chainrule.lesson.server import _workers
from chainrule.lesson.server._workers import Interrupted, Unstoppable, Workers


def run(scenario):
    async def whole():
        workers = Workers()
        try:
            return await scenario(workers)
        finally:
            workers.close()

    return asyncio.run(whole())


LONG = 600.0
"""Seconds after which work is stopped that is not to be stopped."""


def forever():
    while True:
        time.sleep(0.001)


def busy():
    while True:
        pass


def test_work_is_stopped_and_its_thread_works_on():
    async def scenario(workers):
        for _ in range(3):
            with pytest.raises(Interrupted):
                await workers.run(forever, 0.02)
        assert await workers.run(lambda: "done", LONG) == "done"

    run(scenario)


def test_what_counts_is_the_processors_time(only_a_processor_s_time_counts):
    """On a machine that does much else, work waits for its turn: that is not held against it."""

    async def scenario(workers):
        assert await workers.run(lambda: str(time.sleep(0.2)), 0.05) == "None"
        with pytest.raises(Interrupted):
            await workers.run(busy, 0.02)

    run(scenario)


@pytest.mark.parametrize("looks", range(1, 7))
def test_work_whose_time_is_over_is_stopped_at_once(monkeypatch, looks):
    """Whenever it is over: also between two looks at the clock."""
    seen = itertools.count()
    monkeypatch.setattr(_workers._Job, "left", lambda job: 0.01 if next(seen) < looks else -0.01)
    monkeypatch.setattr(_workers, "_AGAIN", LONG)

    async def scenario(workers):
        with pytest.raises(Interrupted):
            await asyncio.wait_for(workers.run(forever, 1.0), 60)

    run(scenario)


def test_no_interruption_arrives_after_the_work():
    """Work that ends just when its time does: whatever comes of it, the next piece is not hit."""

    def short():
        until = time.monotonic() + 0.002
        while time.monotonic() < until:
            pass
        return "done"

    async def scenario(workers):
        for _ in range(100):
            try:
                await workers.run(short, 0.002)
            except Interrupted:
                pass
            assert await workers.run(lambda: str(sum(range(1000))), LONG) == "499500"

    run(scenario)


def test_work_that_does_not_stop_is_left_alone(monkeypatch):
    monkeypatch.setattr(_workers, "_PATIENCE", 0.05)
    monkeypatch.setattr(_workers, "_AGAIN", 0.02)
    gates = [threading.Lock() for _ in range(3)]
    for gate in gates:
        gate.acquire()

    async def scenario(workers):
        for gate in gates:  # more than may work at once: none of them keeps its turn
            with pytest.raises(Unstoppable):
                await workers.run(gate.acquire, 0.02)  # compiled code, in which Python raises nothing
        assert await workers.run(lambda: "done", LONG) == "done"
        for gate in gates:
            gate.release()

    run(scenario)


def test_learning_that_goes_on_waits_for_what_is_asked():
    order, gate, both_asked = [], threading.Event(), threading.Barrier(2, timeout=LONG)

    async def scenario(workers):
        def work(name):
            order.append(name)
            if name.startswith("ask"):
                both_asked.wait()  # or the thread of one might begin after those of what comes next
            return name

        busy = [asyncio.create_task(workers.run(lambda: str(gate.wait()), LONG)) for _ in range(2)]
        await asyncio.sleep(0)
        tasks = []
        for name in ("run 1", "ask 1", "run 2", "ask 2"):
            runs = name.startswith("run")
            tasks.append(asyncio.create_task(workers.run(lambda name=name: work(name), LONG, patient=runs)))
        given_up = asyncio.create_task(workers.run(lambda: work("given up"), LONG))
        await asyncio.sleep(0)
        given_up.cancel()
        gate.set()
        await asyncio.gather(*busy, *tasks)
        assert {*order[:2]} == {"ask 1", "ask 2"} and {*order[2:]} == {"run 1", "run 2"}
        assert await workers.run(lambda: "all turns are back", LONG) == "all turns are back"

    run(scenario)


def test_compiling_is_not_stopped(only_a_processor_s_time_counts):
    """Its thread has worked for longer than it may before it ends."""
    long_enough, end = threading.Event(), threading.Event()

    def compiles():
        with global_compiler_lock:
            began = time.thread_time()
            while time.thread_time() < began + 0.1:
                pass
            long_enough.set()
            end.wait()
        return "compiled"

    async def scenario(workers):
        task = asyncio.create_task(workers.run(compiles, 0.02))
        while not long_enough.is_set():
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)
        assert not task.done()
        end.set()
        assert await task == "compiled"
        with pytest.raises(Interrupted):  # afterwards time counts again
            await workers.run(busy, 0.02)

    run(scenario)


def test_a_lesson_that_is_stopped_is_as_it_was(monkeypatch):
    """Wherever it is stopped: while it learns, or while what it shows is computed."""
    lesson = Lesson()
    lesson.receive({"do": "network.step", "batches": 5})
    before, eta = lesson.scene().to_json(), lesson.study.network.parameters.copy()
    section = type(lesson.sections["network"])
    for place in ("scene", "step"):
        with monkeypatch.context() as patch:
            real = getattr(section, place)

            def stopped(self, *given, real=real, **fields):
                real(self, *given, **fields)
                raise Interrupted

            stopped.fields = getattr(real, "fields", {})
            patch.setattr(section, place, stopped)
            with pytest.raises(Interrupted):
                lesson.receive({"do": "network.step", "batches": 3})
        assert lesson.scene().to_json() == before
        assert (lesson.study.network.parameters == eta).all()
    assert lesson.receive({"do": "network.step", "batches": 3})["common"]["position"] == 8
