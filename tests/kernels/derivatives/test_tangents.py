"""Changes of q and z along a line in x and η, to first and second order, by the complex step in NumPy."""

import numpy as np
import pytest

from chainrule import kernels
from chainrule.calculus import ACTIVATIONS, OUTPUTS
from sweeps import for_each

from .taped import BOTH, Taped

both_types = pytest.mark.parametrize("dtype", BOTH)
SMALL = 1e-150


def along(net, dX, v, t):
    """q_l and z_l at x + t dx, η + t v, with complex t; and their slopes in t."""
    z, dz, qs, dqs, zs, dzs = net.X + t * dX, dX, [], [], [], []
    rows = zip(net.W, net.b, net.weight_places, net.bias_places, strict=True)
    for layer, (W, b, (i, o, start), bias) in enumerate(rows):
        V, c = v[start : start + i * o].reshape(i, o), v[bias : bias + o]
        q, dq = z @ (W + t * V) + b + t * c, dz @ (W + t * V) + z @ V + c
        qs, dqs = [*qs, q], [*dqs, dq]
        if layer < len(net.hidden):
            σ = ACTIVATIONS[net.hidden[layer]]
            z, dz = σ.value(q), σ.derivative(q) * dq
            zs, dzs = [*zs, z], [*dzs, dz]
    return qs, dqs, zs, dzs


def directions(net, in_x, in_eta):
    rng = np.random.default_rng(4)
    dX = rng.normal(size=net.X.shape).astype(net.dtype) if in_x else np.zeros_like(net.X)
    v = rng.normal(size=net.n_parameters).astype(net.dtype) if in_eta else np.zeros(net.n_parameters)
    return dX, v


def swept(net, dX, v, kind, in_x, in_eta):
    nothing = np.empty(0, net.dtype)
    dq = np.full(net.m * net.units, np.nan, net.dtype)
    dz = np.full(net.m * sum(net.sizes[1:-1]), np.nan, net.dtype)
    outputs = np.full(net.m * net.sizes[-1], np.nan, net.dtype)
    no_places = np.empty(0, np.intp)
    none = np.empty((0, net.sizes[0]), net.dtype), nothing, no_places, no_places
    kernels.tangents[net.dtype](
        net.program, net.parameters, net.inputs, dX.ravel() if in_x else nothing, none,
        v if in_eta else nothing, net.tape, net.n, net.place, kind, dq, dz, outputs,
    )  # fmt: skip
    return dq, dz, outputs.reshape(net.m, net.sizes[-1])


@both_types
@for_each(("in_x", "in_eta"), [(True, False), (False, True), (True, True)])
@for_each("settings", [{}, {"output": "identity"}, {"is_sparse": True}, {"m": 0}])
def test_first_order(dtype, in_x, in_eta, settings):
    net = Taped(dtype, **settings)
    dX, v = directions(net, in_x, in_eta)
    qs, dqs, _, dzs = along(net, dX.astype(float), v.astype(float), 0)
    dq, dz, outputs = swept(net, dX, v, net.kind, in_x, in_eta)
    for found, truth in zip(net.cut(dq), dqs, strict=True):
        net.close(found, truth)
    for found, truth in zip(net.cut(dz, layers=2), dzs, strict=True):
        net.close(found, truth)
    DF = OUTPUTS[net.output].derivative(qs[-1], net.F)
    net.close(outputs, np.einsum("mpk,mk->mp", DF, dqs[-1]))
    net.close(swept(net, dX, v, kernels.NONE, in_x, in_eta)[2], dqs[-1])


@both_types
@pytest.mark.parametrize(("in_x", "in_eta"), [(True, False), (False, True)])
@pytest.mark.parametrize("settings", [{}, {"sizes": (2, 33, 3), "hidden": ("gelu",)}])
def test_second_order(dtype, in_x, in_eta, settings):
    net = Taped(dtype, **settings)
    dX, v = directions(net, in_x, in_eta)
    dq, dz, _ = swept(net, dX, v, kernels.NONE, in_x, in_eta)
    outputs = np.full(net.m * net.sizes[-1], np.nan, net.dtype)
    kernels.second_tangents[net.dtype](
        net.program, net.parameters, v if in_eta else v[:0].astype(dtype), net.tape, net.n, net.place,
        net.curvatures, dq, dz, np.full(3 * net.m * max(net.sizes[1:]), np.nan, net.dtype), outputs,
    )  # fmt: skip
    slopes = along(net, dX.astype(float), v.astype(float), SMALL * 1j)[1]
    net.close(outputs.reshape(net.m, -1), slopes[-1].imag / SMALL / 2, 4)
