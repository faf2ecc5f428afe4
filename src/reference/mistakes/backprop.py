"""What students write instead of the chain rule, chapter 00."""

from functools import partial

import numpy as np

from reference import backprop as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
affine = partial(wrong_version, MISTAKES, "affine_backward")
relu = partial(wrong_version, MISTAKES, "relu_backward")
network = partial(wrong_version, MISTAKES, "two_layer_loss_and_grads")

# ---- affine_backward: G W^T, X^T G, sum of G over its rows ------------------------------------------


@affine(
    observation=(
        "`grad_X` and `grad_W` are right; `grad_b` still has a row for each example",
        "`grad_X` 和 `grad_W` 是对的；`grad_b` 仍是每个样本一行",
    ),
    question=(
        "b is added to every row. How many rows send a gradient back to it?",
        "b 加到了每一行上。有几行把梯度传回给它？",
    ),
    name=("grad_out itself for b: its rows are to be added up", "把 grad_out 原样给了 b：应当把各行相加"),
)
def bias_not_summed(grad_out, X, W):
    grad_X, grad_W, _ = right.affine_backward(grad_out, X, W)
    return grad_X, grad_W, grad_out.copy()


@affine(
    observation=(
        "`grad_X` and `grad_W` are right; `grad_b` has one number for each example",
        "`grad_X` 和 `grad_W` 是对的；`grad_b` 是每个样本一个数",
    ),
    question=(
        "what shape has b, and over which axis do you have to add to get there?",
        "b 的形状是什么？沿哪个轴相加才能得到它？",
    ),
    name=("the sum over the wrong axis: `axis=0` adds the rows", "求和的轴弄错了：`axis=0` 才是把各行相加"),
)
def bias_over_columns(grad_out, X, W):
    grad_X, grad_W, _ = right.affine_backward(grad_out, X, W)
    return grad_X, grad_W, grad_out.sum(axis=1)


@affine(
    observation=("the numbers are right, but `grad_b` is a matrix of one row", "数都对，但 `grad_b` 是只有一行的矩阵"),
    question=("what shape has b?", "b 的形状是什么？"),
    name=(
        "`keepdims=True` in the sum: a gradient has the shape of the thing it belongs to",
        "求和时写了 `keepdims=True`：梯度的形状应与它所属的量相同",
    ),
)
def bias_keeps_dims(grad_out, X, W):
    grad_X, grad_W, grad_b = right.affine_backward(grad_out, X, W)
    return grad_X, grad_W, grad_b[np.newaxis]


@affine(
    observation=(
        "`grad_X` and `grad_W` are right; `grad_b` is too small by the number of rows",
        "`grad_X` 和 `grad_W` 是对的；`grad_b` 偏小，倍数是行数",
    ),
    question=(
        "where does the 1/N of a mean loss come in: here, or in grad_out already?",
        "平均损失里的 1/N 在哪里出现：在这里，还是已经在 grad_out 里？",
    ),
    name=("the mean over the rows for b: it is the sum", "对各行取了平均：应当求和"),
)
def bias_averaged(grad_out, X, W):
    grad_X, grad_W, _ = right.affine_backward(grad_out, X, W)
    return grad_X, grad_W, grad_out.mean(axis=0)


@affine(
    observation=(
        "`grad_X` is right; `grad_W` and `grad_b` are too small by the number of rows",
        "`grad_X` 是对的；`grad_W` 和 `grad_b` 偏小，倍数是行数",
    ),
    question=(
        "where does the 1/N of a mean loss come in: here, or in grad_out already?",
        "平均损失里的 1/N 在哪里出现：在这里，还是已经在 grad_out 里？",
    ),
    name=(
        "division by N in the layer: the 1/N of the loss would count twice",
        "在这一层又除以了 N：损失里的 1/N 会算两次",
    ),
)
def divided_by_rows(grad_out, X, W):
    grad_X, grad_W, grad_b = right.affine_backward(grad_out, X, W)
    rows = grad_out.dtype.type(len(X))
    return grad_X, grad_W / rows, grad_b / rows


@affine(
    observation=(
        "`grad_X` and `grad_b` are right; `grad_W` holds the right numbers with rows and columns exchanged",
        "`grad_X` 和 `grad_b` 是对的；`grad_W` 的数都对，但行和列互换了",
    ),
    question=(
        "which of (D, K) and (K, D) is the shape of W, and which does your product give?",
        "W 的形状是 (D, K) 还是 (K, D)？你的乘积给出的是哪个？",
    ),
    name=("G^T X instead of X^T G", "写成了 G^T X，应为 X^T G"),
)
def weights_transposed(grad_out, X, W):
    grad_X, grad_W, grad_b = right.affine_backward(grad_out, X, W)
    return grad_X, grad_W.T.copy(), grad_b


@affine(
    observation=(
        "the numbers are right; `grad_X` and `grad_W` stand in each other's place",
        "数都对；`grad_X` 和 `grad_W` 的位置互换了",
    ),
    question=(
        "in which order does the docstring ask for the three gradients?",
        "文档字符串要求按什么顺序返回三个梯度？",
    ),
    name=("swapped return values: grad_W before grad_X", "返回值顺序写反了：grad_W 放到了 grad_X 前面"),
)
def order_swapped(grad_out, X, W):
    grad_X, grad_W, grad_b = right.affine_backward(grad_out, X, W)
    return grad_W, grad_X, grad_b


@affine(
    observation=(
        "`grad_X` and `grad_W` are right; `grad_b` is one number",
        "`grad_X` 和 `grad_W` 是对的；`grad_b` 只有一个数",
    ),
    question=("does every entry of b get the same gradient?", "b 的每个元素得到的梯度都一样吗？"),
    name=("the sum over everything: add the rows only (`axis=0`)", "把所有元素都加起来了：只应把各行相加（`axis=0`）"),
)
def bias_total(grad_out, X, W):
    grad_X, grad_W, _ = right.affine_backward(grad_out, X, W)
    return grad_X, grad_W, grad_out.sum()


@affine(
    observation=(
        "`grad_W` and `grad_b` are right; `grad_X` has the right shape, and is wrong wherever W has several rows and columns",
        "`grad_W` 和 `grad_b` 是对的；`grad_X` 形状对，但只要 W 的行和列都不止一个，它就不对",
    ),
    question=(
        "W = [[1, 2], [3, 4]]: what is W.T, and what is W.reshape(2, 2)?",
        "W = [[1, 2], [3, 4]]：W.T 是什么？W.reshape(2, 2) 又是什么？",
    ),
    name=(
        "`W.reshape(...)` in place of `W.T`: a reshape keeps the order of the numbers, a transpose exchanges rows and columns",
        "把 `W.T` 写成了 `W.reshape(...)`：reshape 不改变数的顺序，转置才交换行和列",
    ),
    holds=lambda inputs, got, right: min(inputs["W"].shape) > 1,
)
def weights_reshaped(grad_out, X, W):
    _, grad_W, grad_b = right.affine_backward(grad_out, X, W)
    return grad_out @ W.reshape(W.shape[::-1]), grad_W, grad_b


@affine(
    observation=(
        "`grad_X` and `grad_b` are right; `grad_W` has the right shape, and is wrong wherever X has several rows and columns",
        "`grad_X` 和 `grad_b` 是对的；`grad_W` 形状对，但只要 X 的行和列都不止一个，它就不对",
    ),
    question=(
        "X = [[1, 2], [3, 4]]: what is X.T, and what is X.reshape(2, 2)?",
        "X = [[1, 2], [3, 4]]：X.T 是什么？X.reshape(2, 2) 又是什么？",
    ),
    name=(
        "`X.reshape(...)` in place of `X.T`: a reshape keeps the order of the numbers, a transpose exchanges rows and columns",
        "把 `X.T` 写成了 `X.reshape(...)`：reshape 不改变数的顺序，转置才交换行和列",
    ),
    holds=lambda inputs, got, right: min(inputs["X"].shape) > 1,
)
def examples_reshaped(grad_out, X, W):
    grad_X, _, grad_b = right.affine_backward(grad_out, X, W)
    return grad_X, X.reshape(X.shape[::-1]) @ grad_out, grad_b


# ---- relu_backward: G where X > 0, else 0 -----------------------------------------------------------


@relu(
    observation=(
        "the answer does not depend on `grad_out`: it is X where X is above zero",
        "答案与 `grad_out` 无关：X 大于零的地方就是 X",
    ),
    question=(
        "which way does information flow here: from X to the output, or from grad_out back to X?",
        "信息在这里往哪个方向走：从 X 到输出，还是从 grad_out 回到 X？",
    ),
    name=("the forward pass again, max(X, 0)", "又做了一遍前向计算 max(X, 0)"),
)
def forward_again(grad_out, X):
    return np.maximum(X, 0)


@relu(
    observation=(
        "zeros where they should be; elsewhere 1, whatever `grad_out` is",
        "该是零的地方是零；其他地方不管 `grad_out` 是什么都是 1",
    ),
    question=(
        "the slope of the ReLU is 1 there. What does the chain rule multiply it by?",
        "ReLU 在那里的斜率是 1。按链式法则，要把它乘上什么？",
    ),
    name=("the slope alone: it is to be multiplied by grad_out", "只返回了斜率：还要乘上 grad_out"),
)
def slope_alone(grad_out, X):
    return (X > 0).astype(grad_out.dtype)


@relu(
    observation=("right except where X is exactly zero", "除 X 恰好为零的地方外都正确"),
    question=("what does the docstring say about the kink?", "文档字符串对尖点是怎么说的？"),
    name=(
        "`X >= 0` lets the gradient through at the kink: it is taken to be 0 there",
        "`X >= 0` 在尖点处放行了梯度：约定那里取 0",
    ),
)
def open_at_the_kink(grad_out, X):
    return grad_out * (X >= 0)


@relu(
    observation=(
        "negative gradients come back as zero; positive ones come back even where X is below zero",
        "负的梯度都变成了零；正的梯度即使在 X 小于零处也原样返回",
    ),
    question=(
        "what decides whether a gradient passes: its own sign, or the sign of X?",
        "梯度能否通过，取决于它自己的符号，还是 X 的符号？",
    ),
    name=(
        "ReLU applied to the gradient: the gate is X > 0, not grad_out > 0",
        "把 ReLU 作用到了梯度上：开关是 X > 0，不是 grad_out > 0",
    ),
)
def relu_of_gradient(grad_out, X):
    return np.maximum(grad_out, 0)


@relu(
    observation=(
        "zero where the gradient should pass, and the gradient where zero should be",
        "梯度该通过的地方是零，该是零的地方却是梯度",
    ),
    question=("is the unit on where X > 0, or off?", "X > 0 时，这个单元是开还是关？"),
    name=("the gate the wrong way round", "开关弄反了"),
)
def gate_reversed(grad_out, X):
    return grad_out * (X <= 0)


@relu(
    observation=(
        "zeros where they should be; elsewhere a product of the two inputs",
        "该是零的地方是零；其他地方是两个输入的乘积",
    ),
    question=("what is the slope of max(x, 0) at x = 3: 3 or 1?", "max(x, 0) 在 x = 3 处的斜率是 3 还是 1？"),
    name=("grad_out times relu(X): the factor is the slope, 1 or 0", "用 grad_out 乘了 relu(X)：应乘的是斜率 1 或 0"),
)
def times_relu(grad_out, X):
    return grad_out * np.maximum(X, 0)


@relu(
    observation=(
        "right where X is above zero; elsewhere a hundredth of the gradient",
        "X 大于零处正确；其他地方是梯度的百分之一",
    ),
    question=("what is the slope of max(x, 0) for x < 0?", "x < 0 时，max(x, 0) 的斜率是多少？"),
    name=("a leaky ReLU: this one is 0 below zero", "用了 leaky ReLU：这里在零以下斜率是 0"),
)
def leaky(grad_out, X):
    return np.where(X > 0, grad_out, grad_out * grad_out.dtype.type(0.01))


@relu(
    observation=(
        "right where X is not below zero; elsewhere minus the gradient",
        "X 不小于零处正确；其他地方是梯度的相反数",
    ),
    question=("what is the slope of max(x, 0) at x = -3: -1 or 0?", "max(x, 0) 在 x = -3 处的斜率是 -1 还是 0？"),
    name=(
        "the sign of X as slope (`np.sign`): that is the slope of |x|, a ReLU has 0 below zero",
        "把 X 的符号（`np.sign`）当成了斜率：那是 |x| 的斜率，ReLU 在零以下斜率是 0",
    ),
    holds=lambda inputs, got, right: np.allclose(
        got["grad_X"], np.where(inputs["X"] < 0, -inputs["grad_out"], right["grad_X"]), equal_nan=True
    ),
)
def sign_as_slope(grad_out, X):
    return grad_out * np.sign(X)


@relu(
    observation=(
        "the returned values are right, but the array handed in as `grad_out` has changed",
        "返回值是对的，但传进来的 `grad_out` 数组被改动了",
    ),
    question=(
        "which of your lines writes into an array that the caller still uses?",
        "你的哪一行改写了调用者还要用的数组？",
    ),
    name=(
        "an in-place change, `grad_out[X <= 0] = 0`: work on a copy",
        "原地修改：`grad_out[X <= 0] = 0` 会改动输入，应在副本上改",
    ),
)
def gate_in_place(grad_out, X):
    grad_out[X <= 0] = 0
    return grad_out


# ---- two_layer_loss_and_grads -----------------------------------------------------------------------


def passes(
    params,
    X,
    y,
    loss_fn,
    *,
    gate=lambda grad, Z1, A1: grad * (Z1 > 0),
    hidden=lambda Z1: np.maximum(Z1, 0),
    out=lambda Z2: Z2,
    bias1=True,
    bias2=True,
):
    """Forward and back with one part changed; returns the loss and the gradients."""
    Z1 = X @ params["W1"] + (params["b1"] if bias1 else 0)
    A1 = hidden(Z1)
    loss, G = loss_fn(out(A1 @ params["W2"] + (params["b2"] if bias2 else 0)), y)
    G1 = gate(G @ params["W2"].T, Z1, A1)
    return loss, {"W1": X.T @ G1, "b1": G1.sum(axis=0), "W2": A1.T @ G, "b2": G.sum(axis=0)}


@network(
    observation=(
        "`loss`, `W2` and `b2` are right; `W1` and `b1` are not",
        "`loss`、`W2`、`b2` 是对的；`W1` 和 `b1` 不对",
    ),
    question=(
        "what lies between Z1 and A1, and where is it in your backward pass?",
        "Z1 与 A1 之间是什么？它在你的反向传播里出现了吗？",
    ),
    name=(
        "the ReLU is left out on the way back: the gradient of A1 is used as that of Z1",
        "反向时漏了 ReLU：直接把 A1 的梯度当成 Z1 的梯度",
    ),
)
def relu_left_out(params, X, y, *, loss_fn):
    return passes(params, X, y, loss_fn, gate=lambda grad, Z1, A1: grad)


@network(
    observation=(
        "`loss`, `W2` and `b2` are right; no entry of `b1` is negative, and `W1` is wrong",
        "`loss`、`W2`、`b2` 是对的；`b1` 没有负的元素，`W1` 也不对",
    ),
    question=(
        "what decides whether a gradient passes the ReLU: its own sign, or that of Z1?",
        "梯度能否通过 ReLU，取决于它自己的符号，还是 Z1 的符号？",
    ),
    name=("relu of the gradient instead of relu_backward", "对梯度用了 relu，应当用 relu_backward"),
)
def relu_on_the_gradient(params, X, y, *, loss_fn):
    return passes(params, X, y, loss_fn, gate=lambda grad, Z1, A1: np.maximum(grad, 0))


@network(
    observation=(
        "right, but for the first layer where an entry of Z1 is exactly 0",
        "只有当 Z1 的某个元素恰好为 0 时，第一层的梯度不对；其余都对",
    ),
    question=("what does the docstring say about a Z1 of 0?", "文档字符串对 Z1 为 0 的情形是怎么说的？"),
    name=(
        "`Z1 >= 0` lets the gradient through at the kink: the ReLU has slope 0 there",
        "`Z1 >= 0` 在尖点处放过了梯度：ReLU 在那里的斜率取 0",
    ),
    holds=lambda inputs, got, right: bool(
        np.any(inputs["X"] @ inputs["params"]["W1"] + inputs["params"]["b1"] == 0)
        and all(np.allclose(got[name], right[name]) for name in ("loss", "W2", "b2"))
    ),
)
def open_at_z_zero(params, X, y, *, loss_fn):
    return passes(params, X, y, loss_fn, gate=lambda grad, Z1, A1: grad * (Z1 >= 0))


@network(
    observation=("everything is right but `W2`", "除 `W2` 外都对"),
    question=("what comes into the second affine layer: Z1 or A1?", "进入第二个仿射层的是 Z1 还是 A1？"),
    name=("Z1^T G for W2: the input of the second layer is A1", "算 W2 时用了 Z1^T G：第二层的输入是 A1"),
)
def weights_from_z(params, X, y, *, loss_fn):
    loss, grads = passes(params, X, y, loss_fn)
    Z1 = X @ params["W1"] + params["b1"]
    _, G = loss_fn(np.maximum(Z1, 0) @ params["W2"] + params["b2"], y)
    return loss, grads | {"W2": Z1.T @ G}


@network(
    observation=(
        "nothing is right, the loss included; the gradients do belong to the loss you compute",
        "全都不对，损失也不对；不过梯度与你算的损失是一致的",
    ),
    question=("what comes between the two affine layers?", "两个仿射层之间还有什么？"),
    name=("no ReLU in the forward pass", "前向计算里漏了 ReLU"),
)
def no_relu(params, X, y, *, loss_fn):
    return passes(params, X, y, loss_fn, hidden=lambda Z1: Z1, gate=lambda grad, Z1, A1: grad)


@network(
    observation=(
        "`loss` is right; the gradients, all four, are too small by the number of rows",
        "`loss` 是对的；四个梯度都偏小，倍数是行数",
    ),
    question=(
        "loss_fn returns the gradient of its loss. Is there a 1/N left to put in?",
        "loss_fn 返回的已是它那个损失的梯度。还需要再乘 1/N 吗？",
    ),
    name=("the gradients are divided by N once more", "梯度又除了一次 N"),
)
def averaged_again(params, X, y, *, loss_fn):
    loss, grads = passes(params, X, y, loss_fn)
    return loss, {name: grad / grad.dtype.type(len(X)) for name, grad in grads.items()}


@network(
    observation=(
        "`loss` and the gradients of the matrices are right; `b1` and `b2` are too small by the number of rows",
        "`loss` 和两个矩阵的梯度是对的；`b1` 和 `b2` 偏小，倍数是行数",
    ),
    question=("are the rows of a gradient added or averaged for a bias?", "对偏置来说，梯度的各行是相加还是取平均？"),
    name=("the mean over the rows for the biases: it is the sum", "偏置的梯度对各行取了平均：应当求和"),
)
def biases_averaged(params, X, y, *, loss_fn):
    loss, grads = passes(params, X, y, loss_fn)
    rows = X.dtype.type(len(X))
    return loss, grads | {"b1": grads["b1"] / rows, "b2": grads["b2"] / rows}


@network(
    observation=(
        "`loss` and the gradients are off in most cases; some gradients are zero",
        "多数例子里 `loss` 和梯度都不对；有些梯度是零",
    ),
    question=("after which of the two affine layers is there a ReLU?", "两个仿射层里，哪一个后面有 ReLU？"),
    name=("a ReLU after the output, too: the last layer is affine only", "输出后面也加了 ReLU：最后一层只有仿射变换"),
)
def relu_on_the_output(params, X, y, *, loss_fn):
    Z1 = X @ params["W1"] + params["b1"]
    A1 = np.maximum(Z1, 0)
    Z2 = A1 @ params["W2"] + params["b2"]
    loss, G = loss_fn(np.maximum(Z2, 0), y)
    G = G * (Z2 > 0)
    G1 = G @ params["W2"].T * (Z1 > 0)
    return loss, {"W1": X.T @ G1, "b1": G1.sum(axis=0), "W2": A1.T @ G, "b2": G.sum(axis=0)}


@network(
    observation=(
        "`loss` is right; all four gradients are wrong by one and the same factor in each case",
        "`loss` 是对的；在同一个例子里，四个梯度偏差的倍数相同",
    ),
    question=(
        "where does the gradient with respect to Z2 come from in your code?",
        "在你的代码里，对 Z2 的梯度是从哪里来的？",
    ),
    name=(
        "Z2 - y as the gradient of the loss: take the one that loss_fn returns, whatever the loss is",
        "把 Z2 - y 当成了损失的梯度：应当用 loss_fn 返回的梯度，不管损失是什么",
    ),
)
def own_gradient(params, X, y, *, loss_fn):
    return passes(params, X, y, lambda outputs, targets: (loss_fn(outputs, targets)[0], outputs - targets))


@network(
    observation=(
        "`loss` is off already, and with it all four gradients; their shapes are right",
        "`loss` 就已经不对，四个梯度也跟着不对；形状都是对的",
    ),
    question=("which of the four parameters does your forward pass use?", "你的前向计算用到了四个参数中的哪几个？"),
    name=("b1 is missing in the forward pass", "前向计算里漏了 b1"),
)
def first_bias_missing(params, X, y, *, loss_fn):
    return passes(params, X, y, loss_fn, bias1=False)


@network(
    observation=(
        "`loss` is off already, and with it all four gradients; their shapes are right",
        "`loss` 就已经不对，四个梯度也跟着不对；形状都是对的",
    ),
    question=("which of the four parameters does your forward pass use?", "你的前向计算用到了四个参数中的哪几个？"),
    name=("b2 is missing in the forward pass", "前向计算里漏了 b2"),
)
def second_bias_missing(params, X, y, *, loss_fn):
    return passes(params, X, y, loss_fn, bias2=False)
