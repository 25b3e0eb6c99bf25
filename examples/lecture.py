"""
The lecture in one script
=========================

Each of the fifteen statements of the lecture, computed with real matrices and checked.

The pages of the lecture say more about each of them.
"""

import matplotlib.pyplot as plt
import numpy as np

from chainrule import Network, train
from chainrule.calculus import (
    AffineInParameters,
    Chain,
    Elementwise,
    Function,
    cheapest,
    forward_augmented,
    from_left,
    from_right,
    lecture_columns,
    network_map,
    norm_squared,
    remainder_slope,
    sample_errors,
    shift,
)
from chainrule.testing import check_derivative, complex_step_derivative

np.set_printoptions(precision=4, suppress=True)


def row(number: int, says: str) -> None:
    print(f"\nN{number}  {says}")


def show(name: str, value: object) -> None:
    lines = str(value).splitlines()
    print(f"     {name} = {lines[0]}")
    for line in lines[1:]:
        print(" " * (8 + len(name)) + line)


rng = np.random.default_rng(0)
net = Network((2, 3, 2), activation="tanh", random_state=0)
X, Y = rng.normal(size=(50, 2)), np.empty((50, 2))
Y[:, 0], Y[:, 1] = np.sin(X[:, 0]), X[:, 0] * X[:, 1]
x, y = X[0], Y[0]

# %%
# **N1**
row(1, "A network is a composition of layers σ(A z + b), its parameters are η.")
F = network_map(net.weights, net.biases, net.activations, net.output)
print(f"     {net}")
show("A_1", net.weights[0].T)
show("F(x)", F(x))
assert np.allclose(F(x), net(X[:1])[0])

# %%
# **N2**
row(2, "The error is E(η) = (1/N) Σ ‖F(x_i, η) − y_i‖².")
E = net.error(X, Y, "sum_squared_error")
show("E", f"{E:.4f}   (half of it is scikit-learn's: {net.error(X, Y, 'half_squared_error'):.4f})")
assert np.isclose(E, ((net(X) - Y) ** 2).sum(axis=1).mean())

# %%
# **N3**
row(3, "Learning changes η so that the error becomes smaller.")
learnt = net.copy()
train(learnt, X, Y, loss="sum_squared_error", random_state=0, max_iter=200)
show("E after 200 epochs", f"{learnt.error(X, Y, 'sum_squared_error'):.4f}")
assert learnt.error(X, Y, "sum_squared_error") < E

# %%
# **N4**
row(4, "The derivative of f: Rⁿ → Rᵐ is the m × n matrix of ∂f_i/∂x_j.")
show("DF(x)", F.derivative(x))
check_derivative(F, F.derivative, x)

# %%
# **N5**
row(5, "f(x + Δx) = f(x) + Df(x) Δx + …: the remainder shrinks with the square of Δx.")
slopes = remainder_slope(F, x, [1.0, 1.0]), remainder_slope(F, x, [1.0, 1.0], order=2)
show("order of the remainder", f"{slopes[0]:.2f}, with the second derivative {slopes[1]:.2f}")
assert np.allclose(slopes, [2, 3], atol=0.2)

# %%
# **N6**
row(6, "f(x₁, x₂) = (x₁²x₂, x₁ + x₂) has Df = [[2x₁x₂, x₁²], [1, 1]].")
f = Function("x1**2*x2, x1 + x2", name="f")
show("Df(3, 2)", f.derivative([3.0, 2.0]))
assert np.array_equal(f.derivative([3.0, 2.0]), [[12, 9], [1, 1]])

# %%
# **N7**
row(7, "Composition becomes multiplication: with g(y) = y₁² + y₂³, D(g∘f) = Dg · Df.")
g = Function("y1**2 + y2**3", name="g")
show("Dg(f(3, 2))", g.derivative(f([3.0, 2.0])))
show("D(g∘f)(3, 2)", (g @ f).derivative([3.0, 2.0]))
assert np.allclose((g @ f).derivative([3.0, 2.0]), [[4 * 27 * 4 + 3 * 25, 2 * 81 * 2 + 3 * 25]])

# %%
# **N8**
row(8, "One sample: Φ = α ∘ β ∘ F with α(z) = ‖z‖², β(a) = a − y, so DΦ = 2 (F(x) − y)ᵀ · DF.")
Φ = norm_squared @ shift(-y) @ F
show("DΦ(x)", Φ.derivative(x))
assert np.allclose(Φ.derivative(x), 2 * (F(x) - y) @ F.derivative(x))
DF = net.parameter_jacobian(X[:1])[0]
show("‖∇Φ(η)‖, by DF(η)", f"{np.linalg.norm(2 * (F(x) - y) @ DF):.4f}, DF is {DF.shape[0]} × {DF.shape[1]}")
assert np.allclose(net.gradient(X[:1], Y[:1], "sum_squared_error"), 2 * (F(x) - y) @ DF)

# %%
# **N9**
row(9, "The factors of DF are evaluated at values that were kept in the forward pass.")
at_x = net.at(X[:1])
kept = net.layers(X[:1])
for z, name in zip(kept, ("z_0 = x", "z_1", "z_2 = F(x)"), strict=True):
    show(name, z[0])
D2, D1 = at_x.layer_jacobians()
show("D_2 A_2", D2[0])
show("D_1 A_1", D1[0])
assert np.allclose(D1[0], np.diag(1 - kept[1][0] ** 2) @ net.weights[0].T)  # tanh′ = 1 − z²
assert np.allclose(D2 @ D1, at_x.jacobian())

# %%
# **N10**
row(10, "A layer's derivative in its own parameters has σ′(q_i) z_j for A_ij and σ′(q_i) for b_i.")
layer = Elementwise("tanh") @ AffineInParameters(x, 3)
notes = layer.derivative(np.concatenate([net.weights[0].T.ravel(), net.biases[0]]))
show("columns A_11 A_12 A_21 … b_3", notes)
show("columns in the order of η", lecture_columns(2, 3))
assert np.allclose(net.layer_parameter_jacobian(X[:1], 0)[0], notes[:, lecture_columns(2, 3)])

# %%
# **N11**
row(11, "Backpropagation multiplies a row from the left, from the output to the input.")
u = 2 * (F(x) - y)
show("u = 2 (F − y)ᵀ", u)
show("u · D_2 A_2", u @ D2[0])
show("u · D_2 A_2 · D_1 A_1", F.pullback(x, u))
assert np.allclose(F.pullback(x, u), net.pullback(X[:1], u[None])[0])

# %%
# **N12**
row(12, "An (m×n)(n×p) product takes m·n·p multiplications, so the order matters.")
lecture = [(1, 100), (100, 100), (100, 100)]
for order in (from_left(lecture), from_right(lecture)):
    print("     " + str(order).replace("\n", "\n     "))
chain = [(784, 128), (128, 16), (16, 128), (128, 784)]
ends, best = from_left(chain), cheapest(chain)
show("784·128·16·128·784", f"{best.formula}: {best.multiplications:,}; from an end {ends.multiplications:,}")
assert (from_left(lecture).multiplications, from_right(lecture).multiplications) == (20_000, 1_010_000)
assert np.allclose(Chain.of(F, x).product("from_input"), Chain.of(F, x).product("from_output"))
figure, axes = plt.subplots(figsize=(7, 2), layout="constrained")
names = ("(AB)(CD), the cheapest", "from the left", "from the right")
counted = [order.multiplications for order in (best, ends, from_right(chain))]
axes.barh(names, counted)
axes.set(xlabel="multiplications for 784·128·16·128·784")
axes.invert_yaxis()
plt.show()

# %%
# **N13**
row(13, "With N samples the formulas are the same, with matrices in place of vectors.")
one_by_one = np.mean(
    [net.gradient(X[i : i + 1], Y[i : i + 1], "sum_squared_error") for i in range(50)], axis=0
)
show("‖mean of 50 gradients − gradient of 50‖",
     f"{np.linalg.norm(one_by_one - net.gradient(X, Y, 'sum_squared_error')):.1e}")  # fmt: skip
assert np.allclose(one_by_one, net.gradient(X, Y, "sum_squared_error"))

# %%
# **N14**
row(14, "Cross entropy, from q: with softmax or the logistic function its derivative is F − y.")
classifier = Network((2, 3, 2), output="softmax", random_state=0)
labels = (X[:, 0] > 0).astype(int)
p, one_hot = classifier(X), np.eye(2)[labels]
C = -(one_hot * np.log(p)).sum(axis=1).mean()
show("C(η)", f"{classifier.error(X, labels):.6f} = {C:.6f}")
assert np.isclose(classifier.error(X, labels), C)
q = classifier.layers(X[:1])[1] @ classifier.weights[1] + classifier.biases[1]
by_step = complex_step_derivative(lambda q: sample_errors(q, one_hot[:1], "cross_entropy", "softmax"), q)
show("∂C/∂q for x", f"{by_step[0]}, F − y = {p[0] - one_hot[0]}")
assert np.allclose(by_step[0], p[0] - one_hot[0])

# %%
# **N15**
row(15, "The bias as a column: Â = [[1, 0], [b, A]], x̂ = [1; x], and the 1 stays from layer to layer.")
show("Â_1", net.augmented_weights[0])
values = forward_augmented(X[:1], net.augmented_weights, net.activations, net.output)
show("ẑ_0, ẑ_1, ẑ_2", "  ".join(str(value[0]) for value in values))
assert np.allclose(values[-1][0], [1, *F(x)])
assert Network.from_augmented(net.augmented_weights, "tanh") == net
print("\nEvery line was checked.")
