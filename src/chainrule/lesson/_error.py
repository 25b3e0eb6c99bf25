"""The error of a message that a lesson does not take."""

__all__ = ["MessageError"]


class MessageError(ValueError):
    """A message that does not fit: what was given, what is accepted, in one line. Nothing has changed."""
