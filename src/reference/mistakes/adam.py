"""What students write instead of Adam's step, chapter 04, sitting A."""

from functools import partial

import numpy as np

from reference import adaptive as right
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.adagrad import EPS_INSIDE, EPS_INSIDE_NAME, EPS_MISSING, EPS_QUESTION, UPHILL
from reference.mistakes.tuple_steps import slips_of_a_tuple_step

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def moments(grads, state, betas):
    """The right new m, v and t."""
    m, v, t = state
    return betas[0] * m + (1 - betas[0]) * grads, betas[1] * v + (1 - betas[1]) * grads**2, t + 1


def corrected(m, v, t, betas):
    """The right m_hat and v_hat for this t; with t = 0 they are 0 / 0."""
    return m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)


def state_is_right(inputs, got, right):
    """True if `m`, `v` and `t` are right and `params` are not, as with a wrong bias correction."""
    alike = {
        name: np.allclose(
            got[name], value, rtol=1e-4 if np.asarray(value).dtype == np.float32 else 1e-6, atol=0, equal_nan=True
        )
        for name, value in right.items()
    }
    return all(fine for name, fine in alike.items() if not name.startswith("params")) and not all(alike.values())


def right_at_step_1_only(inputs, got, right):
    """True if the params of a run from a zero state are right at step 1."""
    first = "params after step 1"
    return state_is_right(inputs, got, right) and (
        first not in right or np.allclose(got[first], right[first], rtol=1e-4, atol=0)
    )


def move(params, m_hat, v_hat, lr, eps):
    return params - lr * m_hat / (np.sqrt(v_hat) + eps)


@wrong(
    "adam_step",
    observation=(
        "`m`, `v` and `t` are right after one step; `params` move by a wrong amount: where one "
        "step is taken, by one factor for all entries",
        "走一步之后 `m`、`v`、`t` 都对；`params` 的移动量不对：只走一步时，各元素差的是同一个倍数",
    ),
    question=(
        "after one step from zeros with gradient g, what is m, and what is m_hat?",
        "从零开始用梯度 g 走一步之后，m 是多少？m_hat 又是多少？",
    ),
    name=("no bias correction: m and v are used as they are", "没有做偏差校正：直接用了 m 和 v"),
)
def no_correction(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, m, v, lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "`m`, `v` and `t` are right after one step; `params` move too little: where one step is "
        "taken, by one factor for all entries",
        "走一步之后 `m`、`v`、`t` 都对；`params` 移动得太少，只走一步时各元素差的是同一个倍数",
    ),
    question=(
        "two averages start at zero. Which of them do you divide by 1 - beta^t?",
        "有两个平均都从零开始。你把哪些除以了 1 - beta^t？",
    ),
    name=("m is not corrected: only v_hat is", "m 没有做偏差校正，只校正了 v"),
)
def m_uncorrected(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, m, corrected(m, v, t, betas)[1], lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "`m`, `v` and `t` are right after one step; `params` move too far: where one step is "
        "taken, by one factor for all entries",
        "走一步之后 `m`、`v`、`t` 都对；`params` 走得太远，只走一步时各元素差的是同一个倍数",
    ),
    question=(
        "two averages start at zero. Which of them do you divide by 1 - beta^t?",
        "有两个平均都从零开始。你把哪些除以了 1 - beta^t？",
    ),
    name=(
        "v is not corrected: only m_hat is. An early v is too small, so the step is too long",
        "v 没有做偏差校正，只校正了 m：早期的 v 偏小，步子就偏大",
    ),
)
def v_uncorrected(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, corrected(m, v, t, betas)[0], v, lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "`m`, `v` and `t` are right after one step; from the start `params` are NaN at once",
        "走一步之后 `m`、`v`、`t` 都对；从头开始走时，`params` 立刻就成了 NaN",
    ),
    question=("at the very first step, what is t in 1 - beta1^t?", "第一步时，1 - beta1^t 里的 t 是几？"),
    name=(
        "the correction uses the old t: at the first step it divides by 1 - beta^0 = 0. Count the step first",
        "偏差校正用了旧的 t：第一步除以了 1 - beta^0 = 0。应先把 t 加 1",
    ),
)
def corrects_with_old_t(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, *corrected(m, v, t - 1, betas), lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "`m`, `v` and `t` are right; from the start `params` are right at step 1 and wrong later",
        "`m`、`v`、`t` 都对；从头开始走时，第 1 步的 `params` 正确，之后不对",
    ),
    question=("which power has beta1 at the second step?", "第二步时，beta1 的指数是几？"),
    name=(
        "the corrections use the old t, held at 1 or more so that nothing is divided by 0 (`max(t, 1)`): count the step first",
        "偏差校正用了旧的 t，只是不让它小于 1 以免除以 0（`max(t, 1)`）：应先把 t 加 1",
    ),
    holds=right_at_step_1_only,
)
def corrects_with_one_at_least(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, *corrected(m, v, max(t - 1, 1), betas), lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=("`m`, `v` and `t` are right, `params` are not", "`m`、`v`、`t` 都对，`params` 不对"),
    question=("which power has beta1 at the very first step?", "第一步时，beta1 的指数是几？"),
    name=(
        "the step is counted twice: `t + 1` in the corrections, though t is counted up already",
        "这一步数了两次：t 已经加过 1，偏差校正里又写了 `t + 1`",
    ),
    holds=state_is_right,
)
def step_counted_twice(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, *corrected(m, v, t + 1, betas), lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=("`m`, `v` and `t` are right, `params` are not", "`m`、`v`、`t` 都对，`params` 不对"),
    question=(
        "the weights in m add up to 1 - beta1^t. To what do those in v add up?",
        "m 里的权重加起来是 1 - beta1^t。v 里的加起来是多少？",
    ),
    name=(
        "the corrections are exchanged: m is divided by 1 - beta2^t and v by 1 - beta1^t",
        "两个偏差校正互换了：m 除以了 1 - beta2^t，v 除以了 1 - beta1^t",
    ),
    holds=state_is_right,
)
def corrections_swapped(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, *corrected(m, v, t, betas[::-1]), lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=("`m`, `v` and `t` are right, `params` are not", "`m`、`v`、`t` 都对，`params` 不对"),
    question=("what is the power of: beta, or 1 - beta?", "t 次方是谁的：beta 的，还是 1 - beta 的？"),
    name=("`(1 - beta)**t` where `1 - beta**t` should stand", "写成了 `(1 - beta)**t`，应为 `1 - beta**t`"),
    holds=state_is_right,
)
def power_of_the_difference(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    m_hat, v_hat = m / (1 - betas[0]) ** t, v / (1 - betas[1]) ** t
    return move(params, m_hat, v_hat, lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=("`m`, `v` and `t` are right, `params` are not", "`m`、`v`、`t` 都对，`params` 不对"),
    question=(
        "is the new gradient in m already, or does it come on top?",
        "新的梯度已经在 m 里了吗？还需要再加一次吗？",
    ),
    name=(
        "Nadam: m is averaged with the gradient once more before the step; Adam takes m_hat as it is",
        "这是 Nadam：走步之前又拿 m 和梯度平均了一次；Adam 直接用 m_hat",
    ),
    holds=state_is_right,
)
def looks_ahead(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    ahead = betas[0] * m + (1 - betas[0]) * grads
    return move(params, *corrected(ahead, v, t, betas), lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=("`m` and `t` are right, `v` is not", "`m` 和 `t` 都对，`v` 不对"),
    question=(
        "does the docstring average the square of g, or of its distance from m?",
        "文档字符串里平均的是 g 的平方，还是 g 与 m 之差的平方？",
    ),
    name=(
        "v averages `(g - m)**2`, a variance: Adam takes the raw second moment, `g**2`",
        "v 平均的是 `(g - m)**2`，那是方差：Adam 用的是原始二阶矩 `g**2`",
    ),
    holds=lambda inputs, got, right: all(
        np.allclose(got[name], value, rtol=1e-4, atol=0, equal_nan=True)
        for name, value in right.items()
        if name[0] in "mt"
    ),
)
def centred(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    v = betas[1] * state[1] + (1 - betas[1]) * (grads - m) ** 2
    return move(params, *corrected(m, v, t, betas), lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "everything is right after one step but `t`, which stays what it was",
        "走一步之后其他都对，只有 `t` 还是原来的数",
    ),
    question=("how does the next step know how many steps were taken before it?", "下一步怎么知道之前已经走了多少步？"),
    name=(
        "t is counted for this step and not returned: the correction stays that of the first step",
        "t 只在这一步里加了 1，没有返回：偏差校正就一直停在第一步",
    ),
)
def t_not_returned(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    params, (m, v, _) = right.adam_step(params, grads, state, lr=lr, betas=betas, eps=eps)
    return params, (m, v, state[2])


@wrong(
    "adam_step",
    observation=(
        "from the start the first step is right; later `m`, `v` and `t` are right and `params` are not",
        "从头开始的第一步正确；之后 `m`、`v`、`t` 仍然对，`params` 却不对",
    ),
    question=("by what is m divided at step 1? And at step 100?", "第 1 步时 m 除以多少？第 100 步呢？"),
    name=(
        "the power t is missing: `1 - beta` at every step where `1 - beta**t` should stand",
        "漏了 t 次方：每一步都除以 `1 - beta`，应为 `1 - beta**t`",
    ),
)
def power_missing(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, *corrected(m, v, 1, betas), lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "`params` are right after one step; the returned `m` and `v` are too large, each by one factor",
        "走一步之后 `params` 是对的；返回的 `m` 和 `v` 偏大，各差一个倍数",
    ),
    question=(
        "what would happen to a correction if the next step corrected it once more?",
        "校正过的值，到下一步又被校正一次，会怎样？",
    ),
    name=(
        "the corrected moments are returned: keep m and v as they are, m_hat and v_hat are for this step only",
        "返回的是校正后的矩：应保存未校正的 m 和 v，m_hat 和 v_hat 只在这一步里用",
    ),
)
def stores_corrected(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    m, v = corrected(m, v, t, betas)
    return move(params, m, v, lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "from the start the first `params` are right, though `m` and `v` are not: one is too "
        "small, the other too large",
        "从头开始的第一步 `params` 是对的，`m` 和 `v` 却不对：一个偏小，一个偏大",
    ),
    question=("which of the two betas belongs to the squares?", "两个 beta 中，哪一个是给平方用的？"),
    name=("the betas are swapped: the first is for m, the second for v", "两个 beta 用反了：第一个给 m，第二个给 v"),
)
def betas_swapped(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    return right.adam_step(params, grads, state, lr=lr, betas=betas[::-1], eps=eps)


@wrong(
    "adam_step",
    observation=(
        "`m`, `v` and `t` are right after one step; `params` move too little where gradients "
        "are large, and too far where they are small",
        "走一步之后 `m`、`v`、`t` 都对；梯度大的地方 `params` 移动得太少，梯度小的地方走得太远",
    ),
    question=(
        "if all gradients become 10 times as large, should the length of a step change?",
        "如果所有梯度都变成 10 倍，步长应当改变吗？",
    ),
    name=("the root is missing: `m_hat / (v_hat + eps)`", "漏了开方：写成了 `m_hat / (v_hat + eps)`"),
)
def no_root(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    m_hat, v_hat = corrected(m, v, t, betas)
    return params - lr * m_hat / (v_hat + eps), (m, v, t)


@wrong(
    "adam_step",
    observation=EPS_INSIDE,
    question=(
        "what does the last line add eps to: v_hat, or its root?",
        "公式最后一行里，eps 是加到 v_hat 上，还是加到它的平方根上？",
    ),
    name=EPS_INSIDE_NAME,
)
def eps_inside(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    m_hat, v_hat = corrected(m, v, t, betas)
    return params - lr * m_hat / np.sqrt(v_hat + eps), (m, v, t)


@wrong(
    "adam_step",
    observation=EPS_MISSING,
    question=EPS_QUESTION,
    name=(
        "eps is missing: an entry without any gradient so far is divided 0 by 0",
        "漏了 eps：至今没有梯度的元素会算出 0/0",
    ),
)
def eps_missing(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, *corrected(m, v, t, betas), lr, 0.0), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "right for gradients of ordinary size; tiny ones move `params` too little, by less than a factor of ten",
        "梯度大小正常时都对；梯度极小时 `params` 移动得偏少，但差不到十倍",
    ),
    question=(
        "in the last line, what stands under the root when eps is added: v, or v_hat?",
        "公式最后一行加 eps 时，根号下的是 v 还是 v_hat？",
    ),
    name=(
        "eps is added before the correction, to `sqrt(v)` (Keras, the paper's epsilon hat): the "
        "correction then enlarges it, too",
        "eps 加得太早，加到了校正之前的 `sqrt(v)` 上（Keras 的写法，即论文里的 epsilon hat）：校正时它也跟着被放大",
    ),
)
def eps_before_correction(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    grown = eps / (1 - betas[1] ** t) ** 0.5
    return move(params, *corrected(m, v, t, betas), lr, grown), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "from the start the first step is right; an `m` that comes in makes no difference to `params`",
        "从头开始的第一步正确；传进来的 `m` 对 `params` 毫无影响",
    ),
    question=("what stands above the fraction line in the last row?", "公式最后一行，分数线上面的是什么？"),
    name=(
        "the gradient moves the params, m_hat is computed for nothing: RMSProp with a correction",
        "移动参数的是梯度本身，m_hat 白算了：这是带偏差校正的 RMSProp",
    ),
)
def gradient_on_top(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, grads, corrected(m, v, t, betas)[1], lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "from the start the first `m` is the whole gradient; `v` and `t` are right",
        "从头开始的第一步，`m` 就是整个梯度；`v` 和 `t` 是对的",
    ),
    question=(
        "with the same gradient g at every step, which value should m tend to?",
        "如果每一步的梯度都是 g，m 应当趋于多少？",
    ),
    name=(
        "m adds up like the velocity of momentum: the gradient has to enter with weight (1 - beta1)",
        "m 像动量法的速度那样累加：梯度应以 (1 - beta1) 的权重进入",
    ),
)
def m_like_velocity(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    _, v, t = moments(grads, state, betas)
    m = betas[0] * state[0] + grads
    return move(params, *corrected(m, v, t, betas), lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "`m` and `t` are right after one step; from the start the first `v` is too small, and by one factor",
        "走一步之后 `m` 和 `t` 是对的；从头开始的第一步 `v` 偏小，各元素差同一个倍数",
    ),
    question=("which quantity is squared in the line for v?", "v 那一行里，被平方的是哪个量？"),
    name=(
        "v averages the squares of m, not of the gradient: `(1 - beta2) * m**2`",
        "v 平均的是 m 的平方，不是梯度的平方：写成了 `(1 - beta2) * m**2`",
    ),
)
def squares_m(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, _, t = moments(grads, state, betas)
    v = betas[1] * state[1] + (1 - betas[1]) * m**2
    return move(params, *corrected(m, v, t, betas), lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "right for a single number; in an array every entry of `v` gets the same amount added",
        "对单个数正确；对数组，`v` 的每个元素都加上了同一个数",
    ),
    question=(
        "should the gradient of one entry change the step of another?",
        "一个元素的梯度应当影响另一个元素的步长吗？",
    ),
    name=(
        "one average for all entries: `np.mean(grads**2)` averages over the array, v over the steps, entry by entry",
        "所有元素共用了一个平均：`np.mean(grads**2)` 是在数组里取平均，而 v 是每个元素各自沿时间取平均",
    ),
)
def one_v_for_all(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, _, t = moments(grads, state, betas)
    v = betas[1] * state[1] + (1 - betas[1]) * np.mean(grads**2)
    return move(params, *corrected(m, v, t, betas), lr, eps), (m, v, t)


@wrong(
    "adam_step",
    observation=(
        "`m`, `v`, `t` are right and `params` move by the right amount, in the opposite direction",
        "`m`、`v`、`t` 都对，`params` 移动的距离也对，但方向反了",
    ),
    question=UPHILL,
    name=(
        "gradient ascent: the move is added to the params, it has to be subtracted",
        "梯度上升：把移动量加到了参数上，应当减去",
    ),
)
def ascends(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    m, v, t = moments(grads, state, betas)
    return move(params, *corrected(m, v, t, betas), -lr, eps), (m, v, t)


MISTAKES["adam_step"] += slips_of_a_tuple_step("adam_step", right.adam_step)
