"""``--checkpoint`` and ``--resume``: a fit that is kept in a file, and gone on with in another process."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chainrule._files import check_distinct
from chainrule.cli._learnable import drawn
from chainrule.cli._reading import inputs
from chainrule.training import CheckpointSummary, begins_anew, read_checkpoint_summary

__all__ = ["CheckpointOptions"]


@dataclass(frozen=True)
class CheckpointOptions:
    """Where a fit writes its checkpoints, and from which one it goes on.

    Parameters
    ----------
    checkpoint, resume : Path or None
    """

    checkpoint: Path | None
    resume: Path | None

    def check(self, tables: Sequence[Path], outputs: dict[str, Path | int | None]) -> None:
        """Raise ValueError if a checkpoint would overwrite what is read, or another result the checkpoint."""
        check_distinct(inputs(tables), {"--checkpoint": self.checkpoint, **outputs})
        check_distinct({"--resume": self.resume}, outputs)

    def found(self) -> CheckpointSummary | None:
        """Return what is known of the fit that is gone on with."""
        if self.resume is None or begins_anew(self.checkpoint, self.resume):
            return None
        return read_checkpoint_summary(self.resume)

    def seed(self, given: int | None, found: CheckpointSummary | None) -> int:
        """Return the seed: that of the fit that is gone on with, or the given one, or one that is drawn.

        Raises
        ------
        ValueError
            If another one is given.
        """
        if found is None:
            return drawn(given)
        before = found.settings.get("random_state")
        if type(before) is not int:
            raise ValueError(
                f"--resume {self.resume}: a checkpoint of a fit without a seed, not one that chainrule fit "
                "has written"
            )
        if given not in (None, before):
            raise ValueError(
                f"--seed {given}: {self.resume} is a checkpoint of a fit with --seed {before}; give that, or "
                "leave it out"
            )
        return before

    def given(self) -> dict[str, Path]:
        """Return what `fit` of a pipeline takes for its last step."""
        named = {"network__checkpoint": self.checkpoint, "network__resume": self.resume}
        return {name: path for name, path in named.items() if path is not None}

    def about(self, found: CheckpointSummary | None) -> list[str]:
        """Return a line of the report on what is gone on with."""
        if self.resume is None:
            return []
        if found is None:
            return [f"resume   {self.resume} is not there yet: the fit begins"]
        how = "had come to its end" if found.finished else "goes on"
        epochs = f"{found.epochs} epochs" + f" of {found.networks} networks" * (found.networks > 1)
        return [f"resume   {self.resume}: the fit {how}, after {epochs}"]

    @property
    def hint(self) -> str:
        """What an interrupted fit says last."""
        return f"; --resume {self.checkpoint} goes on with it" if self.checkpoint else ""
