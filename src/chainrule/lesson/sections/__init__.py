"""The sections of the lesson, in the order of the notes: one file each."""

from chainrule.lesson._section import Section
from chainrule.lesson.sections._network import NetworkSection

__all__ = ["SECTIONS"]

SECTIONS: tuple[type[Section], ...] = (NetworkSection,)
