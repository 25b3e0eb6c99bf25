"""
A controller with a Jacobian
============================

A network learns how a pendulum moves, and a controller steers by the network's exact derivatives.

The next state of a pendulum with a motor follows from its angle, speed and torque. A network learns
this step from measurements. Its Jacobian at the upright position is a linear model, from which a
linear-quadratic regulator computes how to hold the pendulum upright. On a microcontroller the same
network and Jacobian run as exported C; ``evaluate`` is the twin of that code in Python.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.linalg import solve_discrete_are

from chainrule import MLPRegressor
from chainrule.export import evaluate, plan_of, to_c

SECONDS, GRAVITY = 0.02, 9.81


def moved(state: np.ndarray, torque: np.ndarray) -> np.ndarray:
    """State (angle from upright, speed) of the true pendulum after a fiftieth of a second."""
    angle, speed = state.T
    speed = speed + SECONDS * (GRAVITY * np.sin(angle) - 0.1 * speed + torque)
    return np.c_[angle + SECONDS * speed, speed]


rng = np.random.default_rng(0)
states = rng.uniform([-1.0, -3.0], [1.0, 3.0], (1500, 2))
torques = rng.uniform(-15, 15, 1500)
X = np.c_[states, torques]
changes = moved(states, torques) - states
model = MLPRegressor(
    hidden_layer_sizes=(12,), activation="tanh", solver="lm", alpha=0, tol=1e-5, max_iter=500, random_state=0
).fit(X, changes)
worst = np.abs(model.predict(X) - changes).max(axis=0)
print(f"Off by at most {worst[0]:.1e} rad and {worst[1]:.1e} rad/s in one step.")

# %%
# The Jacobian of the step at the upright position is all that the regulator needs. From a row of it
# follow the matrices A (by the state) and B (by the torque), and from these the gain K.
upright = np.zeros((1, 3))
J = model.jacobian(upright)[0]
A, B = np.eye(2) + J[:, :2], J[:, 2:]
print("A =", A.round(4).tolist(), " B =", B.round(4).ravel().tolist())
P = solve_discrete_are(A, B, np.diag([10.0, 1.0]), np.array([[0.1]]))
K = np.linalg.solve(0.1 + B.T @ P @ B, B.T @ P @ A)
print("torque = −K · state with K =", K.round(3).ravel().tolist())

# %%
# The true pendulum, with the controller and without it.
figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
times = SECONDS * np.arange(75)
for gain, name in ((K, "with the controller"), (0 * K, "without it")):
    state, angles = np.array([[0.4, 0.0]]), []
    for _ in times:
        angles.append(state[0, 0])
        state = moved(state, -(state @ gain.T)[:, 0])
    axes.plot(times, angles, label=name)
axes.set(xlabel="seconds", ylabel="angle from upright, rad", ylim=(-0.1, 3.2))
axes.legend()
plt.show()

# %%
# The same model as C for a microcontroller: no allocation, all sizes known. ``evaluate`` gives what the
# C code gives, value and Jacobian.
code = to_c(model, name="pendulum", type="float", derivatives=True)
print(f"{code.n_constant_bytes:,} bytes of tables, {code.n_stack_bytes:,} bytes of stack for a call")
twin = evaluate(plan_of(model), [*states[:5].T, torques[:5]])
print("The same Jacobian as in Python:", np.allclose(twin.jacobian, model.jacobian(X[:5])))
