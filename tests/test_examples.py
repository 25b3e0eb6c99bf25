"""The examples run, and print what they promise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "examples"
WORDS = {
    "lecture": [f"N{row} " for row in range(1, 16)] + ["Every line was checked."],
    "optimise": ["Learnt in", "exact Jacobian", "Without it"],
    "sensitivities": ["carat", "dollars"],
    "own_activation": ["is not the derivative of the function before it", "∂prediction/∂x"],
    "learning_curves": ["on rows held out", "epochs; the best accuracy"],
    "controller": ["The same Jacobian as in Python: True"],
    "loans": ["are classified correctly", "Seniority"],
    "odd_rows": ["have a wrong label"],
    "curvature": ["The three largest eigenvalues", "within a thousandth"],
    "quantiles": ["Below the 0.9 quantile lie"],
    "order": ["▸ cheapest", "True"],
    "intervals": ["of the held-out rows lie within"],
}


def test_every_example_is_run():
    if not FOLDER.is_dir():
        pytest.skip("the examples are not part of this distribution")
    assert {file.stem for file in FOLDER.glob("*.py")} == {"demo", *WORDS}  # demo: by ``make demo``


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "lecture" else pytest.mark.slow) for name in WORDS]
)
def test_it_runs_and_says_what_it_promises(name, tmp_path):
    if not FOLDER.is_dir():
        pytest.skip("the examples are not part of this distribution")
    done = subprocess.run(
        [sys.executable, "-W", "error", FOLDER / f"{name}.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "DISPLAY"} | {"MPLBACKEND": "agg"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    missing = [word for word in WORDS[name] if word not in done.stdout]
    assert not missing, done.stdout
