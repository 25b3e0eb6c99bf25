"""A callback of scikit-learn that tests give to fits on a cluster."""

import threading


class EndOfEpoch:
    """Notes losses, and threads it is told in; does something at the end of an epoch: True ends the fit."""

    max_estimator_depth = None

    def __init__(self, number, do):
        self.number, self.do, self.losses, self.threads = number, do, [], set()

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, **given):
        pass

    def on_fit_task_end(self, estimator, context, **given):
        if context.task_name != "epoch":
            return False
        self.losses.append(estimator.loss_)
        self.threads.add(threading.current_thread().name)
        return len(self.losses) == self.number and self.do() is True
