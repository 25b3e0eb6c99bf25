"""Section 1: the network and its data (N1, N2, N3, N13)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.lesson import data as sources
from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Content, Integer, Number, Text
from chainrule.lesson._plain import plain
from chainrule.lesson._section import Section, action
from chainrule.lesson._study import SETTINGS, Study
from chainrule.lesson.data import Data, Drawn, drawing_like, drawn_data
from chainrule.lesson.sections._choices import choices
from chainrule.lesson.sections._picture import Picture

__all__ = ["NetworkSection"]

Array = NDArray[Any]

_PLACE = Number(-1e6, 1e6)
_MOST_POINTS = 1_000


class NetworkSection(Section):
    """Data, layers, solver and rate; learning itself."""

    name = "network"
    title = "The network and its data"
    rows = ("N1", "N2", "N3", "N13")
    words = (
        "A network is a composition of layers: each multiplies by a matrix, adds a vector and bends the sum.",
        "Learning changes the numbers of the matrices so that the error of the rows becomes smaller.",
        "Each unit's small map shows its value over the plane; the large one shows the network's output.",
    )
    to_try = "Run it, stop it, and go back ten steps: the numbers are the same again."
    settings = SETTINGS

    def __init__(self, study: Study) -> None:
        self.study = study
        self._picture = Picture(study)

    @property
    def values(self) -> Mapping[str, Any]:  # type: ignore[override]
        """The settings are the study's own."""
        return vars(self.study.setup)

    def set(self, **values: Any) -> None:
        self.study.change(**values)

    @action(batches=Integer(1, 100_000))
    def step(self, batches: int) -> None:
        """Learn from so many batches."""
        self.study.say(self.study.learner.advance(batches))
        self.study.changed()

    @action()
    def epoch(self) -> None:
        """Learn to the end of the epoch."""
        learner = self.study.learner
        self.step(learner.steps_per_epoch - learner.position % learner.steps_per_epoch)

    @action(seconds=Number(0.0, 1.0))
    def run(self, seconds: float) -> None:
        """Learn for some time."""
        self.study.say(self.study.learner.run(seconds))
        self.study.changed()

    @action(steps=Integer(1, 1_000))
    def back(self, steps: int) -> None:
        """Undo so many steps."""
        learner = self.study.learner
        self.study.say(learner.go_to(max(0, learner.position - steps)))
        self.study.changed()

    @action()
    def reset(self) -> None:
        """Begin anew, with the same seed."""
        self.study.restart()

    @action(layer=Integer(0, 100), row=Integer(0, 99_999), column=Integer(0, 99_999), value=_PLACE)
    def weight(self, layer: int, row: int, column: int, value: float) -> None:
        """Set W[row, column] of a layer, counted from 0."""
        self._put(self.study.network.layout.weights, layer, (row, column), value)

    @action(layer=Integer(0, 100), unit=Integer(0, 99_999), value=_PLACE)
    def bias(self, layer: int, unit: int, value: float) -> None:
        """Set b[unit] of a layer, counted from 0."""
        self._put(self.study.network.layout.biases, layer, (unit,), value)

    def _put(self, blocks: Any, layer: int, place: tuple[int, ...], value: float) -> None:
        if layer >= len(blocks):
            raise MessageError(f"layer is {layer}; this network has layers 0 to {len(blocks) - 1}")
        block = blocks[layer]
        if any(at >= size for at, size in zip(place, block.shape, strict=True)):
            shown = ", ".join(map(str, place))
            raise MessageError(f"there is no [{shown}] in layer {layer}, whose shape is {block.shape}")
        self.study.set_parameter(block.offset + int(np.ravel_multi_index(place, block.shape)), value)

    @action(x=_PLACE, y=_PLACE, target=_PLACE)
    def draw(self, x: float, y: float, target: float) -> None:
        """Add a point, of a class or with a number; on a line y is the number."""
        self.study.use(drawn_data(drawing_like(self.study.data).add(x, y, target)), keep=True)

    @action(row=Integer(0, 99_999), x=_PLACE, y=_PLACE)
    def move(self, row: int, x: float, y: float) -> None:
        """Move a drawn point."""
        self.study.use(drawn_data(self._drawn().move(row, x, y)), keep=True)

    @action(row=Integer(0, 99_999))
    def erase(self, row: int) -> None:
        """Take a drawn point away; data by name come back with the last one."""
        left = self._drawn().without(row)
        if left.points:
            self.study.use(drawn_data(left), keep=True)
        else:
            self.clear()

    @action()
    def clear(self) -> None:
        """Take all drawn points away; data by name come back."""
        kind = self._drawn().kind
        back = {"classes": "xor", "regression": "plane", "line": "sine"}[kind]
        self.study.change(data=back)
        self.study.forget("drawn")
        self.study.say(f"no drawn points are left: the data are {back} again")

    def _drawn(self) -> Drawn:
        if self.study.data.drawn is None:
            raise MessageError("there are no drawn points: network.draw adds one")
        return self.study.data.drawn

    @action(name=Text(255), content=Content())
    def upload(self, name: str, content: bytes) -> None:
        """Take a file's table as data."""
        try:
            heard, cells_of, table_data = sources.heard, sources.cells_of, sources.table_data
        except ModuleNotFoundError as error:  # a notebook does not need pandas but for this
            raise MessageError(f"a table needs {error.name}: pip install 'chainrule[cli]'") from error
        with heard() as said:
            cells = cells_of(content, name)
        data, more = table_data(cells)
        self._learn_table(data, [*said, *more])

    @action(column=Text(255))
    def target(self, column: str) -> None:
        """Learn another column of the table."""
        table = self.study.data.table
        if table is None:
            raise MessageError("the target can be chosen of a table's columns only: network.upload takes one")
        self._learn_table(*sources.table_data(table.cells, column, wishes=table.wishes))

    def _learn_table(self, data: Data, said: list[str]) -> None:
        self.study.row = 0
        self.study.use(data)
        for line in said[:20]:
            self.study.say(line)
        self.study.say(f"and {len(said) - 20} more of the kind" if len(said) > 20 else "")

    @action(horizontal=Text(255), vertical=Text(255))
    def axes(self, horizontal: str, vertical: str) -> None:
        """Choose the columns of the plane."""
        self.study.show_as(self.study.data.over(horizontal, vertical))

    def content(self) -> dict[str, Any]:
        study, learner = self.study, self.study.learner
        data, error = study.data, learner.error()
        return {
            "choices": choices(study),
            "used": {name: study.setup.solver in ("sgd", "adam") for name in ("rate", "batch")},
            "task": data.task,
            "classes": list(data.classes) or None,
            **self._picture.content(),
            "points": self._picture.points(_MOST_POINTS),
            "curve": _curve(learner.curve, learner.steps_per_epoch),
            "error": plain(error),
            "loss": {"value": plain(error), "name": study.setup.loss.replace("_", " ")},
            "judged": len(data.X) if learner.watched is None else len(learner.watched),
            "correct": self._share_correct(),
            "parameters": study.network.n_parameters,
        }

    def _share_correct(self) -> float | None:
        """Return the share of rows whose class is right; None where there are no classes."""
        data, watched = self.study.data, self.study.learner.watched
        if not data.classes:
            return None
        X, Y = (data.X, data.Y) if watched is None else (data.X[watched], data.Y[watched])
        F = self.study.network(X)
        right = (F > 0.5) == (Y > 0.5) if F.shape[1] == 1 else F.argmax(axis=1) == Y.argmax(axis=1)
        return float(np.mean(right))

    def question(self) -> tuple[str, str]:
        net = self.study.network
        sizes = " + ".join(
            f"{a}·{b} + {b}" for a, b in zip(net.layer_sizes, net.layer_sizes[1:], strict=False)
        )
        return "How many numbers does learning change?", f"{sizes} = {net.n_parameters}."


def _curve(points: tuple[tuple[int, float], ...], steps_per_epoch: int) -> dict[str, Any]:
    positions, errors = zip(*points, strict=True)
    return {
        "position": list(positions),
        "epoch": [position / steps_per_epoch for position in positions],
        "loss": plain(errors),
    }
