"""Lessons that stand in for real ones, where the server alone is looked at."""

import threading
import time
from typing import Any


class Tally:
    """A lesson that counts its messages, and fails or dawdles when it is told to."""

    def __init__(self) -> None:
        self.count = 0
        self.stopped = 0

    def receive(self, message: dict[str, Any]) -> dict[str, Any]:
        do = message.get("do")
        if do == "fail":
            raise KeyError("a fault")
        if do == "nan":
            return {"value": float("nan")}
        if do == "dawdle":
            self._dawdle(message["gate"])
        self.count += 1
        size = len(message.get("content", b""))
        return {"id": message.get("id"), "count": self.count, "size": size, "name": message.get("name")}

    def _dawdle(self, gate: str) -> None:
        try:
            while not GATES[gate].is_set():
                time.sleep(0.001)
        except BaseException:
            self.stopped += 1
            raise


GATES = {name: threading.Event() for name in ("never", "first", "second")}
"""What a lesson waits for that dawdles; nobody opens the first."""
