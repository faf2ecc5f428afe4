"""Chapter 00: other classes that differentiate themselves, and wrong ones that nobody catalogued."""

from reference.autograd import Node
from reference.mistakes.autograd import Typed

# ---- right --------------------------------------------------------------------------------------


class WithClosures:
    """Each value keeps a function that hands its gradient on, and no slopes."""

    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0
        self.hand_on = lambda: None

    def __add__(self, other):
        out = WithClosures(self.data + other.data, (self, other))

        def hand_on():
            self.grad += out.grad
            other.grad += out.grad

        out.hand_on = hand_on
        return out

    def __mul__(self, other):
        out = WithClosures(self.data * other.data, (self, other))

        def hand_on():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.hand_on = hand_on
        return out

    def relu(self):
        out = WithClosures(self.data if self.data > 0 else 0, (self,))

        def hand_on():
            self.grad += (out.data > 0) * out.grad

        out.hand_on = hand_on
        return out

    def backward(self):
        nodes = Node.ordered(self)
        for node in nodes:
            node.grad = 0
        self.grad = 1
        for node in nodes[::-1]:
            node.hand_on()


class AllPaths(Typed):
    """One path after the other: right, though slow where there are many."""

    def backward(self):
        for node in self.ordered():
            node.grad = 0.0

        def walk(node, gradient):
            node.grad += gradient
            for parent, slope in zip(node.parents, node.slopes):
                walk(parent, gradient * slope)

        walk(self, 1.0)


class Asks(Typed):
    """Each node collects from those that use it."""

    def backward(self):
        nodes = self.ordered()
        for node in reversed(nodes):
            node.grad = 1.0 if node is self else sum(
                user.grad * slope
                for user in nodes
                for parent, slope in zip(user.parents, user.slopes)
                if parent is node
            )  # fmt: skip


# ---- wrong --------------------------------------------------------------------------------------


class Minus(Typed):
    def backward(self):
        super().backward()
        for node in self.ordered():
            node.grad = -node.grad


class OnlyTheFirstParent(Typed):
    def __mul__(self, other):
        return type(self)(self.data * other.data, (self,), (other.data,))


class LossKeepsZero(Typed):
    def backward(self):
        super().backward()
        self.grad = 0.0


class ReluOfTheGradient(Typed):
    def relu(self):
        return type(self)(max(self.data, 0.0), (self,), ("gate",))

    def backward(self):
        nodes = self.ordered()
        for node in nodes:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(nodes):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += max(node.grad, 0.0) if slope == "gate" else slope * node.grad


class Absolute(Typed):
    def relu(self):
        return type(self)(abs(self.data), (self,), (1.0 if self.data > 0 else -1.0,))


class DoneOnce(Typed):
    """Its second call of backward does nothing, whatever another loss has written in between."""

    done = False

    def backward(self):
        if not self.done:
            super().backward()
        self.done = True


RIGHT = {"Value": [WithClosures, AllPaths, Asks]}
WRONG = {"Value": [Minus, OnlyTheFirstParent, LossKeepsZero, ReluOfTheGradient, Absolute, DoneOnce]}
