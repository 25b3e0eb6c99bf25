"""Running the command in this process, in a folder of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chainrule.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``chainrule`` with these arguments; in a folder of the test's own and a wide terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Ended:
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run


def make_houses(rows: int = 120) -> pd.DataFrame:
    """A table with numbers, text, truth values and missing cells, and two targets."""
    random = np.random.default_rng(0)
    side = random.uniform(5, 15, rows)
    town = random.choice(["Ulm", "Bonn", "Jena"], rows)
    price = 1000 * side + 5000 * (town == "Bonn") + random.normal(0, 100, rows)
    frame = pd.DataFrame(
        {
            "side": side.round(3),
            "town": town,
            "garden": random.random(rows) < 0.5,
            "price": price.round(2),
            "dear": np.where(price > np.median(price), "yes", "no"),
        }
    )
    frame.loc[[3, 7], "side"] = np.nan
    frame.loc[5, "town"] = None
    return frame


@pytest.fixture
def houses() -> pd.DataFrame:
    """The table of ``houses.csv``, to change as one likes."""
    return make_houses()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``houses.csv``, and models of its two targets fitted by the command."""
    folder = tmp_path_factory.mktemp("trained")
    make_houses().to_csv(folder / "houses.csv", index=False)
    for target, name in (("price", "price.chainrule"), ("dear", "dear.chainrule")):
        arguments = ["fit", folder / "houses.csv", "--target", target, "--output", folder / name]
        arguments += ["--hidden", "8", "--max-iter", 5, "--seed", 1, "--quiet"]
        assert main([str(argument) for argument in arguments]) == 0
    return folder
