"""The lesson as a page: a small web server for this machine. Needs ``pip install 'chainrule[page]'``."""

from chainrule.lesson.server._access import Access
from chainrule.lesson.server._serve import serve

__all__ = ["Access", "serve"]
