"""A lesson: messages change it, frames and scenes tell what is to be shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from chainrule.lesson._address import address_of, go_to
from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Choice, Field, Integer, Several, Text, shortened
from chainrule.lesson._saved import saved_page
from chainrule.lesson._section import Section, checked
from chainrule.lesson._study import Study
from chainrule.lesson.sections import SECTIONS

__all__ = ["Lesson", "Scene"]

NAMES = tuple(section.name for section in SECTIONS)
_LARGEST_ID = 2**53 - 1


@dataclass(frozen=True)
class Scene:
    """Everything that is to be shown.

    Attributes
    ----------
    common : mapping
        What all sections look at: layer sizes, names, the chosen row.
    sections : mapping of str to mapping
    address : str
        The state as the text after the # of an address.
    """

    common: Mapping[str, Any]
    sections: Mapping[str, Mapping[str, Any]]
    address: str

    def to_json(self) -> str:
        """Return it as JSON: numbers whole, what is not finite null."""
        whole = {"common": dict(self.common), "sections": {**self.sections}, "address": self.address}
        return json.dumps(whole, allow_nan=False, ensure_ascii=False, default=dict)


class Lesson:
    """The lecture on one network: data, a network, what is looked at; in plain Python.

    Parameters
    ----------
    study : Study, optional
        Data and network to begin with; a small problem if left out.

    Examples
    --------
    >>> from chainrule.lesson import Lesson
    >>> lesson = Lesson()
    >>> frame = lesson.receive({"do": "network.step", "batches": 3})
    >>> frame["common"]["position"], frame["error"]
    (3, None)
    >>> lesson.receive({"do": "network.step", "batches": -1})["error"]
    'batches of network.step is -1; accepted is a whole number from 1 to 100,000'
    """

    def __init__(self, study: Study | None = None) -> None:
        self.study = study or Study()
        self.sections: dict[str, Section] = {each.name: each(self.study) for each in SECTIONS}
        self._shown: tuple[str, ...] = NAMES
        self._sent: dict[str, Any] = {}

    def receive(self, message: object) -> dict[str, Any]:
        """Do what a message says, and return a frame: what has changed on the screen.

        A message that does not fit changes nothing: the frame says why under "error", in one line.

        Parameters
        ----------
        message : dict
            ``{"do": "section.action", ...}``, with the action's fields and an "id" to know the frame by.

        Returns
        -------
        dict
            As JSON has it: "id", "common", "sections" (those that are shown and have changed), "address",
            "said" (lines), "error", "file".
        """
        kept = self._memento()
        try:
            return self._frame(message, kept)
        except BaseException:  # a fault, or the message was stopped on the way
            self._put_back(kept)
            raise

    def _frame(self, message: object, kept: Any) -> dict[str, Any]:
        number: int | None = None
        said: list[str] = []
        error = file = None
        try:
            number, do, fields = _parts(message)
            with np.errstate(all="ignore"):
                file = self._do(do, fields)
                said = self.study.take_said()
        except (ValueError, TypeError, ArithmeticError, MemoryError) as problem:
            self._put_back(kept)
            error = " ".join(str(problem).split()) or type(problem).__name__
        return {
            "id": number, "common": self.study.common(), "sections": self._changed(), "address": self.address,
            "said": said, "error": error, "file": file,
        }  # fmt: skip

    def scene(self) -> Scene:
        """Return everything: all sections, as they are now."""
        with np.errstate(all="ignore"):
            sections = {name: MappingProxyType(each.scene()) for name, each in self.sections.items()}
        return Scene(MappingProxyType(self.study.common()), MappingProxyType(sections), self.address)

    @property
    def address(self) -> str:
        """The state as the text after the # of an address."""
        return address_of(self.study, self.sections.values())

    def _do(self, do: str, fields: Mapping[str, Any]) -> dict[str, str] | None:
        version = self.study.version
        file = None
        if do in _OF_THE_LESSON:
            given = checked(fields, _OF_THE_LESSON[do], repr(do), all_of_them=True)
            if do in ("show", "read"):
                self._shown, self._sent = given.get("sections", self._shown), {}
            elif do == "choose row":
                self.study.choose_row(given["row"])
            elif do == "go to":
                for line in go_to(given["address"], self.study, self.sections):
                    self.study.say(line)
            elif do == "save":
                file = {"name": "lesson.html", "content": saved_page(self.scene().to_json())}
        else:
            section, _, name = do.partition(".")
            if section not in self.sections:
                accepted = ", ".join([*_OF_THE_LESSON, *(f"{each}.…" for each in self.sections)])
                raise MessageError(f"do is {shortened(do)}; accepted are {accepted}")
            self.sections[section].do(name, fields)
            self._sent.pop(section, None)
        if self.study.version != version:
            self._sent = {}
            for each in self.sections.values():
                each.study_changed()
        return file

    def _changed(self) -> dict[str, Any]:
        """Return the scenes that are shown and that the other side does not have."""
        with np.errstate(all="ignore"):
            fresh = {name: self.sections[name].scene() for name in self._shown if name not in self._sent}
        self._sent |= dict.fromkeys(fresh)
        return fresh

    def _memento(self) -> Any:
        sections = {name: dict(each.__dict__) for name, each in self.sections.items()}
        return self.study.memento(), sections, self._shown, dict(self._sent)

    def _put_back(self, kept: Any) -> None:
        study, sections, self._shown, self._sent = kept
        self.study.put_back(study)
        for name, attributes in sections.items():
            self.sections[name].__dict__.update(attributes)


_OF_THE_LESSON: dict[str, dict[str, Field]] = {
    "show": {"sections": Several(Choice(NAMES), 0, len(NAMES))},
    "read": {},
    "choose row": {"row": Integer(0, 99_999)},
    "go to": {"address": Text(20_000)},
    "save": {},
}


def _parts(message: object) -> tuple[int | None, str, dict[str, Any]]:
    """Return a message's id, what it asks for, and its fields."""
    if not isinstance(message, Mapping):
        raise MessageError(f"a message is an object with 'do', got {type(message).__name__}")
    fields = dict(message)
    number = fields.pop("id", None)
    if number is not None and (type(number) is not int or not 0 <= number <= _LARGEST_ID):
        raise MessageError(f"id is {shortened(number)}; accepted is a whole number")
    do = fields.pop("do", None)
    if not isinstance(do, str):
        raise MessageError(f"do is {shortened(do)}; accepted is a text such as 'network.step'")
    return number, do, fields
