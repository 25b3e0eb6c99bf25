"""The processes of a communicator: what they tell each other beside sums, and errors that end all alike."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from mpi4py import MPI
from mpi4py.util import pkl5

__all__ = ["Failure", "Ranks"]

Result = TypeVar("Result")
_KINDS = (
    KeyboardInterrupt,
    MemoryError,
    OSError,
    ValueError,
    TypeError,
    ZeroDivisionError,
    ModuleNotFoundError,
)
"""Errors that are raised on other ranks as what they are; all others as a RuntimeError."""


@dataclass(frozen=True)
class Failure:
    """An error as it is told to other ranks.

    Attributes
    ----------
    kind : type
    text : str
        In one line.
    """

    kind: type[BaseException]
    text: str

    @classmethod
    def of(cls, error: BaseException) -> Self:
        kind = next((each for each in _KINDS if isinstance(error, each)), RuntimeError)
        text = " ".join(str(error).split())
        return cls(kind, text if kind is not RuntimeError else f"{type(error).__name__}: {text}")

    def error(self) -> BaseException:
        """Return it, to be raised here."""
        return self.kind(self.text)


class Ranks:
    """The processes that do something together: a context, for as long as they do.

    Parameters
    ----------
    comm : mpi4py.MPI.Intracomm or None
        All processes of the program if it is None. Messages never meet those that others send by it.

    Attributes
    ----------
    comm : mpi4py.MPI.Intracomm
        For arrays.
    rank, size : int
    failed : bool
        Whether an error has been raised on all.
    """

    def __init__(self, comm: Any = None) -> None:
        given = MPI.COMM_WORLD if comm is None else comm
        if not isinstance(given, MPI.Intracomm):
            raise TypeError(f"comm must be an mpi4py.MPI.Intracomm, got {given!r}")
        self.comm = given.Dup()
        self.rank, self.size = int(self.comm.Get_rank()), int(self.comm.Get_size())
        self._objects = pkl5.Intracomm(self.comm)
        self.failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.comm.Free()

    @property
    def drives(self) -> bool:
        """Whether solvers run here."""
        return self.rank == 0

    def tell(self, message: Any = None) -> Any:
        """Return on all ranks what the first one gives; arrays in it are sent as they are."""
        return self._objects.bcast(message)

    def all_of(self, value: Result) -> list[Result]:
        """Return what the ranks give, in their order."""
        found: list[Result] = self._objects.allgather(value)
        return found

    def together(self, work: Callable[[], Result]) -> Result:
        """Do on each rank what may fail on some; return what this one gets.

        Raises
        ------
        Exception
            On all ranks the same: that of the first rank that has failed.
        """
        result: Any = None
        try:
            result, failure, here = work(), None, None
        except Exception as error:
            failure, here = Failure.of(error), error
        self.end_if_failed(failure, here)
        value: Result = result
        return value

    def end_if_failed(self, failure: Failure | None, here: BaseException | None = None) -> None:
        """Raise the same error on all ranks if one of them has failed; ``here`` was raised on this one."""
        failed = [(rank, each) for rank, each in enumerate(self.all_of(failure)) if each is not None]
        if failed:
            self.failed = True
            rank, first = failed[0]
            where = f"rank {rank}: " if self.size > 1 else ""
            raise Failure(first.kind, where + first.text).error() from (here if rank == self.rank else None)

    def host(self) -> str:
        """Return the name of the machine."""
        return MPI.Get_processor_name() or socket.gethostname()
