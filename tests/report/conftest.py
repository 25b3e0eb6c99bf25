"""Reports on three small models of one table, made once."""

import pytest
from tests.report.houses import ESTIMATORS, Made, make_reports


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """Reports by the name of their estimator."""
    return make_reports(tmp_path_factory.mktemp("reports"))


@pytest.fixture(params=list(ESTIMATORS))
def made(request: pytest.FixtureRequest, reports: dict[str, Made]) -> Made:
    """Each of them in turn."""
    return reports[request.param]
