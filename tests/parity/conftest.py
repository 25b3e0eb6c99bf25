import pytest

from .comparison import Tally

TALLIES = pytest.StashKey[dict[str, Tally]]()


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Tally:
    """What a file's comparisons found, said at the end of the run."""
    name = request.module.__name__.rpartition(".test_")[2]
    return request.config.stash.setdefault(TALLIES, {}).setdefault(name, Tally())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, tally in config.stash.get(TALLIES, {}).items():
        terminalreporter.section(f"against scikit-learn: {name}")
        for line in tally.lines():
            terminalreporter.line(line)
