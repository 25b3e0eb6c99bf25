"""A lesson in a notebook, without a browser: the widget is sent messages and answers with frames."""

import builtins
import json
import subprocess
import sys

import numpy as np
import pytest

import chainrule
from chainrule import MLPRegressor, Network, show
from chainrule.lesson import Lesson
from chainrule.lesson._static import module_script, stylesheet

X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
Y = X[:, 0] * X[:, 1]


pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def model():
    return MLPRegressor(hidden_layer_sizes=(5,), solver="lbfgs", max_iter=9, random_state=0).fit(X, Y)


def frames_of(widget):
    """What the widget sends from now on."""
    sent = []
    widget.send = lambda content, buffers=None: sent.append(content)
    return sent


def ask(widget, message, buffers=()):
    sent = frames_of(widget)
    widget._handle_custom_msg(message, list(buffers))
    (frame,) = sent
    assert json.loads(json.dumps(frame, allow_nan=False)) == frame
    return frame


def test_a_message_is_answered_with_a_frame_of_the_lesson_s_numbers(model):
    widget = show(model, X, Y)
    frame = ask(widget, {"do": "show", "sections": ["network", "forward"], "id": 1})
    assert frame["id"] == 1 and [*frame["sections"]] == ["network", "forward"] and frame["error"] is None
    assert frame["sections"]["forward"]["output"] == model.network_(X[:1])[0].tolist()
    frame = ask(widget, {"do": "network.step", "batches": 3, "id": 2})
    assert frame["common"]["position"] == 3 and frame["id"] == 2
    assert frame["sections"]["network"]["loss"]["value"] == widget.lesson.study.learner.error()
    assert widget.lesson.study.network != model.network_


def test_what_is_learnt_there_leaves_the_model_as_it_is(model):
    before = model.network_.copy()
    ask(show(model, X, Y), {"do": "network.step", "batches": 3})
    assert model.network_ == before


def test_a_message_that_does_not_fit_is_answered_too(model):
    widget = show(model, X, Y)
    assert "accepted is a whole number" in ask(widget, {"do": "network.step", "batches": -1})["error"]
    assert "a message is an object" in ask(widget, "step")["error"]


def test_a_fault_is_answered_before_it_is_raised(model, monkeypatch):
    widget = show(model, X, Y)
    sent = frames_of(widget)

    def broken(message):
        raise RuntimeError("in\ntwo lines")

    monkeypatch.setattr(widget.lesson, "receive", broken)
    with pytest.raises(RuntimeError):
        widget._answer({"do": "read", "id": 3}, [])
    assert sent[0]["id"] == 3 and sent[0]["error"] == "RuntimeError: in two lines"
    assert sorted(sent[0]) == sorted(Lesson().receive({"do": "show", "sections": []}))


def test_a_file_comes_beside_its_message():
    rows = "".join(f"{x:.3f},{y:.3f},{x * y:.6f}\n" for x, y in X)
    frame = ask(show(), {"do": "network.upload", "name": "t.csv"}, [memoryview(f"a,b,c\n{rows}".encode())])
    assert (
        frame["error"] is None and frame["common"]["n_rows"] == 60 and frame["common"]["inputs"] == ["a", "b"]
    )


def test_its_script_and_style_are_the_page_s():
    widget = show()
    assert widget._esm == module_script() and widget._css.startswith(stylesheet())
    assert "max-height" in widget._css.removeprefix(stylesheet())  # of its own, which the page has not
    assert repr(widget) == f"LessonWidget({widget.lesson.study.network!r}, 200 rows)"


def test_what_it_takes():
    with pytest.raises(ValueError, match=r"show\(model, X, y\)"):
        show(Network((2, 1)), X)
    with pytest.raises(TypeError, match="got str"):
        show("model", X, Y)
    assert "show" in chainrule.__all__ and "show" in dir(chainrule)
    for kind in (Network, MLPRegressor):
        assert not hasattr(kind, "show")


def test_without_anywidget_it_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "chainrule.lesson._widget", raising=False)
    real = builtins.__import__

    def lacking(name, *given):
        if name.partition(".")[0] == "anywidget":
            raise ModuleNotFoundError("No module named 'anywidget'", name="anywidget")
        return real(name, *given)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(ModuleNotFoundError, match=r"needs anywidget: pip install 'chainrule\[notebook\]'"):
        show()


def test_a_lesson_needs_neither_pandas_nor_the_notebook():
    code = (
        "import sys\n"
        "for name in ('pandas', 'pyarrow', 'anywidget', 'starlette'): sys.modules[name] = None\n"
        "from chainrule import Network\n"
        "from chainrule.lesson import Lesson, study_of_estimator\n"
        "import numpy as np\n"
        "lesson = Lesson(study_of_estimator(Network((2, 3, 1), random_state=0), np.eye(2), [1.0, 2.0]))\n"
        "assert lesson.receive({'do': 'show', 'sections': ['network']})['error'] is None\n"
        "frame = lesson.receive({'do': 'network.upload', 'name': 't.csv', 'content': b'a,b'})\n"
        "assert \"pip install 'chainrule[cli]'\" in frame['error'], frame['error']\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
