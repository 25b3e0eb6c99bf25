"""The end of ``chainrule fit``: what is written, and what is said."""

import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from chainrule._files import check_distinct
from chainrule.cli._checkpoint_options import CheckpointOptions
from chainrule.cli._console import Interrupted, ReaderGone, say, say_json
from chainrule.cli._interrupts import Presses
from chainrule.cli._plot import check_plot_path
from chainrule.cli._reading import inputs
from chainrule.cli._report_text import about_scores, about_training, better_linear_model, size_of
from chainrule.io import check_model_path, save, to_json
from chainrule.tables import Description, TableModel, TrainingFacts

__all__ = ["Outputs", "finish", "say_that_nothing_is_learnt"]

_STANDARD_OUTPUT = 1


@dataclass(frozen=True)
class Outputs:
    """Files to write, and what to print."""

    model: Path | None
    plot: Path | None
    json: bool
    quiet: bool
    save_on_interrupt: bool
    unit: str | None

    @property
    def report(self) -> bool:
        return not (self.json or self.quiet)

    def files(self) -> dict[str, Path | int | None]:
        """Return what is written, by the words that a message has for it."""
        return {"--output": self.model, "--plot": self.plot, "standard output": _STANDARD_OUTPUT}

    def check(self, tables: Sequence[Path]) -> None:
        """Raise now if a result could not be written at the end, or would overwrite the table."""
        check_distinct(inputs(tables), self.files())
        if self.model:
            check_model_path(self.model)
        elif self.save_on_interrupt:
            raise ValueError("--save-on-interrupt needs --output MODEL, to know where to save")
        if self.plot:
            check_plot_path(self.plot)

    def say_before(self, *lines: str) -> None:
        """Print lines before learning; without a reader a file is still to be written."""
        with suppress(*[ReaderGone] * bool(self.model or self.plot)):
            say(*lines)


def finish(
    training_of: Callable[[], TrainingFacts],
    model_of: Callable[[], TableModel],
    draw: Callable[[Path, TableModel], None],
    outputs: Outputs,
    checkpoints: CheckpointOptions,
    presses: Presses,
) -> None:
    """Describe what was learned, write it, and say so.

    Parameters
    ----------
    training_of : callable
        Says how it was learned.
    model_of : callable
        Describes and scores the fitted model.
    draw : callable
        Draws it into a file.
    outputs : Outputs
    checkpoints : CheckpointOptions
    presses : Presses
    """
    with presses.held(outputs.save_on_interrupt):
        training = training_of()
        if not training.epochs:
            say_that_nothing_is_learnt(training.stop_reason, checkpoints)
        model = model_of()
        keep = outputs.save_on_interrupt or training.stop_reason != "interrupted"
        if keep and outputs.model:
            save(model, outputs.model)
        if keep and outputs.plot:
            draw(outputs.plot, model)
    _report(model.description, outputs, saved=outputs.model if keep else None)
    scores = model.description.held_out
    remark = better_linear_model(scores, bool(model.description.notices)) if scores else None
    if presses.first is not None or training.stop_reason == "interrupted":
        raise Interrupted(_how_far(model.description, outputs, keep) + checkpoints.hint)
    for sentence in (*([remark] if remark else []), *model.description.notices[1:]):
        warnings.warn(sentence, stacklevel=2)


def say_that_nothing_is_learnt(stop_reason: str, checkpoints: CheckpointOptions) -> NoReturn:
    """Raise the error for a fit that ended before its first epoch."""
    if stop_reason == "interrupted":
        no_model = "no model was written" if checkpoints.checkpoint else "nothing was written"
        raise Interrupted(f"interrupted before the first epoch was done; {no_model}{checkpoints.hint}")
    raise ValueError(
        f"learning ended before the first epoch was done ({stop_reason}); nothing was written. "
        "Lower --alpha, or choose another --solver."
    )


def _report(description: Description, outputs: Outputs, saved: Path | None) -> None:
    if outputs.json:
        say_json({"model": None if saved is None else str(saved), **to_json(description)})
    if outputs.report:
        say(*about_training(description))
        if description.held_out:
            say("", *about_scores(description.held_out, description, "rows held out"), "")
        if description.notices:
            say(f"verdict  {description.notices[0]} (of rows that networks held back)")
        say(*_where(saved, outputs))


def _where(saved: Path | None, outputs: Outputs) -> list[str]:
    lines = [f"saved    {saved} ({size_of(saved)})"] if saved else []
    if outputs.plot and outputs.plot.exists():
        lines.append(f"drawn    {outputs.plot}")
    return lines or ["Nothing was saved: --output NAME.chainrule saves the model."]


def _how_far(description: Description, outputs: Outputs, keep: bool) -> str:
    came = f"interrupted after epoch {description.training.epochs} (loss {description.training.loss:.4g})"
    if keep:
        return f"{came}; saved to {outputs.model}"
    return f"{came}; nothing was saved (--save-on-interrupt saves)"
