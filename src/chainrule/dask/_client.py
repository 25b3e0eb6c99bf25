"""Where a fit meets the one who called it: hooks, Ctrl-C, clients that wait and those that do not."""

import asyncio
import queue
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import wait
from typing import Any, TypeVar

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
        Without one.
    """
    if given is not None:
        return given
    try:
        return default_client()
    except ValueError:
        raise ValueError("there is no Dask client: make a dask.distributed.Client, or give client=") from None


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
    calls: queue.SimpleQueue[tuple[EpochReport, bytes | None, asyncio.Future[bool]] | None] = (
        queue.SimpleQueue()
    )

    async def ask(report: EpochReport, network: bytes | None) -> bool:
        answer = loop.create_future()
        calls.put((report, network, answer))
        stop: bool = await answer
        return stop

    with audience.listening() as hooks:
        fit = begin(ask if hooks else None)
        running = asyncio.run_coroutine_threadsafe(fit.run(), loop)
        running.add_done_callback(lambda _: calls.put(None))
        try:
            _serve(calls, hooks, loop, fit)
        except BaseException:
            running.cancel()
            wait([running], _PATIENCE)
            raise
    return end(running.result())


def _serve(calls: Any, hooks: Sequence[HereHook], loop: Any, fit: Fit) -> None:
    """Call hooks until the fit has come to its end.

    Ctrl-C ends learning, and what is learnt is kept, as in one process; the second time, or before it has
    begun, nothing is.
    """
    interrupted = False
    while True:
        try:
            call = calls.get(timeout=_OFTEN)
            if call is None:
                return
            report, network, answer = call
            stop = any([hook(report, network) for hook in hooks])
            loop.call_soon_threadsafe(_answer, answer, stop)
        except queue.Empty:
            continue
        except KeyboardInterrupt:
            if interrupted or not asyncio.run_coroutine_threadsafe(fit.interrupt(), loop).result():
                raise
            interrupted = True


def _answer(answer: "asyncio.Future[bool]", stop: bool) -> None:
    if not answer.done():
        answer.set_result(stop)
