"""The lecture on one network, as a page in a browser or in a notebook.

`Lesson` is plain Python: messages change it, and a scene tells what is to be shown.
Modules in ``static`` draw it.
"""

from chainrule.lesson._error import MessageError
from chainrule.lesson._lesson import Lesson, Scene

__all__ = ["Lesson", "MessageError", "Scene"]
