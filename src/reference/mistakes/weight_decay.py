"""What students write instead of Adam with L2 and AdamW, chapter 04, sitting B."""

import math
from functools import partial

import numpy as np

from reference import weight_decay as right
from reference.adaptive import adam_step
from reference.mistakes import Mistake, wrong_version
from reference.mistakes.adam import corrected, moments, move, state_is_right
from reference.mistakes.tuple_steps import slips_of_a_tuple_step

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- adam_l2_step: g <- g + weight_decay * x, then Adam ------------------------------------------------


@wrong(
    "adam_l2_step",
    observation=(
        "`m` and `v` hold the gradient of the loss alone; `params` are pulled towards zero nevertheless",
        "`m` 和 `v` 里只有损失的梯度；`params` 却仍然被拉向零",
    ),
    question=(
        "does the penalty enter before or after the division by sqrt(v_hat)?",
        "惩罚项是在除以 sqrt(v_hat) 之前进来的，还是之后？",
    ),
    name=(
        "AdamW: the decay stands beside the step; here it is part of the gradient",
        "这是 AdamW：衰减写在了步子旁边；这里它应当是梯度的一部分",
    ),
)
def decoupled(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    return right.adamw_step(params, grads, state, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)


@wrong(
    "adam_l2_step",
    observation=(
        "`m` and `v` hold the gradient of the loss alone; `params` feel no pull towards zero",
        "`m` 和 `v` 里只有损失的梯度；`params` 也没有被拉向零",
    ),
    question=("where in your function does `weight_decay` stand?", "你的函数里，`weight_decay` 出现在哪里？"),
    name=("plain Adam: weight_decay is never used", "普通的 Adam：weight_decay 根本没用上"),
)
def no_penalty(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    return adam_step(params, grads, state, lr=lr, betas=betas, eps=eps)


def with_gradient(penalty):
    """Adam with a penalty's gradient added to that of the loss: penalty(params, lr, weight_decay)."""

    def step(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        grads = (grads + penalty(params, lr, weight_decay)).astype(params.dtype)
        return adam_step(params, grads, state, lr=lr, betas=betas, eps=eps)

    return step


@wrong(
    "adam_l2_step",
    observation=(
        "`m` contains too much of the params: the part that came from them is twice too large",
        "`m` 里来自参数的部分太多：是应有的两倍",
    ),
    question=("differentiate weight_decay / 2 * x^2 by hand", "动手求 weight_decay / 2 * x^2 的导数"),
    name=(
        "a factor of 2: `2 * weight_decay * params` is the gradient of weight_decay * x^2, without the 1/2",
        "多了 2 倍：`2 * weight_decay * params` 是 weight_decay * x^2 的梯度，那里没有 1/2",
    ),
)
def twice(params, grads, state, **hyper):
    return with_gradient(lambda x, lr, decay: 2 * decay * x)(params, grads, state, **hyper)


@wrong(
    "adam_l2_step",
    observation=(
        "`m` contains the right amount of the params, with the opposite sign",
        "`m` 里来自参数的部分大小对，但符号反了",
    ),
    question=(
        "a penalty grows with the size of x. Towards where does it push a positive x?",
        "惩罚项随 x 的大小而增大。它会把一个正的 x 推向哪里？",
    ),
    name=(
        "minus the penalty's gradient: `grads - weight_decay * params` drives the weights away from zero",
        "惩罚项的梯度取了负号：`grads - weight_decay * params` 会把权重推离零",
    ),
)
def minus(params, grads, state, **hyper):
    return with_gradient(lambda x, lr, decay: -decay * x)(params, grads, state, **hyper)


@wrong(
    "adam_l2_step",
    observation=(
        "`m` contains too little of the params, by the factor lr",
        "`m` 里来自参数的部分太少，只有应有的 lr 倍",
    ),
    question=("does the gradient of a penalty depend on the learning rate?", "惩罚项的梯度与学习率有关吗？"),
    name=(
        "`lr * weight_decay * params` joins the gradient: the step multiplies by lr once more",
        "加到梯度上的是 `lr * weight_decay * params`：走步时还会再乘一次 lr",
    ),
)
def lr_in_penalty(params, grads, state, **hyper):
    return with_gradient(lambda x, lr, decay: lr * decay * x)(params, grads, state, **hyper)


@wrong(
    "adam_l2_step",
    observation=(
        "what the penalty adds to `m` has the same size for all entries, whatever the size of the params",
        "惩罚项加到 `m` 上的量，各元素大小都相同，与参数的大小无关",
    ),
    question=(
        "should a large weight be pulled more strongly than a small one?",
        "大的权重是否应当比小的权重受到更强的拉力？",
    ),
    name=(
        "an L1 penalty: `weight_decay * np.sign(params)` where `weight_decay * params` should stand",
        "这是 L1 惩罚：写成了 `weight_decay * np.sign(params)`，应为 `weight_decay * params`",
    ),
)
def sign_of_params(params, grads, state, **hyper):
    return with_gradient(lambda x, lr, decay: decay * np.sign(x))(params, grads, state, **hyper)


@wrong(
    "adam_l2_step",
    observation=(
        "the penalty adds one and the same number to every entry of `m`",
        "惩罚项给 `m` 的每个元素加上了同一个数",
    ),
    question=(
        "has the gradient of the penalty one number, or one for each entry?",
        "惩罚项的梯度是一个数，还是每个元素各有一个？",
    ),
    name=(
        "the penalty itself is added, `weight_decay / 2 * np.sum(params**2)`: its gradient is needed",
        "加上的是惩罚项本身 `weight_decay / 2 * np.sum(params**2)`，需要的是它的梯度",
    ),
)
def penalty_itself(params, grads, state, **hyper):
    return with_gradient(lambda x, lr, decay: decay / 2 * np.sum(x**2))(params, grads, state, **hyper)


@wrong(
    "adam_l2_step",
    observation=(
        "after one step `m` and `t` are right and `v` is not: it knows nothing of the params",
        "走一步之后 `m` 和 `t` 是对的，`v` 不对：里面没有参数的成分",
    ),
    question=(
        "the rule replaces g once, at the top. Which of the lines below use the new g?",
        "公式在最上面就把 g 换掉了。下面的哪几行用的是新的 g？",
    ),
    name=(
        "the penalty enters m only: v is made from the gradient of the loss alone",
        "惩罚项只进了 m：v 用的还是损失本身的梯度",
    ),
)
def penalty_in_m_only(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    m, _, t = moments(grads + weight_decay * params, state, betas)
    _, v, _ = moments(grads, state, betas)
    return move(params, *corrected(m, v, t, betas), lr, eps), (m, v, t)


# ---- adamw_step: x <- x - lr * weight_decay * x - lr * m_hat / (sqrt(v_hat) + eps) ----------------------


def grads_of(inputs):
    """The gradient of the first step."""
    return inputs["grads"][0] if isinstance(inputs["grads"], list) else inputs["grads"]


def beside(pull):
    """A step of Adam from which pull(old params, stepped params, lr, weight_decay) is subtracted."""

    def step(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        stepped, state = adam_step(params, grads, state, lr=lr, betas=betas, eps=eps)
        return stepped - pull(params, stepped, lr, weight_decay), state

    return step


@wrong(
    "adamw_step",
    observation=(
        "`m` and `v` are wrong already: they know something of the params",
        "`m` 和 `v` 就已经不对了：里面混进了参数的成分",
    ),
    question=(
        "from which gradient are m and v to be made: that of the loss alone?",
        "m 和 v 应当由哪个梯度算出：是不是只用损失的梯度？",
    ),
    name=(
        "Adam with L2: the decay is put into the gradient, where it gets divided by sqrt(v_hat)",
        "这是带 L2 的 Adam：衰减放进了梯度里，会被 sqrt(v_hat) 除掉",
    ),
)
def penalty_in_gradient(params, grads, state, **hyper):
    return right.adam_l2_step(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=(
        "the state is right in every case; `params` feel no pull towards zero",
        "每个例子里状态都对；`params` 没有被拉向零",
    ),
    question=("where in your function does `weight_decay` stand?", "你的函数里，`weight_decay` 出现在哪里？"),
    name=("plain Adam: weight_decay is never used", "普通的 Adam：weight_decay 根本没用上"),
)
def no_decay(params, grads, state, **hyper):
    return beside(lambda x, stepped, lr, decay: 0 * x)(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=(
        "the state is right in every case; `params` are pulled towards zero far too strongly",
        "每个例子里状态都对；`params` 被拉向零的力度实在太大",
    ),
    question=(
        "if lr is halved, what becomes of the share of itself that a weight loses?",
        "如果 lr 减半，权重每步失去的比例会怎样变？",
    ),
    name=(
        "lr is missing in the decay: `weight_decay * params` is subtracted",
        "衰减里漏了 lr：减去的是 `weight_decay * params`",
    ),
)
def decay_without_lr(params, grads, state, **hyper):
    return beside(lambda x, stepped, lr, decay: decay * x)(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=(
        "the state is right in every case; `params` are off by a little, by more where the step is longer",
        "每个例子里状态都对；`params` 只差一点，步子越大的地方差得越多",
    ),
    question=(
        "of which x does every weight lose its share: of the one before the step, or the one after it?",
        "每个权重失去的比例，是按走步之前的 x 算，还是按之后的 x 算？",
    ),
    name=(
        "the decay is taken of the new params, after the step of Adam: both terms use the old x",
        "衰减是按 Adam 走完之后的新参数算的：两项都应使用旧的 x",
    ),
)
def decays_new_params(params, grads, state, **hyper):
    return beside(lambda x, stepped, lr, decay: lr * decay * stepped)(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=(
        "the state is right in every case; `params` are pushed away from zero",
        "每个例子里状态都对；`params` 被推离了零",
    ),
    question=("should a weight without gradient become larger or smaller?", "一个没有梯度的权重，应当变大还是变小？"),
    name=(
        "the decay has the wrong sign: `params + lr * weight_decay * params`",
        "衰减的符号反了：写成了 `params + lr * weight_decay * params`",
    ),
)
def grows(params, grads, state, **hyper):
    return beside(lambda x, stepped, lr, decay: -lr * decay * x)(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=(
        "the state is right in every case; `params` are pulled towards zero too weakly",
        "每个例子里状态都对；`params` 被拉向零的力度太小",
    ),
    question=("how often is the decay multiplied by lr?", "衰减被 lr 乘了几次？"),
    name=(
        "lr is applied twice in the decay: `lr * (lr * weight_decay * params)`",
        "衰减里 lr 乘了两次：`lr * (lr * weight_decay * params)`",
    ),
)
def lr_twice(params, grads, state, **hyper):
    return beside(lambda x, stepped, lr, decay: lr * lr * decay * x)(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=(
        "the state is right in every case; `params` are pulled towards zero a little too weakly, the more so the larger "
        "lr * weight_decay is",
        "每个例子里状态都对；`params` 被拉向零的力度略小，lr * weight_decay 越大差得越多",
    ),
    question=(
        "lr * weight_decay is 0.5: which share of a weight is left after the decay?",
        "lr * weight_decay 为 0.5 时，衰减之后权重还剩多大比例？",
    ),
    name=(
        "the weights are multiplied by `exp(-lr * weight_decay)`: what is left is 1 - lr * weight_decay",
        "把权重乘了 `exp(-lr * weight_decay)`：剩下的应是 1 - lr * weight_decay",
    ),
    # Where lr * weight_decay is small, float32 hardly shows the difference of the params.
    holds=lambda inputs, got, right: all(
        np.allclose(got[name], value, rtol=1e-4, atol=0, equal_nan=True)
        for name, value in right.items()
        if not name.startswith("params")
    ),
)
def decays_exponentially(params, grads, state, **hyper):
    return beside(lambda x, stepped, lr, decay: -math.expm1(-lr * decay) * x)(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=(
        "the state is right in every case; `params` are pulled towards zero twice too strongly",
        "每个例子里状态都对；`params` 被拉向零的力度大了一倍",
    ),
    question=("which share of itself does a weight lose at a step?", "权重每一步失去自身的多大比例？"),
    name=(
        "a factor of 2 in the decay: `2 * lr * weight_decay * params`, as if a penalty were differentiated",
        "衰减多了 2 倍：写成了 `2 * lr * weight_decay * params`，像是对惩罚项求了导",
    ),
)
def decay_twice(params, grads, state, **hyper):
    return beside(lambda x, stepped, lr, decay: 2 * lr * decay * x)(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=(
        "the state is right in every case; how strongly `params` are pulled towards zero depends on their gradients",
        "每个例子里状态都对；`params` 被拉向零的力度却取决于梯度",
    ),
    question=("what is divided by sqrt(v_hat) + eps: one term or two?", "除以 sqrt(v_hat) + eps 的是一项还是两项？"),
    name=(
        "the decay stands above the fraction line, `(m_hat + weight_decay * x) / (sqrt(v_hat) + eps)`: "
        "there it is divided, too",
        "衰减写到了分数线上面：`(m_hat + weight_decay * x) / (sqrt(v_hat) + eps)`，于是它也被除了",
    ),
)
def decay_divided(params, grads, state, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    m, v, t = moments(grads, state, betas)
    m_hat, v_hat = corrected(m, v, t, betas)
    return move(params, m_hat + weight_decay * params, v_hat, lr, eps), (m, v, t)


for exercise, step in (("adam_l2_step", right.adam_l2_step), ("adamw_step", right.adamw_step)):
    MISTAKES[exercise] += slips_of_a_tuple_step(exercise, step)


def handing_on(**kept):
    """AdamW that passes only some hyper-parameters to adam_step, whose defaults apply for the others."""

    def step(params, grads, state, *, weight_decay=0.01, lr=1e-3, **hyper):
        options = {"lr": lr} | hyper
        moved, state = adam_step(params, grads, state, **{name: options[name] for name in kept if name in options})
        return moved - lr * weight_decay * params, state

    return step


@wrong(
    "adamw_step",
    observation=(
        "`t` is right; `m` and `v` are those of betas 0.9 and 0.999, whatever is given",
        "`t` 对；但无论给出什么 betas，`m` 和 `v` 都是按 0.9 和 0.999 算的",
    ),
    question=("which betas does the `adam_step` that you call use?", "你调用的 `adam_step` 用的是哪组 betas？"),
    name=(
        "betas and eps are not handed on to `adam_step`: its defaults hold there",
        "没有把 betas 和 eps 传给 `adam_step`：它用的是自己的默认值",
    ),
    holds=lambda inputs, got, right: all(
        np.allclose(got[name], 0.9 * inputs["state"][0] + 0.1 * grads_of(inputs), rtol=1e-4, atol=0, equal_nan=True)
        for name in ("m", "m after step 1")
        if name in got
    ),
)
def betas_not_handed_on(params, grads, state, **hyper):
    return handing_on(lr=True)(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=("`m`, `v` and `t` are right, `params` are not", "`m`、`v`、`t` 都对，`params` 不对"),
    question=("which lr does the `adam_step` that you call use?", "你调用的 `adam_step` 用的是哪个 lr？"),
    name=(
        "lr is not handed on to `adam_step`: its default, 0.001, holds there",
        "没有把 lr 传给 `adam_step`：它用的是默认值 0.001",
    ),
    holds=state_is_right,
)
def lr_not_handed_on(params, grads, state, **hyper):
    return handing_on(betas=True, eps=True)(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=(
        "`m`, `v` and `t` are right; `params` are not where gradients are as small as eps",
        "`m`、`v`、`t` 都对；梯度小到与 eps 相当时，`params` 不对",
    ),
    question=("which eps does the `adam_step` that you call use?", "你调用的 `adam_step` 用的是哪个 eps？"),
    name=(
        "eps is not handed on to `adam_step`: its default, 1e-8, holds there",
        "没有把 eps 传给 `adam_step`：它用的是默认值 1e-8",
    ),
    holds=state_is_right,
)
def eps_not_handed_on(params, grads, state, **hyper):
    return handing_on(lr=True, betas=True)(params, grads, state, **hyper)


@wrong(
    "adamw_step",
    observation=("`m`, `v` and `t` are right, `params` are not", "`m`、`v`、`t` 都对，`params` 不对"),
    question=(
        "does a weight of 2 lose twice as much as a weight of 1?",
        "值为 2 的权重，失去的是值为 1 的权重的两倍吗？",
    ),
    name=(
        "the decay takes the sign, `lr * weight_decay * np.sign(params)`: that is the pull of L1. Every weight loses the same share of itself",
        "衰减用了符号 `lr * weight_decay * np.sign(params)`：那是 L1 的作用。每个权重应失去自身的同一比例",
    ),
    holds=state_is_right,
)
def decays_by_sign(params, grads, state, **hyper):
    return beside(lambda x, stepped, lr, decay: lr * decay * np.sign(x))(params, grads, state, **hyper)
