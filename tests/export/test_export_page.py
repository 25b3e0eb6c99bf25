"""What docs/guide/export.md shows of ONNX is right."""

from pathlib import Path

import numpy as np
import pytest

from page_blocks import groups_of

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "export.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="not part of this distribution")


def test_the_example_of_onnx_is_right(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = {}
    for block in groups_of(PAGE.read_text())[0]:
        assert block.run(PAGE.name, made) == block.expected
    row = made["row"]
    np.testing.assert_allclose(made["prediction"][:, 0], made["model"].predict(row), rtol=1e-5)
    expected = made["model"].jacobian(row)
    assert made["facts"]["jacobian"] == ["area", "sold"] and expected.columns == ("area",)
    np.testing.assert_allclose(made["jacobian"][:, :, :1], expected.values, rtol=1e-4)
