"""Section: how to make the model and this report again."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import join
from typing import Any

import chainrule
from chainrule.report._html import Content, Markup, joined, tag
from chainrule.report._learned import facts
from chainrule.report._subject import Subject
from chainrule.report._table import table
from chainrule.report._words import cut

__all__ = ["Sources", "command_of_fit", "digest", "reproduce"]

_OPTIONS = {
    "hidden_layer_sizes": "--hidden",
    "effort": "--effort",
    "activation": "--activation",
    "solver": "--solver",
    "alpha": "--alpha",
    "batch_size": "--batch-size",
    "learning_rate_init": "--learning-rate-init",
    "time_limit": "--time-limit",
    "max_iter": "--max-iter",
}
_NOT_GIVEN = {"random_state", "kinds", "n_jobs", "callbacks"}
_TEST_SIZE = 0.2


@dataclass(frozen=True)
class Sources:
    """Where a report comes from.

    Parameters
    ----------
    table : str
        Name of the table.
    model : Path or None
        The model's file.
    table_file : Path or None
        The table's file.
    date : str or None
        Of the report.
    """

    table: str
    model: Path | None = None
    table_file: Path | None = None
    date: str | None = None


def reproduce(subject: Subject, sources: Sources) -> Markup:
    """Return the command lines, the seed, the versions and the digests of the files."""
    description = subject.description
    model = sources.model.name if sources.model else "MODEL.chainrule"
    file = sources.table_file.name if sources.table_file else "TABLE"
    known = subject.which == "held out"
    commands = [command_of_fit(subject, file if known else "TABLE", model)]
    commands.append(join(["chainrule", "report", model, file, "-o", "report.html"]))
    pairs: list[tuple[str, Content]] = [("Seed", str(description.training.seed))]
    pairs.append(("Fitted with", _versions(description.versions)))
    pairs.append(
        ("This report", f"chainrule {chainrule.__version__}{f', {sources.date}' if sources.date else ''}")
    )
    for name, path in (("Model file", sources.model), ("Table", sources.table_file)):
        if path is not None:
            pairs.append(
                (name, joined(f"{cut(path.name, 80)}, SHA-256 ", tag("code", digest(path), class_="hash")))
            )
    words = (
        "What was said of how the table is to be read (--as, --ignore, --na and the like) is not in the "
        "model, and is to be given again. The same seed, versions and kind of processor give the same "
        "model."
    )
    return joined(
        *(tag("pre", tag("code", command), tabindex=0) for command in commands),
        tag("p", words),
        facts(pairs),
        _settings(subject),
    )


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def command_of_fit(subject: Subject, table: str, model: str) -> str:
    """Return the command that fits such a model: with the settings that are not the defaults."""
    description = subject.description
    words = ["chainrule", "fit", table, "--target", description.schema.target]
    words += ["--model", "table" if subject.is_ensemble else "mlp"]
    for name, value in _changed(subject).items():
        words += _option(name, value)
    size = _test_size(subject)
    words += ["--test-size", size] if size else []
    words += ["--unit", description.unit] if description.unit else []
    return join([*words, "--seed", str(description.training.seed), "-o", model])


def _changed(subject: Subject) -> dict[str, Any]:
    """Return the settings that differ from the defaults, as the description has them."""
    defaults = type(subject.fitted)().get_params()
    settings = subject.description.network.settings
    plain = {name: list(each) if isinstance(each, tuple) else each for name, each in defaults.items()}
    return {
        name: value
        for name, value in settings.items()
        if name not in _NOT_GIVEN and name in plain and plain[name] != value
    }


def _option(name: str, value: Any) -> list[str]:
    if name == "hidden_layer_sizes":
        sizes = value if isinstance(value, list) else [value]
        return ["--hidden", ",".join(map(str, sizes))]
    if name == "early_stopping" and value is True:
        return ["--early-stopping"]
    return [_OPTIONS[name], str(value)] if name in _OPTIONS else ["--set", f"{name}={value}"]


def _test_size(subject: Subject) -> str:
    """Return the share that was held out, if it is not the default."""
    held = subject.description.held_out.rows if subject.description.held_out else 0
    n = held + subject.description.training.rows
    if not held:
        return "0"
    if math.ceil(n * _TEST_SIZE) == held:
        return ""
    return next(
        (f"{held / n:.{k}g}" for k in range(1, 17) if math.ceil(n * float(f"{held / n:.{k}g}")) == held),
        f"{held / n}",
    )


def _settings(subject: Subject) -> Markup:
    settings = subject.description.network.settings
    rows = [(name, cut(str(value), 120)) for name, value in sorted(settings.items())]
    return tag("details", tag("summary", "All settings"), table("Settings", ("name", "value"), rows, (1,)))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
