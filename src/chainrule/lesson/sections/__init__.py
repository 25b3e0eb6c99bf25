"""The sections of the lesson, in the order of the notes: one file each."""

from chainrule.lesson._section import Section
from chainrule.lesson.sections._by_hand import ByHandSection
from chainrule.lesson.sections._cross_entropy import CrossEntropySection
from chainrule.lesson.sections._curvature import CurvatureSection
from chainrule.lesson.sections._forward import ForwardSection
from chainrule.lesson.sections._layer import LayerSection
from chainrule.lesson.sections._network import NetworkSection
from chainrule.lesson.sections._order import OrderSection
from chainrule.lesson.sections._product import ProductSection
from chainrule.lesson.sections._taylor import TaylorSection

__all__ = ["SECTIONS"]

SECTIONS: tuple[type[Section], ...] = (
    NetworkSection,
    ForwardSection,
    ProductSection,
    LayerSection,
    OrderSection,
    TaylorSection,
    ByHandSection,
    CrossEntropySection,
    CurvatureSection,
)
