"""The network over the plane of its data: the graph, what each unit gives, and the output."""

from base64 import b64encode
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from chainrule.lesson._plain import heat, plain
from chainrule.lesson._study import Study
from chainrule.lesson.data import Data

__all__ = ["MOST_UNITS", "OUTPUT_STEPS", "RESPONSE_STEPS", "Picture"]

Array = NDArray[Any]

OUTPUT_STEPS, RESPONSE_STEPS = 48, 16
"""Cells of a side of the output's map, and of a unit's, whose centres are centres of the former too."""
_EVERY = OUTPUT_STEPS // RESPONSE_STEPS
_LINE_STEPS = 192
MOST_UNITS = 16
"""Of a layer, that are drawn."""
_MOST_HELD = 12


class Picture:
    """What is drawn of a network and its data; the grid of the plane is kept while the row is the same."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._grid: tuple[Data, int, Array] | None = None
        self._points: tuple[Data, dict[str, Any]] | None = None

    def content(self) -> dict[str, Any]:
        """Return the plane and the graph, of one pass of the grid through the network."""
        values = self._study.network.layers(self._inputs())
        return {"plane": self._plane(values[-1]), "graph": self._graph(values)}

    def points(self, most: int) -> dict[str, Any]:
        """Return the rows as points of the plane: all of them, or some, evenly."""
        data = self._study.data
        if self._points is None or self._points[0] is not data:
            self._points = data, _points(data, most)
        return self._points[1]

    def _inputs(self) -> Array:
        data, row = self._study.data, self._study.row
        known = self._grid
        if known is None or known[0] is not data or known[1] != row:
            steps = _LINE_STEPS if len(data.plane.names) == 1 else OUTPUT_STEPS
            known = self._grid = data, row, data.plane.grid(steps, row)
        return known[2]

    def _plane(self, F: Array) -> dict[str, Any]:
        data, level = self._study.data, _level(self._study.data)
        plane, on_line = data.plane, len(data.plane.names) == 1
        shown: dict[str, Any] = {
            "kind": "line" if on_line else "plane",
            "names": [*plane.names, *(data.outputs[:1] if on_line else [])],
            "limits": [[low, high] for low, high in zip(plane.low, plane.high, strict=True)],
            "ticks": [None if each is None else list(each) for each in plane.ticks[: len(plane.names)]],
            "columns": self._columns(),
            "held": self._held(),
            "level": dict(zip(("low", "middle", "high"), level, strict=True)),
            "outputs": [], "winner": None, "curve": None,
        }  # fmt: skip
        if on_line:
            shown["limits"].append([level[0], level[2]])
            shown["curve"] = {"x": plain(plane.centres(len(F))[0]), "y": plain(F.T)}
            return shown
        square = F.T.reshape(-1, OUTPUT_STEPS, OUTPUT_STEPS)
        shown["outputs"] = [heat(each, level[1] - level[0], level[1]) for each in square]
        if len(data.classes) > 2:
            winner = square.argmax(axis=0).astype(np.uint8)
            shown["winner"] = {
                "shape": list(winner.shape), "bytes": b64encode(winner.tobytes()).decode("ascii"),
            }  # fmt: skip
        return shown

    def _columns(self) -> dict[str, Any] | None:
        data = self._study.data
        if data.columns is None:
            return None
        vertical = data.plane.names[1] if len(data.plane.names) > 1 else None
        target = data.outputs[0] if data.task == "regression" else ""
        chosen = {"horizontal": data.plane.names[0], "vertical": vertical}
        return {**chosen, "target": getattr(data.table, "target", target)}

    def _held(self) -> list[dict[str, Any]]:
        """Return the columns that no axis shows, with the cells of the chosen row."""
        data = self._study.data
        if data.columns is None:
            return []
        named = zip(data.columns.names, data.columns.cells(self._study.row), strict=True)
        held = [{"name": name, "value": cell} for name, cell in named if name not in data.plane.names]
        return held[:_MOST_HELD]

    def _graph(self, values: list[Array]) -> dict[str, Any]:
        net, data = self._study.network, self._study.data
        names = ["x", *(f"z_{layer}" for layer in range(1, len(net.layer_sizes) - 1)), "F"]
        functions = [None, *map(str, net.activations), net.output]
        units = [data.inputs, *[None] * len(net.activations), data.outputs]
        layers = [
            {
                "name": names[at], "activation": functions[at], "width": net.layer_sizes[at],
                "shown": min(net.layer_sizes[at], MOST_UNITS),
                "units": self._units(at, names[at], units[at], values[at]),
            }
            for at in range(len(names))
        ]  # fmt: skip
        weights = [W[:MOST_UNITS, :MOST_UNITS] for W in net.weights]
        largest = max((float(np.abs(W).max()) for W in weights), default=0.0)
        return {
            "layers": layers, "weights": [plain(W) for W in weights],
            "largest": largest if np.isfinite(largest) else None,
        }  # fmt: skip

    def _units(self, at: int, layer: str, names: Any, Z: Array) -> list[dict[str, Any]]:
        biases = self._study.network.biases[at - 1] if at else None
        small = self._small(Z[:, :MOST_UNITS])
        return [
            {
                "name": names[k] if names is not None else f"{layer},{k + 1}",
                "response": heat(each),
                "bias": None if biases is None else plain(biases[k]),
            }
            for k, each in enumerate(small)
        ]

    def _small(self, Z: Array) -> Array:
        """Return the units' values (n_units, …) on the small maps."""
        if len(self._study.data.plane.names) == 1:
            return Z.T[:, None, _EVERY // 2 :: _EVERY]
        square = Z.T.reshape(-1, OUTPUT_STEPS, OUTPUT_STEPS)
        return square[:, _EVERY // 2 :: _EVERY, _EVERY // 2 :: _EVERY]


def _level(data: Data) -> tuple[float, float, float]:
    """Return the values that are drawn in full colours, and the one between them."""
    if data.classes:
        return 0.0, 0.5, 1.0
    low, high = float(data.Y.min()), float(data.Y.max())
    middle, half = (low + high) / 2, (high - low) / 2 or 1.0
    return middle - half, middle, middle + half


def _points(data: Data, most: int) -> dict[str, Any]:
    rows = np.linspace(0, len(data.X) - 1, min(len(data.X), most)).astype(int)
    target = data.Y[rows]
    if data.classes:
        target = target[:, 0].astype(int) if target.shape[1] == 1 else target.argmax(axis=1)
    else:
        target = target[:, 0]
    place = data.plane.points[rows]
    return {
        "key": crc32(np.column_stack([place, target]).tobytes()), "x": plain(place[:, 0]),
        "y": plain(place[:, 1] if place.shape[1] > 1 else data.Y[rows, 0]),
        "target": plain(target), "row": rows.tolist(), "total": len(data.X),
    }  # fmt: skip
