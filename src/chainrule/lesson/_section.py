"""A section of the lesson: its settings, what it does, and the scene that it shows."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from numpy.linalg import LinAlgError

from chainrule.lesson._error import MessageError
from chainrule.lesson._fields import Field, shortened
from chainrule.lesson._study import Study

__all__ = ["Section", "action", "checked"]

Method = TypeVar("Method", bound=Callable[..., None])


def action(**fields: Field) -> Callable[[Method], Method]:
    """Let messages call a method; their fields are checked before, and all must be there."""

    def mark(method: Method) -> Method:
        method.fields = fields  # type: ignore[attr-defined]
        return method

    return mark


def checked(given: Mapping[str, Any], fields: Mapping[str, Field], what: str, *, all_of_them: bool) -> Any:
    """Return the fields of a message, checked; MessageError for others, and for those that are missing."""
    unknown = sorted(set(given) - set(fields))
    if unknown:
        accepted = f"its fields are {', '.join(fields)}" if fields else "it has no fields"
        raise MessageError(f"{what} does not take {shortened(unknown[0])}; {accepted}")
    missing = sorted(set(fields) - set(given)) if all_of_them else []
    if missing:
        raise MessageError(f"{what} lacks the field {missing[0]!r}")
    return {name: fields[name].check(value, f"{name} of {what}") for name, value in given.items()}


class Section(ABC):
    """One section of the lesson.

    What a section keeps besides its settings are plain attributes that are bound anew, never changed within:
    a message that fails puts the old ones back.

    Attributes
    ----------
    name : str
        In messages and addresses.
    title : str
    rows : tuple of str
        Of the notes, such as "N4".
    words : tuple of str
        Two or three sentences on what is seen.
    to_try : str
        One thing to try.
    settings : dict of str to (Field, default)
    """

    name: ClassVar[str]
    title: ClassVar[str]
    rows: ClassVar[tuple[str, ...]]
    words: ClassVar[tuple[str, ...]]
    to_try: ClassVar[str]
    settings: ClassVar[Mapping[str, tuple[Field, Any]]] = {}

    def __init__(self, study: Study) -> None:
        self.study = study
        self.values: Mapping[str, Any] = {name: default for name, (_, default) in self.settings.items()}

    @abstractmethod
    def content(self) -> dict[str, Any]:
        """Return what is shown: numbers of the library, as JSON has them.

        Raises
        ------
        MessageError
            If this network or these data are too large to be shown, or have no such numbers.
        """

    @abstractmethod
    def question(self) -> tuple[str, str]:
        """Return a question and its answer, computed from the current numbers."""

    def set(self, **values: Any) -> None:
        """Change some settings; a section that has limits between them raises MessageError."""
        self.values = {**self.values, **values}

    def study_changed(self) -> None:  # noqa: B027 - most sections have nothing to do
        """Data, network or row are others now: settings that do not fit any more go back to what fits."""

    def do(self, name: str, fields: Mapping[str, Any]) -> None:
        """Do what a message says."""
        what = f"{self.name}.{name}"
        if name == "set":
            accepted = {each: field for each, (field, _) in self.settings.items()}
            self.set(**checked(fields, accepted, what, all_of_them=False))
            return
        method = getattr(type(self), name, None) if name.isidentifier() else None
        if not hasattr(method, "fields"):
            raise MessageError(f"there is no {shortened(what)}; accepted are {', '.join(self.actions())}")
        method(self, **checked(fields, method.fields, what, all_of_them=True))  # type: ignore[union-attr, misc]

    @classmethod
    def actions(cls) -> list[str]:
        """Return the names of what a message may ask of the section."""
        own = [name for name in dir(cls) if hasattr(getattr(cls, name, None), "fields")]
        return [f"{cls.name}.{name}" for name in [*own, *(["set"] if cls.settings else [])]]

    def scene(self) -> dict[str, Any]:
        """Return the whole section as JSON has it; what cannot be shown says why under "refused"."""
        scene: dict[str, Any] = {
            "title": self.title, "rows": list(self.rows), "words": list(self.words), "try": self.to_try,
            "settings": {name: _listed(value) for name, value in self.values.items()},
        }  # fmt: skip
        try:
            scene |= self.content()
            scene["question"], scene["answer"] = self.question()
        except MessageError as refusal:
            scene["refused"] = str(refusal)
        except (ArithmeticError, LinAlgError, MemoryError) as problem:
            scene["refused"] = f"these numbers cannot be computed, the network's may be too large: {problem}"
        return scene


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
