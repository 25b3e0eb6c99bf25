"""A report on a fitted model: one HTML page for people who were not there when it was fitted.

It needs ``pip install 'chainrule[cli]'``.
"""

from chainrule.report._write import check_report_path, write_report

__all__ = ["check_report_path", "write_report"]

write_report.__module__ = __name__
