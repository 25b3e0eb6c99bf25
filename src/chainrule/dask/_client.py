"""Where a fit meets the one who called it: hooks, Ctrl-C, clients that wait and those that do not."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, wait
from typing import Any, NamedTuple, TypeVar

from distributed import Client
from distributed.client import default_client

from chainrule.dask._fit import Fit
from chainrule.dask._hooks import Audience, HereHook
from chainrule.training import EpochReport

__all__ = ["client_of", "followed", "waited_for"]

Result = TypeVar("Result")
_OFTEN = 0.2
_PATIENCE = 10.0
"""Seconds that a fit which is given up may take to tidy up."""


def client_of(given: Client | None) -> Client:
    """Return a client, the active one if none is given.

    Raises
    ------
    ValueError
        Without one, or if it is closed.
    TypeError
        If something else is given.
    """
    if given is not None:
        return _open(given)
    try:
        return default_client()
    except ValueError:
        raise ValueError("there is no Dask client: make a dask.distributed.Client, or give client=") from None


def _open(given: Any) -> Client:
    if not isinstance(given, Client):
        raise TypeError(
            f"client must be a dask.distributed.Client, got {given!r}: make one, as in Client(...)"
        )
    if given.status in ("closing", "closed"):
        raise ValueError("client is closed: make another dask.distributed.Client")
    return given


def waited_for(client: Client, work: Callable[[], Coroutine[Any, Any, Result]]) -> Any:
    """Return what comes of a coroutine, or with an asynchronous client the coroutine itself."""
    return client.sync(work)


def followed(
    client: Client, audience: Audience, begin: Callable[[Any], Fit], end: Callable[[Any], Result]
) -> Any:
    """Run a fit, and call hooks after each of its epochs: in the thread that has called it.

    Parameters
    ----------
    client : Client
    audience : Audience
        Whose hooks are called.
    begin : callable
        Given whom the fit is to tell of epochs (None: nobody), returns it.
    end : callable
        Given what `Fit.run` returns, returns the result.

    Returns
    -------
    result, or with an asynchronous client a coroutine
    """
    run = _run_here if client.asynchronous else _run_there
    return run(client, audience, begin, end)


async def _run_here(
    client: Client, audience: Audience, begin: Callable[[Any], Fit], end: Callable[[Any], Result]
) -> Result:
    """Run a fit on the event loop that runs now."""
    with audience.listening() as hooks:

        async def ask(report: EpochReport, network: bytes | None) -> bool:
            return any([hook(report, network) for hook in hooks])

        found = await begin(ask if hooks else None).run()
    return end(found)


def _run_there(
    client: Client, audience: Audience, begin: Callable[[Any], Fit], end: Callable[[Any], Result]
) -> Result:
    """Run a fit on the client's event loop, in another thread, and call hooks and hear Ctrl-C in this one."""
    loop: Any = client.loop.asyncio_loop
    calls: deque[_Call] = deque()
    come = threading.Event()

    async def ask(report: EpochReport, network: bytes | None) -> bool:
        call = _Call(report, network, loop.create_future())
        calls.append(call)
        come.set()
        stop: bool = await call.answer
        return stop

    with audience.listening() as hooks:
        fit = begin(ask if hooks else None)
        running = asyncio.run_coroutine_threadsafe(fit.run(), loop)
        running.add_done_callback(lambda _: come.set())
        try:
            _serve(calls, come, running, hooks, loop, fit)
        except BaseException:
            running.cancel()
            wait([running], _PATIENCE)
            raise
    return end(running.result())


class _Call(NamedTuple):
    """An epoch that hooks are to be told of, and what waits for their answer."""

    report: EpochReport
    network: bytes | None
    answer: "asyncio.Future[bool]"


def _serve(
    calls: deque[_Call],
    come: threading.Event,
    running: "Future[Any]",
    hooks: Sequence[HereHook],
    loop: Any,
    fit: Fit,
) -> None:
    """Call hooks until the fit has come to its end.

    Ctrl-C ends learning, and what is learnt is kept, as in one process; the second time, or before it has
    begun, nothing is. It may come between any two steps of Python: a call stays where it is until it is
    answered, and whether the fit has ended is asked of the fit, so that neither is lost.
    """
    interrupted = False
    while True:
        try:
            while not running.done():
                come.wait(_OFTEN)
                come.clear()
                while calls:
                    call = calls[0]
                    stop = any([hook(call.report, call.network) for hook in hooks])
                    loop.call_soon_threadsafe(_answer, call.answer, stop)
                    calls.popleft()
            return
        except KeyboardInterrupt:
            if interrupted or not asyncio.run_coroutine_threadsafe(fit.interrupt(), loop).result():
                raise
            interrupted = True
            while calls:  # hooks that Ctrl-C came into are not called again
                loop.call_soon_threadsafe(_answer, calls.popleft().answer, True)


def _answer(answer: "asyncio.Future[bool]", stop: bool) -> None:
    if not answer.done():
        answer.set_result(stop)
