"""The date of a fit, which a fitted model keeps: files of it are the same whenever they are written."""

from datetime import UTC, datetime

__all__ = ["fit_date"]


def fit_date() -> str:
    """Return the present second in UTC, as ISO 8601 writes it.

    >>> len(fit_date()), fit_date()[-6:]
    (25, '+00:00')
    """
    return datetime.now(UTC).isoformat(timespec="seconds")
