"""A list of a network's weights, or of its biases: what is assigned to an entry is written into η."""

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, SupportsIndex

from numpy.typing import ArrayLike, NDArray

from chainrule.network._checks import as_numbers

Array = NDArray[Any]


class ParameterArrays(list[Array]):
    """Views into η, one a layer; ``arrays[0] = W`` writes W into η. Their number and order are fixed.

    Copies, pickles and sums with other lists are plain lists.

    Parameters
    ----------
    views : iterable of array
        Of one vector.
    name : str
        What errors call it, such as "weights".

    Raises
    ------
    ValueError
        On assignment: if the number of arrays or a shape differs, or for NaN or infinity. Nothing is written
        then.
    TypeError
        For what holds no numbers, and for everything that would change the list itself.

    Examples
    --------
    >>> import numpy as np
    >>> eta = np.zeros(3)
    >>> arrays = ParameterArrays([eta[:2], eta[2:]], "biases")
    >>> arrays[0] = [1.0, 2.0]
    >>> eta
    array([1., 2., 0.])
    """

    def __init__(self, views: Iterable[Array], name: str) -> None:
        super().__init__(views)
        self._name = name

    def __setitem__(self, key: SupportsIndex | slice, given: Any) -> None:
        numbers = range(len(self))[key]
        if isinstance(numbers, int):
            self._write([numbers], [given])
            return
        arrays = list(given)
        if len(arrays) != len(numbers):
            raise ValueError(f"{self._name} got {len(arrays)} arrays, the network has {len(numbers)} there")
        self._write(numbers, arrays)

    def _write(self, numbers: Sequence[int], arrays: Sequence[ArrayLike]) -> None:
        checked = [
            self._fitting(number, given).copy()  # it may be a view of another entry
            for number, given in zip(numbers, arrays, strict=True)
        ]
        for number, array in zip(numbers, checked, strict=True):
            self[number][:] = array

    def _fitting(self, number: int, given: ArrayLike) -> Array:
        name, view = f"{self._name}[{number}]", self[number]
        array = as_numbers(given, name, view.dtype)
        if array.shape != view.shape:
            raise ValueError(f"{name} has shape {view.shape}, got an array of shape {array.shape}")
        return array

    def _refuse(self, *given: object, **named: object) -> NoReturn:
        raise TypeError(
            f"{self._name} are the arrays of a network: assign to its entries, or make a list of your own, "
            f"list({self._name})"
        )

    append = extend = insert = pop = remove = clear = sort = reverse = _refuse
    __delitem__ = __iadd__ = __imul__ = _refuse

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return list, ([*self],)
