"""Section 1: the network and its data (N1, N2, N3, N13)."""

from collections.abc import Mapping
from typing import Any

from chainrule.lesson._fields import Integer, Number
from chainrule.lesson._plain import plain
from chainrule.lesson._section import Section, action
from chainrule.lesson._study import SETTINGS, Study

__all__ = ["NetworkSection"]


class NetworkSection(Section):
    """Data, layers, solver and rate; learning itself."""

    name = "network"
    title = "The network and its data"
    rows = ("N1", "N2", "N3", "N13")
    words = (
        "A network is a composition of layers: each multiplies by a matrix, adds a vector and bends the sum.",
        "Learning changes the numbers of the matrices so that the error of the rows becomes smaller.",
    )
    to_try = "Run it, stop it, and go back ten steps: the numbers are the same again."
    settings = SETTINGS

    def __init__(self, study: Study) -> None:
        self.study = study

    @property
    def values(self) -> Mapping[str, Any]:  # type: ignore[override]
        """The settings are the study's own."""
        return vars(self.study.setup)

    def set(self, **values: Any) -> None:
        self.study.change(**values)

    @action(batches=Integer(1, 100_000))
    def step(self, batches: int) -> None:
        """Learn from so many batches."""
        self.study.learner.advance(batches)
        self.study.changed()

    @action()
    def epoch(self) -> None:
        """Learn to the end of the epoch."""
        learner = self.study.learner
        learner.advance(learner.steps_per_epoch - learner.position % learner.steps_per_epoch)
        self.study.changed()

    @action(seconds=Number(0.0, 1.0))
    def run(self, seconds: float) -> None:
        """Learn for some time."""
        self.study.learner.run(seconds)
        self.study.changed()

    @action(steps=Integer(1, 1_000))
    def back(self, steps: int) -> None:
        """Undo so many steps."""
        self.study.learner.go_to(max(0, self.study.learner.position - steps))
        self.study.changed()

    @action()
    def reset(self) -> None:
        """Begin anew, with the same seed."""
        self.study.restart()

    @action(place=Integer(0, 100_000), value=Number(-1e6, 1e6))
    def weight(self, place: int, value: float) -> None:
        """Set one number of η."""
        self.study.set_parameter(place, value)

    def content(self) -> dict[str, Any]:
        learner = self.study.learner
        return {"error": plain(learner.error()), "curve": [list(point) for point in learner.curve]}

    def question(self) -> tuple[str, str]:
        net = self.study.network
        sizes = " + ".join(
            f"{a}·{b} + {b}" for a, b in zip(net.layer_sizes, net.layer_sizes[1:], strict=False)
        )
        return "How many numbers does learning change?", f"{sizes} = {net.n_parameters}."
