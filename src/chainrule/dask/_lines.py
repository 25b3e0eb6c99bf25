"""A connection from the worker that drives a fit to one that holds rows: Dask's own, kept for the fit."""

import asyncio
import builtins
from contextlib import suppress
from typing import Any

from distributed.comm import connect
from numpy.typing import NDArray

from chainrule.dask._packed import packed

__all__ = ["Line", "Lost"]

Array = NDArray[Any]
_PATIENCE = 60.0
"""Seconds in which a worker that computes must say that it is still there."""
_CONNECT = 5.0


class Lost(Exception):
    """A worker is not there any more, or does not know of the fit, or is too slow."""


class Line:
    """Asks one worker.

    Parameters
    ----------
    worker : distributed.Worker
        That asks.
    address : str
        Of the one that is asked.
    fit : str

    Attributes
    ----------
    begun : bool
        Whether it has been told what it will be asked.
    written : asyncio.Event
        Set when a message is on its way, or cannot be; whoever looks at it clears it first.
    """

    def __init__(self, worker: Any, address: str, fit: str) -> None:
        self._worker, self.address, self._fit = worker, address, fit
        self._comm: Any = None
        self.begun = False
        self.written = asyncio.Event()

    async def ask(
        self, op: str, arrays: list[Array] | None = None, limit: float | None = None, **message: Any
    ) -> Any:
        """Ask, and return the answer; raise Lost if none comes.

        With a limit of time that is what may be waited for; without, as long as the other is there.
        """
        if self.address == self._worker.address:
            given = {} if arrays is None else {"arrays": arrays}
            return self._read(await self._worker.handlers[op](fit=self._fit, **given, **message))
        given = {} if arrays is None else {"arrays": [packed(array) for array in arrays]}
        try:
            if self._comm is None or self._comm.closed():
                self._comm = await connect(self.address, timeout=_CONNECT, **self._worker.connection_args)
            asked = asyncio.ensure_future(self._exchanged({"op": op, "fit": self._fit, **given, **message}))
            answer = await self._waited_for(asked, limit)
        except OSError as error:  # closed connections and time-outs among them
            self.close()
            raise Lost(f"{self.address}: {_words(error)}") from None
        finally:
            self.written.set()
        return self._read(answer)

    async def _exchanged(self, message: dict[str, Any]) -> Any:
        await self._comm.write({**message, "reply": True})
        self.written.set()
        answer = await self._comm.read()
        if isinstance(answer, dict) and answer.get("status") == "uncaught-error":
            raise RuntimeError(answer["text"])
        return answer

    async def _waited_for(self, asked: "asyncio.Future[Any]", limit: float | None) -> Any:
        try:
            while True:
                done, _ = await asyncio.wait({asked}, timeout=limit or _PATIENCE)
                if done:
                    return asked.result()
                if limit is not None:
                    raise TimeoutError(f"no answer within {limit:.0f} s")
                await asyncio.wait_for(
                    self._worker.rpc(self.address).chainrule_alive(fit=self._fit), _PATIENCE
                )
        finally:
            if not asked.done():
                asked.cancel()
                with suppress(asyncio.CancelledError, OSError):
                    await asked
                self.close()  # the answer may come yet, and would be taken for that of the next question

    def _read(self, answer: Any) -> Any:
        if not isinstance(answer, dict):  # Dask has no such handler there: a worker that was started again
            raise Lost(f"{self.address}: was started again")
        if "error" not in answer:
            return answer
        name, text = answer["error"], answer["text"]
        if name == "Gone":
            raise Lost(f"{self.address}: does not hold {text}")
        kind = getattr(builtins, name, RuntimeError)
        raise kind(text if kind is not RuntimeError else f"{name}: {text}")

    def close(self) -> None:
        """Close the connection."""
        if self._comm is not None:
            self._comm.abort()
            self._comm = None


def _words(error: OSError) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
