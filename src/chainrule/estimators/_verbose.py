"""What a fit prints of its epochs: with ``verbose``, as scikit-learn does; else nothing."""

from chainrule.training import EpochReport


def print_epoch(report: EpochReport) -> None:
    print(f"Iteration {report.epoch}, loss = {report.loss:.8f}")
    if report.validation_score is not None:
        print(f"Validation score: {report.validation_score:f}")


def say_nothing(message: str) -> None:
    """Stand in for print."""
