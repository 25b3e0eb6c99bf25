"""The command ``chainrule``. One file a command; needs ``pip install 'chainrule[cli]'``."""

import sys
from collections.abc import Sequence

from chainrule.cli._interrupts import presses_handled

__all__ = ["main"]

_OPTIONAL = {"typer", "rich", "pandas", "pyarrow", "skops"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    It is 0, or 2 for what cannot be done, 130 after Ctrl-C, 143 after SIGTERM, and 141 for a reader that has
    gone.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the command's name; ``sys.argv[1:]`` where it is left out.
    """
    with presses_handled(ends_the_process=arguments is None) as presses:
        try:
            from chainrule.cli._app import run
        except ModuleNotFoundError as error:
            if error.name not in _OPTIONAL:
                raise
            print(f"error: the command needs {error.name}: pip install 'chainrule[cli]'", file=sys.stderr)
            return 2
        presses.loading = False
        return run(sys.argv[1:] if arguments is None else arguments, presses)
