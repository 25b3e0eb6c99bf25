"""Where a fit meets the one who called it: hooks, Ctrl-C, clients that wait and those that do not."""

import asyncio
import queue
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from distributed import Client
from distributed.client import default_client

from chainrule.dask._fit import Fit
from chainrule.training import EpochReport, Hook

__all__ = ["client_of", "followed", "waited_for"]

Result = TypeVar("Result")
_OFTEN = 0.2


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
    client: Client, hooks: Sequence[Hook], begin: Callable[[Any], Fit], end: Callable[[Any], Result]
) -> Any:
    """Run a fit, and call hooks after each of its epochs: in the thread that has called it.

    Parameters
    ----------
    client : Client
    hooks : sequence of callable
    begin : callable
        Given whom the fit is to tell of epochs (None: nobody), returns it.
    end : callable
        Given what `Fit.run` returns, returns the result.

    Returns
    -------
    result, or with an asynchronous client a coroutine
    """
    if client.asynchronous:
        return _followed_here(hooks, begin, end)
    calls: queue.SimpleQueue[tuple[EpochReport, asyncio.Future[bool]] | None] = queue.SimpleQueue()
    loop = client.loop.asyncio_loop

    async def ask(report: EpochReport) -> bool:
        answer = loop.create_future()
        calls.put((report, answer))
        stop: bool = await answer
        return stop

    fit = begin(ask if hooks else None)
    running = asyncio.run_coroutine_threadsafe(fit.run(), loop)
    running.add_done_callback(lambda _: calls.put(None))
    asked = False
    while True:
        try:
            call = calls.get(timeout=_OFTEN)
            if call is None:
                return end(running.result())
            stop = any([hook(call[0]) for hook in hooks])
            loop.call_soon_threadsafe(_answer, call[1], stop)
        except queue.Empty:
            continue
        except KeyboardInterrupt:
            # What is learnt is kept, as in one process; the second time, or before learning, nothing is.
            began = not asked and asyncio.run_coroutine_threadsafe(fit.interrupt(), loop).result()
            asked = True
            if not began:
                running.cancel()
                raise
        except BaseException:
            running.cancel()
            raise


def _answer(answer: "asyncio.Future[bool]", stop: bool) -> None:
    if not answer.done():
        answer.set_result(stop)


async def _followed_here(
    hooks: Sequence[Hook], begin: Callable[[Any], Fit], end: Callable[[Any], Result]
) -> Result:
    async def ask(report: EpochReport) -> bool:
        return any([hook(report) for hook in hooks])

    return end(await begin(ask if hooks else None).run())
