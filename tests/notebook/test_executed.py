"""A notebook with a lesson, executed by nbclient: the widget is its output, and learning steps."""

import json

import nbformat
import pytest
from nbclient import NotebookClient
from tests.notebook.cells import FIT, NUMBERS, STEP

from chainrule.lesson._static import module_script


@pytest.fixture(scope="module")
def executed():
    cells = [nbformat.v4.new_code_cell(source) for source in (FIT, NUMBERS, STEP, NUMBERS)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", store_widget_state=True)
    client.execute()
    return notebook


def printed(cell):
    (output,) = [each for each in cell.outputs if each.output_type == "stream" and each.name == "stdout"]
    return json.loads(output.text)


def test_the_cell_s_output_is_the_widget(executed):
    shown = executed.cells[0].outputs[-1].data
    name = shown["application/vnd.jupyter.widget-view+json"]["model_id"]
    state = executed.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert state[name]["model_module"] == "anywidget"
    assert state[name]["state"]["_esm"] == module_script()
    assert "LessonWidget(Network((2, 6, 1)" in shown["text/plain"]


def test_learning_steps_and_the_model_stays(executed):
    before, after = printed(executed.cells[1]), printed(executed.cells[3])
    assert (before["position"], after["position"]) == (0, 3)
    assert before["error"] == before["fitted"] == after["fitted"]
    assert after["error"] != before["error"] and after["weights"] != before["weights"]
