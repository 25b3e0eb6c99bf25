"""Exported C, compiled by a compiler and run on rows."""

import io
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chainrule.export import as_numbers, evaluate

STRICT = ("-Wall", "-Wextra", "-Werror", "-pedantic")


@dataclass(frozen=True)
class Answers:
    """What a compiled model returns for rows: codes (n,), y (n, P) and J (n, P, D), NaN where it refuses."""

    codes: np.ndarray
    y: np.ndarray
    J: np.ndarray


def compiled(code, folder: Path, compiler=("gcc", "-std=c99"), flags=("-O2",), suffix="c") -> Path:
    """Compile a CSource with its main to a program; warnings are errors."""
    folder.mkdir(exist_ok=True)
    _, source = code.write(folder)
    if suffix != "c":
        source = source.rename(source.with_suffix(f".{suffix}"))
    program = folder / f"{code.name}-{compiler[0].split('/')[-1]}-{suffix}"
    macro = f"-D{code.name.upper()}_MAIN"
    run = subprocess.run(
        [*compiler, *STRICT, *flags, macro, str(source), "-o", str(program), "-lm"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return program


def answers(program, rows, P, with_jacobian=True, before=()) -> Answers:
    """Run a compiled model on rows (n, D)."""
    text = io.StringIO()
    np.savetxt(text, rows, fmt="%.17g", delimiter=",")
    run = subprocess.run(
        [*before, str(program)], input=text.getvalue(), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    D, width = rows.shape[1], 1 + P + P * rows.shape[1] * with_jacobian
    found = np.full((len(rows), width), np.nan)
    for row, line in zip(found, run.stdout.splitlines(), strict=True):
        numbers = [float(cell) for cell in line.split(",")]
        assert len(numbers) == (1 if numbers[0] else width)
        row[: len(numbers)] = numbers
    J = found[:, 1 + P :].reshape(len(rows), P, D) if with_jacobian else np.empty((len(rows), P, 0))
    return Answers(found[:, 0].astype(int), found[:, 1 : 1 + P], J)


def rows_of(plan, known=None, n=60):
    """Return rows that a plan takes, as numbers: those of a case, or drawn."""
    if known is not None:
        return as_numbers(plan, known.columns)
    return np.random.default_rng(1).normal(size=(n, len(plan.inputs)))


TOLERANCE = {"double": 1e-12, "float": 1e-5}


def compared_with_plan(plan, program, rows, real, before=()):
    """Assert that a program gives the values and derivatives of a plan, to rounding of its type."""
    if real == "float":
        rows = rows.astype(np.float32).astype(np.float64)
    P = len(plan.output.names)
    found = answers(program, rows, P, before=before)
    expected = evaluate(plan, as_cells(plan, rows))
    accepted = np.isfinite(expected.values).all(axis=1)
    np.testing.assert_array_equal(found.codes == 0, accepted)
    assert accepted.any()
    # Networks in float32 have rounded too, where the program has not.
    within = TOLERANCE["float" if plan.dtype == np.float32 else real]
    size = np.abs(expected.values[accepted]).max() or 1.0
    np.testing.assert_allclose(
        found.y[accepted] / size, expected.values[accepted] / size, rtol=0, atol=within
    )
    steep = np.abs(expected.jacobian[accepted]).max(axis=(0, 1))
    steep[steep == 0] = 1
    J = found.J[accepted]
    np.testing.assert_allclose(
        J[:, :, list(plan.numeric)] / steep, expected.jacobian[accepted] / steep, rtol=0, atol=within
    )
    texts = [place for place, column in enumerate(plan.inputs) if column.is_text]
    assert not J[:, :, texts].any()


def as_cells(plan, rows):
    """Return the cells that `as_numbers` makes such rows of."""
    return [
        [None if np.isnan(code) else "\0" if code < 0 else column.categories[int(code)] for code in cells]
        if column.is_text
        else cells
        for column, cells in zip(plan.inputs, rows.T, strict=True)
    ]
