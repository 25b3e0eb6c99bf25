"""Ctrl-C pressed while a kernel runs: when its work begins to show, however fast the machine is."""

import os
import signal
import threading
from typing import Any

import numpy as np

from chainrule import kernels

WRITTEN = {"epoch": 3, "accumulate": 7, "predict": 4}
"""Which of a kernel's arguments shows that it is under way: η, a gradient, outputs."""


class Pressed:
    """Stands for a kernel, in one of whose calls Ctrl-C is pressed.

    Parameters
    ----------
    name : str
    call : int
        Counted from 1.

    Attributes
    ----------
    calls : int
        So far.
    """

    def __init__(self, name: str, call: int) -> None:
        self._kernel, self._written, self._call = getattr(kernels, name), WRITTEN[name], call
        self.calls = 0

    def __getitem__(self, dtype: Any) -> Any:
        kernel = self._kernel[dtype]

        def run(*arguments: Any) -> Any:
            self.calls += 1
            if self.calls != self._call:
                return kernel(*arguments)
            written = arguments[self._written]
            presser = threading.Thread(target=_press_when_changed, args=(written, written.copy()))
            presser.start()
            result = kernel(*arguments)
            presser.join()
            return result

        return run


def _press_when_changed(memory: Any, before: Any) -> None:
    while np.array_equal(memory, before, equal_nan=True):
        pass
    os.kill(os.getpid(), signal.SIGINT)
