"""A number that remembers how it was computed can say how a loss depends on it: automatic differentiation."""


class Node:
    """A number in a graph, and the numbers that it was computed from.

    data: the number itself. parents: the nodes it was computed from. slopes: for each parent, the derivative of this
    number with respect to it. grad: the derivative of the loss with respect to this number, 0 until somebody computes it.
    """

    def __init__(self, data, parents=(), slopes=()):
        self.data = data
        self.parents = parents
        self.slopes = slopes
        self.grad = 0.0

    def ordered(self):
        """Return the nodes that this one was computed from, and itself: each once, and after all of its parents."""
        nodes, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                nodes.append(node)

        visit(self)
        return nodes


class Value(Node):
    """A number that can be added, multiplied and passed through a ReLU, and that knows the gradient of a loss.

    Contract, for Values a and b:
    1. a + b, a * b and a.relu() are new Values; their data is the sum, the product, max(a, 0).
    2. loss.backward() gives loss, and every Value that it was computed from, its grad: the derivative of loss with
       respect to that Value, over all the paths that lead from one to the other.
    3. An earlier call of backward leaves no trace in the result.

    At 0 the ReLU has slope 0.

    >>> a, b = Value(4.0), Value(2.0)
    >>> loss = a * b + a
    >>> loss.backward()
    >>> loss.data, a.grad, b.grad
    (12.0, 3.0, 4.0)
    """

    def __add__(self, other):
        """Return the sum as a new Value."""
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        """Return the product as a new Value."""
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def relu(self):
        """Return max(self, 0) as a new Value."""
        return Value(max(self.data, 0.0), (self,), (1.0 if self.data > 0 else 0.0,))

    def backward(self):
        """Set the grad of this Value, the loss, and of every Value that it was computed from."""
        nodes = self.ordered()
        for node in nodes:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(nodes):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad
