"""
The curvature of an error
=========================

Eigenvalues of the Hessian say in how many directions a network has learned something.

The Hessian of the error by the parameters is a SciPy ``LinearOperator``: products with it are exact,
and the matrix is not formed, so that SciPy's iterative methods work for large networks too. Here it is
small enough to look at as a whole.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.sparse.linalg import eigsh

from chainrule import LevenbergMarquardt, Network, train

rng = np.random.default_rng(0)
X = rng.uniform(-2, 2, (200, 2))
y = np.sin(X[:, 0]) * np.cos(X[:, 1])
net = Network((2, 10, 1), activation="tanh", random_state=0)
train(net, X, y, loss="half_squared_error", solver=LevenbergMarquardt(), max_iter=100)

H = net.hessian(X, y, "half_squared_error")
largest = eigsh(H, k=3, return_eigenvectors=False)[::-1]
print("The three largest eigenvalues:", largest.round(3))

# %%
# All eigenvalues, of the Hessian and of its Gauss–Newton part JᵀJ/N. Near a good fit they agree; most
# directions of the 41 hardly matter.
identity = np.eye(net.n_parameters)
whole = np.linalg.eigvalsh(H @ identity)[::-1]
part = np.linalg.eigvalsh(net.gauss_newton(X, y, "half_squared_error") @ identity)[::-1]
figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
axes[0].semilogy(np.abs(whole), "o", label="Hessian")
axes[0].semilogy(np.abs(part), ".", label="Gauss–Newton")
axes[0].set(xlabel="number", ylabel="eigenvalue")
axes[0].legend()
size = np.log10(np.abs(H @ identity) + 1e-6)
axes[1].imshow(size, cmap="viridis")
axes[1].set(title="log₁₀ of the Hessian's entries", xticks=[], yticks=[])
plt.show()
print(f"{(whole > 1e-3 * whole[0]).sum()} eigenvalues are within a thousandth of the largest.")
