"""``python -m chainrule.kernels``: compile every kernel ahead, so that nothing has to wait for it later."""

import sys

from chainrule.kernels.ahead import compile_all


def _done(name: str, count: int, total: int) -> None:
    print(f"{count:3} of {total}  {name}", flush=True)


if __name__ == "__main__":
    print("compiling for float64 and float32, the longest parts first", flush=True)
    try:
        compile_all(_done)
    except OSError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted; what is compiled is kept")
