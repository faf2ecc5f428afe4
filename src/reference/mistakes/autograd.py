"""What students write instead of Value: each version changes one of its methods."""

from functools import partial

import numpy as np

from reference.autograd import Value
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES, "Value")


class Typed(Value):
    """Value whose operators return the subclass instead of Value."""

    def __add__(self, other):
        return type(self)(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return type(self)(self.data * other.data, (self, other), (other.data, self.data))

    def relu(self):
        return type(self)(max(self.data, 0.0), (self,), (1.0 if self.data > 0 else 0.0,))


def collected(parent, slope, node):
    """The new grad of a parent after a node has passed its own back."""
    return parent.grad + slope * node.grad


def passes(loss, *, start=1.0, reset=True, backwards=True, becomes=collected):
    """The backward pass with one part changed: grads of `loss` and all nodes that it was computed from."""
    nodes = loss.ordered()
    for node in nodes if reset else ():
        node.grad = 0.0
    loss.grad = start
    for node in reversed(nodes) if backwards else nodes:
        for parent, slope in zip(node.parents, node.slopes):
            parent.grad = becomes(parent, slope, node)


def grads(values):
    """The gradients among the values of a case, without the loss's own."""
    return {name: value for name, value in values.items() if name.startswith("grad") and name != "grad of loss"}


def one_by_one(got, right):
    """Pairs (got, right) of the gradients that are wrong."""
    return [
        (got[name], right_grad)
        for name, right_grad in grads(right).items()
        if not np.isclose(got[name], right_grad, rtol=1e-9, atol=0)
    ]


def used_once(program):
    """True if a program uses every value at most once."""
    tokens = program.replace("(", " ").replace(")", " ").replace(".relu", " ").replace(";", " ; ").split()
    targets = [tokens[k - 1] for k, token in enumerate(tokens) if token == "="]
    names = [token for token in tokens if token.isidentifier()]
    return all(names.count(name) <= 1 + (name in targets) for name in set(names))


@wrong(
    observation=(
        "`loss` is right, and every gradient where each value is used only once",
        "`loss` 是对的；每个值都只用一次时，梯度也都对",
    ),
    question=(
        "in a * b + a two gradients arrive at a. Where does your code put the second one?",
        "a * b + a 中有两个梯度传到 a。你的代码把第二个放在了哪里？",
    ),
    name=(
        "`parent.grad = ...` overwrites what another path has brought: add, with `+=`",
        "`parent.grad = ...` 覆盖了另一条路传来的梯度：应当用 `+=` 累加",
    ),
    holds=lambda inputs, got, right: got["loss"] == right["loss"] and not used_once(inputs["program"]),
)
class Overwrites(Typed):
    def backward(self):
        passes(self, becomes=lambda parent, slope, node: slope * node.grad)


@wrong(
    observation=(
        "the first call of backward is right, a later one is not",
        "第一次调用 backward 得到的梯度是对的，之后的不对",
    ),
    question=("what is in node.grad when backward is called again?", "再次调用 backward 时，node.grad 里装着什么？"),
    name=(
        "old gradients are not set back to 0 before the pass: they are added in once more",
        "反向传播之前没有把旧的梯度清零，它们又被加了一次",
    ),
    holds=lambda inputs, got, right: len(inputs["backward"]) >= 2,
)
class NeverResets(Typed):
    def backward(self):
        passes(self, reset=False)


@wrong(
    observation=("`loss` is right, and all gradients are 0", "`loss` 是对的，梯度全是 0"),
    question=("what is the derivative of the loss with respect to the loss?", "损失对它自己的导数是多少？"),
    name=("the pass does not start with `self.grad = 1`", "反向传播没有从 `self.grad = 1` 开始"),
    holds=lambda inputs, got, right: got["loss"] == right["loss"] and not any(grads(got).values()),
)
class StartsWithZero(Typed):
    def backward(self):
        passes(self, start=0.0)


@wrong(
    observation=(
        "`loss` is right; a gradient is wrong at the earliest two steps away from the loss",
        "`loss` 是对的；从损失往回数，最早在第二步出现错误的梯度",
    ),
    question=(
        "two steps follow one another: are their slopes added or multiplied?",
        "两步接连：它们的斜率是相加还是相乘？",
    ),
    name=(
        "the slope alone is added to parent.grad: multiply it by node.grad, the upstream gradient",
        "只把斜率加给了 parent.grad：还要乘上 node.grad，也就是上游梯度",
    ),
    holds=lambda inputs, got, right: got["loss"] == right["loss"],
)
class SlopesOnly(Typed):
    def backward(self):
        passes(self, becomes=lambda parent, slope, node: parent.grad + slope)


@wrong(
    observation=(
        "`loss` is right; every wrong gradient is a whole number",
        "`loss` 是对的；出错的梯度都是整数",
    ),
    question=(
        "by how much does a * b change when a grows by 1 and b is 5?",
        "b 等于 5，a 增加 1，a * b 变化多少？",
    ),
    name=(
        "the upstream gradient is handed on unchanged: multiply it by the slope",
        "上游梯度原样传了下去：还要乘上斜率",
    ),
    holds=lambda inputs, got, right: (
        got["loss"] == right["loss"] and all(float(one).is_integer() for one, _ in one_by_one(got, right))
    ),
)
class UpstreamOnly(Typed):
    def backward(self):
        passes(self, becomes=lambda parent, slope, node: parent.grad + node.grad)


@wrong(
    observation=(
        "`loss` is right; the gradients of what is multiplied are wrong",
        "`loss` 是对的；参与乘法的值，梯度不对",
    ),
    question=(
        "by how much does a * b change when a grows by 1: by a or by b?",
        "a 增加 1 时，a * b 变化多少：a 还是 b？",
    ),
    name=(
        "the slopes of a product are exchanged: with respect to a it is b",
        "乘积的两个斜率写反了：对 a 的斜率是 b",
    ),
    holds=lambda inputs, got, right: got["loss"] == right["loss"] and "*" in inputs["program"],
)
class ProductSlopesExchanged(Typed):
    def __mul__(self, other):
        return type(self)(self.data * other.data, (self, other), (self.data, other.data))


@wrong(
    observation=(
        "`loss` is right; gradients are wrong where something is added",
        "`loss` 是对的；有加法时梯度不对",
    ),
    question=("by how much does a + b change when a grows by 1?", "a 增加 1 时，a + b 变化多少？"),
    name=(
        "a sum got the slopes of a product: they are 1 and 1",
        "加法用了乘法的斜率：加法的两个斜率都是 1",
    ),
    holds=lambda inputs, got, right: got["loss"] == right["loss"] and "+" in inputs["program"],
)
class SumWithProductSlopes(Typed):
    def __add__(self, other):
        return type(self)(self.data + other.data, (self, other), (other.data, self.data))


@wrong(
    observation=(
        "`loss` is right; gradients are wrong only where there is a ReLU",
        "`loss` 是对的；只有出现 ReLU 时梯度才不对",
    ),
    question=("what is the slope of max(x, 0) at x = -3?", "max(x, 0) 在 x = -3 处的斜率是多少？"),
    name=(
        "the ReLU's slope is 1 everywhere: below 0, and at 0, it is 0",
        "ReLU 的斜率处处写成了 1：小于 0 和等于 0 时应为 0",
    ),
    holds=lambda inputs, got, right: got["loss"] == right["loss"] and "relu" in inputs["program"],
)
class ReluAlwaysOn(Typed):
    def relu(self):
        return type(self)(max(self.data, 0.0), (self,), (1.0,))


@wrong(
    observation=(
        "`loss` is right; gradients are wrong only behind a ReLU that lets its input through",
        "`loss` 是对的；只有 ReLU 放行时，它前面的梯度不对",
    ),
    question=("what is the slope of max(x, 0) at x = 3: 3 or 1?", "max(x, 0) 在 x = 3 处的斜率是 3 还是 1？"),
    name=(
        "the ReLU's slope is its value: it is 1 above 0",
        "把 ReLU 的值当成了斜率：大于 0 时斜率是 1",
    ),
    holds=lambda inputs, got, right: got["loss"] == right["loss"] and "relu" in inputs["program"],
)
class ReluValueAsSlope(Typed):
    def relu(self):
        return type(self)(max(self.data, 0.0), (self,), (max(self.data, 0.0),))


@wrong(
    observation=(
        "`loss` is right; gradients are wrong only where the input of a ReLU is exactly 0",
        "`loss` 是对的；只有 ReLU 的输入恰好为 0 时梯度才不对",
    ),
    question=("which slope does the docstring ask for at 0?", "文档字符串说，在 0 处斜率取多少？"),
    name=(
        "the ReLU's slope at 0 is 1 (`>=`): the docstring asks for 0 there (`>`)",
        "ReLU 在 0 处的斜率取了 1（`>=`）：文档字符串要求取 0（`>`）",
    ),
    holds=lambda inputs, got, right: (
        got["loss"] == right["loss"] and "relu" in inputs["program"] and inputs["values"]["a"] == 0
    ),
)
class ReluOnAtZero(Typed):
    def relu(self):
        return type(self)(max(self.data, 0.0), (self,), (1.0 if self.data >= 0 else 0.0,))


@wrong(
    observation=(
        "only values that the loss was computed from directly have a gradient; the others have 0",
        "只有直接算出损失的那些值有梯度，其余都是 0",
    ),
    question=(
        "when a node hands its gradient on, must its own be complete?",
        "一个节点把梯度往下传时，它自己的梯度是否必须已经算全？",
    ),
    name=(
        "the nodes are taken from the inputs to the loss: take them in reverse",
        "节点是从输入走向损失的顺序处理的：应当反过来",
    ),
    holds=lambda inputs, got, right: (
        not any(
            one
            for name, one in grads(got).items()
            if name.removeprefix("grad of ") not in inputs["program"].split("loss = ")[-1]
        )
    ),
)
class InputsFirst(Typed):
    def backward(self):
        passes(self, backwards=False)


@wrong(
    observation=(
        "`loss` is right; gradients are wrong only where a value is added to itself or multiplied by itself",
        "`loss` 是对的；只有一个值与自己相加或相乘时，梯度才不对",
    ),
    question=(
        "u * u has two parents, both u. How many gradients does u get from it?",
        "u * u 有两个父节点，都是 u。u 从它那里得到几个梯度？",
    ),
    name=(
        "a parent that occurs twice is counted once (a set or a dict of parents): u * u has slope 2u",
        "出现两次的父节点只算了一次（用了 set 或 dict）：u * u 的斜率是 2u",
    ),
    holds=lambda inputs, got, right: (
        got["loss"] == right["loss"]
        and any(f"{name} {sign} {name}" in inputs["program"] for name in ("a", "u", "u0", "v", "d") for sign in "*+")
    ),
)
class TwinsCountOnce(Typed):
    def backward(self):
        nodes = self.ordered()
        for node in nodes:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(nodes):
            for parent, slope in dict(zip(node.parents, node.slopes)).items():
                parent.grad += slope * node.grad


@wrong(
    observation=(
        "`loss` is right, and every gradient where each value is used only once",
        "`loss` 是对的；每个值都只用一次时，梯度也都对",
    ),
    question=(
        "a value is used by two others. Have both handed on their gradients before it hands on its own?",
        "一个值被另外两个用到。轮到它把梯度往回传时，那两个都已经传过了吗？",
    ),
    name=(
        "a node hands on its gradient before all that it gets has arrived (a queue of parents): take the nodes of "
        "`self.ordered()` in reverse",
        "梯度还没收齐，节点就把它往回传了（例如用队列逐个访问父节点）：应当把 `self.ordered()` 的节点倒序走一遍",
    ),
    holds=lambda inputs, got, right: got["loss"] == right["loss"] and not used_once(inputs["program"]),
)
class BreadthFirst(Typed):
    def backward(self):
        for node in self.ordered():
            node.grad = 0.0
        self.grad = 1.0
        queue, seen = [self], {self}
        while queue:
            node = queue.pop(0)
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad
                if parent not in seen:
                    seen.add(parent)
                    queue.append(parent)


@wrong(
    observation=(
        "the first call of backward is right, a later one is not",
        "第一次调用 backward 得到的梯度是对的，之后的不对",
    ),
    question=(
        "which of the Values have a grad that is not 0 when backward is called again: the inputs only?",
        "再次调用 backward 时，哪些 Value 的 grad 不为 0？只有输入吗？",
    ),
    name=(
        "only the inputs are set back to 0: the values computed from them (`u`, `v`, ...) keep their old gradients and hand "
        "them on",
        "只把输入的梯度清零了：由它们算出的值（`u`、`v` 等）还留着旧的梯度，并继续往前传",
    ),
    holds=lambda inputs, got, right: len(inputs["backward"]) >= 2,
)
class ResetsInputsOnly(Typed):
    def backward(self):
        for node in self.ordered():
            if not node.parents:
                node.grad = 0.0
        passes(self, reset=False)


@wrong(
    observation=(
        "the first call of backward is right; after a later one the gradients of inputs are wrong",
        "第一次调用 backward 得到的梯度是对的；再次调用后，输入的梯度不对",
    ),
    question=(
        "which of the Values have a grad that is not 0 when backward is called again: also a and b?",
        "再次调用 backward 时，哪些 Value 的 grad 不为 0？a 和 b 也是吗？",
    ),
    name=(
        "only the values that were computed are set back to 0: the inputs keep their old gradients, to which the new are added",
        "只把算出来的值的梯度清零了：输入还留着旧的梯度，新的又加了上去",
    ),
    holds=lambda inputs, got, right: len(inputs["backward"]) >= 2,
)
class ResetsComputedOnly(Typed):
    def backward(self):
        for node in self.ordered():
            if node.parents:
                node.grad = 0.0
        passes(self, reset=False)
