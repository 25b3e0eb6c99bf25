"""What holds of every section's scene."""

import json
from base64 import urlsafe_b64encode

import numpy as np
import pytest
from tests.lesson.sections.lessons import done

from chainrule.lesson import Lesson
from chainrule.lesson.sections import SECTIONS

HUGE = [
    {"data": "xor", "activations": ["tanh"]},
    {"data": "blobs", "activations": ["relu"]},
    {"data": "plane", "activations": ["softplus"], "loss": "half_squared_error"},
    {"data": "sine", "activations": ["identity"], "loss": "sum_squared_error"},
]
SHARED = {"title", "rows", "words", "try", "settings", "question", "answer", "refused"}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_a_section_s_content_leaves_the_shared_names_alone(section):
    content = Lesson().sections[section.name].content()
    assert not SHARED & set(content)


@pytest.mark.parametrize("weight", [1e300, -1e200, 0.0])
@pytest.mark.parametrize("data", ["xor", "plane"])
def test_a_scene_is_json_whatever_the_weights(data, weight):
    lesson = Lesson()
    done(lesson, do="network.set", data=data, activations=["relu"])
    address = lesson.address
    values = np.full(lesson.study.network.n_parameters, weight)
    text = urlsafe_b64encode(values.astype("<f8").tobytes()).decode()
    frame = done(lesson, do="go to", address=f"{address}&weights={text}")
    json.dumps(frame, allow_nan=False)
    done(lesson, do="product.finish")
    json.dumps(done(lesson, do="read"), allow_nan=False)


@pytest.mark.parametrize("size", [1e8, 1e100, 1e300])
@pytest.mark.parametrize("setup", HUGE, ids=lambda setup: setup["data"])
def test_every_section_says_something_of_a_network_that_has_run_away(setup, size):
    lesson = Lesson()
    assert lesson.receive({"do": "network.set", "hidden": [4], **setup})["error"] is None
    weights = np.random.default_rng(0).normal(size=lesson.study.network.n_parameters)
    lesson.study.set_parameters(size * weights)
    scenes = json.loads(lesson.scene().to_json())["sections"]
    for scene in scenes.values():
        assert scene.get("refused") or scene["answer"]
        assert "None" not in scene.get("answer", "")
