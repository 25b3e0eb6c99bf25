"""What docs/export.md shows of ONNX works as it stands."""

import re
from pathlib import Path

import numpy as np
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "export.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="not part of this distribution")


def code_of(section):
    """Return the blocks of code of a section of the page, indented by four blanks."""
    text = PAGE.read_text().split(f"\n## {section}\n")[1].split("\n## ")[0].split("\n### ")[0]
    return re.sub(r"^(?!    ).*$", "", text, flags=re.MULTILINE).replace("\n    ", "\n")


@pytest.mark.filterwarnings("ignore::chainrule.tables.TableWarning")
def test_the_example_of_onnx_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = {}
    exec(code_of("ONNX"), made)
    row = made["row"]
    np.testing.assert_allclose(made["prediction"][:, 0], made["model"].predict(row), rtol=1e-5)
    expected = made["model"].jacobian(row)
    assert made["facts"]["jacobian"] == ["area", "sold"] and expected.columns == ("area",)
    np.testing.assert_allclose(made["jacobian"][:, :, :1], expected.values, rtol=1e-4)
    exec(code_of("Columns as numbers"), made)
    np.testing.assert_array_equal(made["rows"][:3, 1:], [[0, 19723], [1, 19724], [np.nan, 19725]])
