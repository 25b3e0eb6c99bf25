"""The lesson as a widget: the same front end as the page's, in Jupyter, VS Code, Colab and marimo."""

from typing import Any

import anywidget

from chainrule.lesson._lesson import Lesson
from chainrule.lesson._static import module_script, notebook_stylesheet

__all__ = ["LessonWidget"]


class LessonWidget(anywidget.AnyWidget):
    """A lesson in a notebook.

    Parameters
    ----------
    lesson : Lesson

    Attributes
    ----------
    lesson : Lesson
        What the widget shows; its study has the data, the network as it is now, and the learner.
    """

    _esm = module_script()
    _css = notebook_stylesheet()

    def __init__(self, lesson: Lesson) -> None:
        super().__init__()
        self.lesson = lesson
        self.on_msg(LessonWidget._answer)

    def _answer(self, message: Any, buffers: Any) -> None:
        """Answer a message of the front end with a frame; a file comes as bytes beside its message."""
        if buffers and isinstance(message, dict):
            message = {**message, "content": bytes(buffers[0])}
        try:
            frame = self.lesson.receive(message)
        except Exception as problem:  # the front end waits for an answer to each of its messages
            self.send(_failed(message, problem))
            raise
        self.send(frame)

    def __repr__(self) -> str:
        study = self.lesson.study
        return f"LessonWidget({study.network!r}, {len(study.data.X):,} rows)"


def _failed(message: Any, problem: Exception) -> dict[str, Any]:
    line = " ".join(f"{type(problem).__name__}: {problem}".split())
    return {
        "id": message.get("id") if isinstance(message, dict) else None,
        "common": {}, "sections": {}, "address": "", "said": [], "error": line, "file": None,
    }  # fmt: skip
