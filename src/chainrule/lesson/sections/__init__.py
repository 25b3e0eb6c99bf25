"""The sections of the lesson, in the order of the notes: one file each."""

from chainrule.lesson._section import Section
from chainrule.lesson.sections._layer import LayerSection
from chainrule.lesson.sections._network import NetworkSection
from chainrule.lesson.sections._order import OrderSection
from chainrule.lesson.sections._product import ProductSection

__all__ = ["SECTIONS"]

SECTIONS: tuple[type[Section], ...] = (NetworkSection, ProductSection, LayerSection, OrderSection)
