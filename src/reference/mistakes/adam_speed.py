"""What students write when they turn Adam's two corrections into numbers, chapter 04, Further."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def corrections(t, betas):
    """1 - beta1^t, and the root of 1 - beta2^t."""
    return 1 - betas[0] ** t, (1 - betas[1] ** t) ** 0.5


def same(a, b):
    return bool(np.isclose(a, b, rtol=1e-9, atol=0))


@wrong(
    "folded_corrections",
    observation=("`step_size` is right; `small` is eps itself", "`step_size` 是对的；`small` 就是 eps 本身"),
    question=(
        "sqrt(v / c) + eps = (sqrt(v) + ...) / sqrt(c): what stands for the dots?",
        "sqrt(v / c) + eps = (sqrt(v) + ……) / sqrt(c)：省略号处是什么？",
    ),
    name=(
        "eps is left as it is: when the correction moves out of the sum, eps is multiplied by its root",
        "eps 原样留着：把校正提到和的外面，eps 就要乘上它的平方根",
    ),
    holds=lambda inputs, got, right: same(got["step_size"], right["step_size"]) and got["small"] != right["small"],
)
def eps_as_it_is(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    first, root = corrections(t, betas)
    return lr * root / first, eps


@wrong(
    "folded_corrections",
    observation=("`step_size` is right; `small` is larger than eps", "`step_size` 是对的；`small` 比 eps 还大"),
    question=(
        "sqrt(v / c) + eps = (sqrt(v) + ...) / sqrt(c): what stands for the dots?",
        "sqrt(v / c) + eps = (sqrt(v) + ……) / sqrt(c)：省略号处是什么？",
    ),
    name=("eps is divided by the root: it has to be multiplied", "eps 除以了平方根：应当是乘"),
    holds=lambda inputs, got, right: same(got["step_size"], right["step_size"]) and got["small"] > right["small"],
)
def eps_divided(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    first, root = corrections(t, betas)
    return lr * root / first, eps / root


@wrong(
    "folded_corrections",
    observation=("`small` is right; `step_size` is too large", "`small` 是对的；`step_size` 偏大"),
    question=(
        "v_hat is larger than v. Does this make the step longer or shorter?",
        "v_hat 比 v 大。步子因此变长还是变短？",
    ),
    name=(
        "the root of the second correction divides, `lr / root / first`: it has to multiply",
        "第二个校正的平方根写成了除：`lr / root / first`，应当是乘",
    ),
    holds=lambda inputs, got, right: same(got["small"], right["small"]) and got["step_size"] > right["step_size"],
)
def divided_by_root(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    first, root = corrections(t, betas)
    return lr / root / first, eps * root


@wrong(
    "folded_corrections",
    observation=("`step_size` and `small` are too small", "`step_size` 和 `small` 都偏小"),
    question=(
        "v stands under a root. In what form does its correction leave the root?",
        "v 在根号里面。它的校正移到根号外面，要变成什么？",
    ),
    name=("the root is missing: 1 - beta2^t is used as it is", "漏了开方：直接用了 1 - beta2^t"),
    holds=lambda inputs, got, right: got["step_size"] <= right["step_size"] and got["small"] <= right["small"],
)
def without_root(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    first, root = corrections(t, betas)
    return lr * root**2 / first, eps * root**2


@wrong(
    "folded_corrections",
    observation=("`small` is right; `step_size` is too small", "`small` 是对的；`step_size` 偏小"),
    question=("what becomes of the first moment's correction?", "一阶矩的校正到哪里去了？"),
    name=("m is not corrected: 1 / (1 - beta1^t) is missing", "m 没有校正：漏了 1 / (1 - beta1^t)"),
    holds=lambda inputs, got, right: same(got["small"], right["small"]) and got["step_size"] < right["step_size"],
)
def first_missing(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    _, root = corrections(t, betas)
    return lr * root, eps * root


@wrong(
    "folded_corrections",
    observation=("`small` is right; `step_size` is too small", "`small` 是对的；`step_size` 偏小"),
    question=(
        "m_hat is larger than m. Does this make the step longer or shorter?",
        "m_hat 比 m 大。步子因此变长还是变短？",
    ),
    name=("the first correction multiplies: it has to divide", "第一个校正写成了乘：应当是除"),
    holds=lambda inputs, got, right: same(got["small"], right["small"]) and got["step_size"] < right["step_size"],
)
def first_multiplies(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    first, root = corrections(t, betas)
    return lr * root * first, eps * root


@wrong(
    "folded_corrections",
    observation=("both numbers are those of the step that follows", "两个数都是下一步的"),
    question=("at the first step, what is t: 0 or 1?", "第一步时 t 是几：0 还是 1？"),
    name=(
        "t is counted up once more: here it is already the step that is taken",
        "t 又加了 1：这里的 t 已经是正在走的这一步",
    ),
    holds=lambda inputs, got, right: got["small"] >= right["small"],
)
def one_step_late(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    first, root = corrections(t + 1, betas)
    return lr * root / first, eps * root
