"""What students write instead of AMSGrad's step, chapter 04, further on in sitting A."""

from functools import partial

import numpy as np

from reference import adam_variants as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.adagrad import EPS_INSIDE, EPS_INSIDE_NAME, UPHILL
from reference.mistakes.adam import corrected, move
from reference.mistakes.adam import moments as adam_moments
from reference.mistakes.tuple_steps import slips_of_a_tuple_step

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def moments(grads, state, betas):
    """The right new m, v and t, and the old v_max."""
    m, v, v_max, t = state
    return *adam_moments(grads, (m, v, t), betas), v_max


@wrong(
    "amsgrad_step",
    observation=(
        "the state is right in every case; `params` are right only while `v` has never been larger than it is",
        "每个例子里状态都对；只有 `v` 从未比现在更大时，`params` 才对",
    ),
    question=("which of your quantities stands under the root of the last line?", "公式最后一行的根号下是哪个量？"),
    name=("Adam: v_max is kept, but v divides", "这还是 Adam：v_max 记下来了，除的却是 v"),
)
def v_divides(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t, v_max = moments(grads, state, betas)
    return move(params, *corrected(m, v, t, betas), lr, eps), (m, v, np.maximum(v_max, v), t)


@wrong(
    "amsgrad_step",
    observation=(
        "`m`, `v` and `t` are right after one step; from the start the first `v_max` is already "
        "too large, by one factor",
        "走一步之后 `m`、`v`、`t` 都对；从头开始的第一步 `v_max` 就偏大，各元素差同一个倍数",
    ),
    question=("is the maximum taken before or after the bias correction?", "最大值是在偏差校正之前取，还是之后取？"),
    name=(
        "the maximum of the corrected v_hat (optax): here it is taken of the uncorrected v, then corrected",
        "取的是校正后 v_hat 的最大值（optax 的写法）；这里应先对未校正的 v 取最大值，再校正",
    ),
)
def maximum_of_corrected(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t, v_max = moments(grads, state, betas)
    m_hat, v_hat = corrected(m, v, t, betas)
    v_max = np.maximum(v_max, v_hat)
    return move(params, m_hat, v_max, lr, eps), (m, v, v_max, t)


@wrong(
    "amsgrad_step",
    observation=(
        "the state is right in every case; `params` move by a wrong amount: where one step is "
        "taken, by one factor for all entries",
        "每个例子里状态都对；`params` 的移动量不对：只走一步时，各元素差的是同一个倍数",
    ),
    question=(
        "after one step from zeros with gradient g, what is m, and what should m be divided by?",
        "从零开始用梯度 g 走一步之后，m 是多少？它应当除以什么？",
    ),
    name=(
        "no bias correction (as in the paper of AMSGrad): the rule here divides by 1 - beta^t",
        "没有做偏差校正（AMSGrad 原论文如此）：这里的公式要除以 1 - beta^t",
    ),
)
def no_correction(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t, v_max = moments(grads, state, betas)
    v_max = np.maximum(v_max, v)
    return move(params, m, v_max, lr, eps), (m, v, v_max, t)


@wrong(
    "amsgrad_step",
    observation=(
        "`params` and `v_max` are right after one step; `v` is right only where it has never been larger",
        "走一步之后 `params` 和 `v_max` 是对的；`v` 只有在从未更大过的地方才对",
    ),
    question=("after a large gradient, may v become small again?", "一个大梯度过去之后，v 还能变小吗？"),
    name=(
        "the maximum is written back into v: v goes on as in Adam, only v_max cannot fall",
        "把最大值写回了 v：v 应照 Adam 的方式更新，不会下降的只有 v_max",
    ),
)
def v_replaced(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    params, (m, _, v_max, t) = right.amsgrad_step(params, grads, state, lr=lr, betas=betas, eps=eps)
    return params, (m, v_max.copy(), v_max, t)


@wrong(
    "amsgrad_step",
    observation=(
        "`m`, `v` and `t` are right after one step; `v_max` is too small where `v` has just grown past it",
        "走一步之后 `m`、`v`、`t` 都对；`v` 刚超过 `v_max` 的地方，`v_max` 偏小",
    ),
    question=(
        "which v is compared with v_max, the one that came in or the one you have just computed?",
        "与 v_max 比较的 v 是传进来的，还是刚算出来的新值？",
    ),
    name=("the maximum is taken of the old v: one step late", "取最大值时用了旧的 v：晚了一步"),
)
def maximum_of_old(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t, v_max = moments(grads, state, betas)
    v_max = np.maximum(v_max, state[1])
    return move(params, *corrected(m, v_max, t, betas), lr, eps), (m, v, v_max, t)


@wrong(
    "amsgrad_step",
    observation=(
        "`m`, `v` and `t` are right after one step; `v_max` is wrong, and from the start it stays zero",
        "走一步之后 `m`、`v`、`t` 都对；`v_max` 不对，从头开始走时它一直为零",
    ),
    question=("should a rare large gradient be remembered or forgotten?", "偶尔出现的大梯度，应当记住还是忘掉？"),
    name=(
        "the minimum is kept: `np.minimum` where `np.maximum` should stand",
        "保存的是最小值：写成了 `np.minimum`，应为 `np.maximum`",
    ),
)
def minimum_kept(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t, v_max = moments(grads, state, betas)
    v_max = np.minimum(v_max, v)
    return move(params, *corrected(m, v_max, t, betas), lr, eps), (m, v, v_max, t)


@wrong(
    "amsgrad_step",
    observation=(
        "right for a single number; in an array all entries of `v_max` are the same",
        "对单个数正确；对数组，`v_max` 的所有元素都一样",
    ),
    question=(
        "over what is the maximum taken: over the entries, or over the steps?",
        "最大值是对各个元素取，还是对各步取？",
    ),
    name=(
        "one maximum for all entries: `max(v_max.max(), v.max())` where `np.maximum(v_max, v)` should stand",
        "所有元素共用了一个最大值：写成了 `max(v_max.max(), v.max())`，应为 `np.maximum(v_max, v)`",
    ),
)
def one_maximum(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t, v_max = moments(grads, state, betas)
    v_max = np.zeros_like(v) + np.maximum(np.max(v_max), np.max(v))
    return move(params, *corrected(m, v_max, t, betas), lr, eps), (m, v, v_max, t)


@wrong(
    "amsgrad_step",
    observation=(
        "`params` are right after one step; `v_max` is the one that came in",
        "走一步之后 `params` 是对的；`v_max` 还是传进来的那个",
    ),
    question=("what does the next step compare its v with?", "下一步的 v 要和什么比较？"),
    name=("the new v_max is used but not returned", "新的 v_max 用到了，却没有返回"),
)
def maximum_lost(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    params, (m, v, _, t) = right.amsgrad_step(params, grads, state, lr=lr, betas=betas, eps=eps)
    return params, (m, v, state[2], t)


@wrong(
    "amsgrad_step",
    observation=EPS_INSIDE,
    question=(
        "what does the last line add eps to: what is under the root, or the root itself?",
        "公式最后一行里，eps 是加到根号里面，还是加到平方根上？",
    ),
    name=EPS_INSIDE_NAME,
)
def eps_inside(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t, v_max = moments(grads, state, betas)
    v_max = np.maximum(v_max, v)
    m_hat, v_hat = corrected(m, v_max, t, betas)
    return params - lr * m_hat / np.sqrt(v_hat + eps), (m, v, v_max, t)


@wrong(
    "amsgrad_step",
    observation=(
        "the state is right in every case and `params` move by the right amount, in the opposite direction",
        "每个例子里状态都对，`params` 移动的距离也对，但方向反了",
    ),
    question=UPHILL,
    name=(
        "gradient ascent: the move is added to the params, it has to be subtracted",
        "梯度上升：把移动量加到了参数上，应当减去",
    ),
)
def ascends(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    new, state = right.amsgrad_step(params, grads, state, lr=lr, betas=betas, eps=eps)
    return params - (new - params), state


MISTAKES["amsgrad_step"] += slips_of_a_tuple_step("amsgrad_step", right.amsgrad_step)
