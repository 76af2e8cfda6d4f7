"""An ONNX graph under construction, whose values support operators like arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

__all__ = ["TYPES", "Graph", "Node", "Value", "concatenate"]

# The codes of types in ONNX, by the name of the dtype.
TYPES = {
    "float32": 1,
    "uint8": 2,
    "int8": 3,
    "uint16": 4,
    "int16": 5,
    "int32": 6,
    "int64": 7,
    "object": 8,  # strings
    "bool": 9,
    "float16": 10,
    "float64": 11,
    "uint32": 12,
    "uint64": 13,
}


class Node(NamedTuple):
    """An operator, and the names of its inputs and its output."""

    operator: str
    inputs: list[str]
    output: str
    domain: str
    attributes: dict[str, Any]


class Graph:
    """The operators of a graph, in the order of computation, and its constants.

    Parameters
    ----------
    name_for : callable
        ``name_for(hint)`` returns an unused name.

    Attributes
    ----------
    nodes : list of Node
        The operators.
    constants : dict from str to ndarray
        The constants.
    """

    def __init__(self, name_for: Callable[[str], str]):
        self.name_for = name_for
        self.nodes: list[Node] = []
        self.constants: dict[str, np.ndarray] = {}

    def input(self, name, dtype):
        """Return an input of the graph as a value."""
        return Value(self, name, np.dtype(dtype))

    def constant(self, array):
        """Return an array as a value."""
        array = np.asarray(array)
        name = self.name_for("constant")
        self.constants[name] = array
        return Value(self, name, array.dtype)

    def add(self, operator, *inputs, dtype, output=None, domain="", **attributes):
        """Add an operator; return its output, with a dtype and optionally a name."""
        name = output or self.name_for(operator)
        self.nodes.append(
            Node(operator, [value.name for value in inputs], name, domain, attributes)
        )
        return Value(self, name, np.dtype(dtype))


@dataclass(frozen=True, eq=False)
class Value:
    """A value in a graph, which is computed when the model runs.

    Parameters
    ----------
    graph : Graph
        The graph.
    name : str
        Its name in the graph.
    dtype : numpy.dtype
        Its dtype, object for texts. Numbers and arrays in operations with it are converted to it.
    """

    graph: Graph
    name: str
    dtype: np.dtype

    def then(self, operator, *others, dtype=None, **attributes):
        """Apply an operator to this value and others, or constants."""
        values = [self._as_value(other, self.dtype) for other in others]
        return self.graph.add(operator, self, *values, dtype=dtype or self.dtype, **attributes)

    def _as_value(self, other, dtype):
        return other if isinstance(other, Value) else self.graph.constant(np.asarray(other, dtype))

    def __add__(self, other):
        return self.then("Add", other)

    def __sub__(self, other):
        return self.then("Sub", other)

    def __mul__(self, other):
        return self.then("Mul", other)

    def __truediv__(self, other):
        return self.then("Div", other)

    def __lt__(self, other):
        return self.then("Less", other, dtype=bool)

    def __gt__(self, other):
        return self.then("Greater", other, dtype=bool)

    def clip(self, low, high):
        """Limit the values to the range from `low` to `high`."""
        return self.then("Max", low).then("Min", high)

    def where(self, yes, no):
        """Select from values or constants with this condition; `no` must be a value."""
        return self.then("Where", self._as_value(yes, no.dtype), no, dtype=no.dtype)

    def columns(self, places):
        """Return some columns of a matrix."""
        return self.then("Gather", self.graph.constant(np.asarray(places, np.int64)), axis=1)

    def cast(self, dtype):
        """Convert the value to another dtype."""
        dtype = np.dtype(dtype)
        return self if dtype == self.dtype else self.then("Cast", dtype=dtype, to=TYPES[dtype.name])

    def named(self, output):
        """Return the value with the name of an output of the graph."""
        return self.then("Identity", output=output)


def concatenate(values):
    """Concatenate matrices of the same dtype along columns."""
    first, *others = values
    return first.then("Concat", *others, axis=1) if others else first
