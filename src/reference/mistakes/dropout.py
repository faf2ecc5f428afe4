"""What students write instead of inverted dropout."""

from copy import deepcopy
from functools import partial

import numpy as np

from reference.dropout import dropout_forward
from reference.mistakes import Mistake, dropout_backward, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- dropout_forward: keep = u >= p, mask = keep / (1 - p) -----------------------------------------


@wrong(
    "dropout_forward",
    observation=(
        "evaluation is right; in training entries are kept about as often as they should be dropped, and "
        "scaled to another size",
        "评估时正确；训练时，元素被保留的比例约等于本该被丢弃的比例，放大的倍数也不同",
    ),
    question=("is p the probability to drop or the probability to keep?", "p 是丢弃的概率，还是保留的概率？"),
    name=(
        "p is taken for the probability to keep: `(u < p) / p`, as in the paper and in CS231n; here p drops",
        "把 p 当成了保留概率：写成了 `(u < p) / p`（论文和 CS231n 的约定）；这里 p 是丢弃概率",
    ),
)
def p_keeps(X, *, p, rng, training=True):
    mask = (rng.random(X.shape) < p).astype(X.dtype) / p if training else np.ones_like(X)
    return X * mask, mask


@wrong(
    "dropout_forward",
    observation=(
        "evaluation is right, and so is p = 0; else entries are kept about as often as they should be dropped, and "
        "scaled to another size",
        "评估时以及 p = 0 时正确；其余情形下，元素被保留的比例约等于本该被丢弃的比例，放大的倍数也不同",
    ),
    question=(
        "with p = 0 you keep everything. Do you keep more or less as p grows?",
        "p = 0 时你保留了全部元素。p 增大时，保留的应当更多还是更少？",
    ),
    name=(
        "p is taken for the probability to keep, except where it is 0: `(u < p) / p`; here p drops",
        "除 p = 0 外，把 p 当成了保留概率：写成了 `(u < p) / p`；这里 p 是丢弃概率",
    ),
    holds=lambda inputs, got, right: inputs["p"] > 0,
)
def p_keeps_unless_zero(X, *, p, rng, training=True):
    return p_keeps(X, p=p or 1.0, rng=rng, training=training)


@wrong(
    "dropout_forward",
    observation=(
        "the right share is dropped, and p = 0 is right; else what is kept is scaled by a wrong factor",
        "丢弃的比例是对的，p = 0 时也对；其余情形下，保留下来的元素放大的倍数不对",
    ),
    question=(
        "which share of the entries survives, and what must it be multiplied by to make up for the rest?",
        "留下来的元素占多大比例？要乘多少才能补上丢掉的部分？",
    ),
    name=("divided by p instead of 1 - p, except where p is 0", "除 p = 0 外，除以了 p，应除以 1 - p"),
    holds=lambda inputs, got, right: inputs["p"] > 0,
)
def divided_by_p_unless_zero(X, *, p, rng, training=True):
    return divided_by_p(X, p=p, rng=rng, training=training and p > 0)


@wrong(
    "dropout_forward",
    observation=(
        "evaluation is right; in training the entries that are kept come through unchanged",
        "评估时正确；训练时，保留下来的元素原样通过",
    ),
    question=(
        "if a share p of the entries is gone, what becomes of the mean of the output?",
        "丢掉了比例为 p 的元素，输出的均值会怎样？",
    ),
    name=(
        "the scale is missing: kept entries have to be divided by 1 - p, so that the mean stays",
        "漏了缩放：保留的元素要除以 1 - p，均值才不变",
    ),
)
def unscaled(X, *, p, rng, training=True):
    mask = (rng.random(X.shape) >= p).astype(X.dtype) if training else np.ones_like(X)
    return X * mask, mask


@wrong(
    "dropout_forward",
    observation=(
        "the right share is dropped; what is kept is scaled by a wrong factor",
        "丢弃的比例是对的；保留下来的元素放大的倍数不对",
    ),
    question=(
        "which share of the entries survives, and what must it be multiplied by to make up for the rest?",
        "留下来的元素占多大比例？要乘多少才能补上丢掉的部分？",
    ),
    name=("divided by p instead of 1 - p", "除以了 p，应除以 1 - p"),
)
def divided_by_p(X, *, p, rng, training=True):
    mask = (rng.random(X.shape) >= p).astype(X.dtype) / p if training else np.ones_like(X)
    return X * mask, mask


@wrong(
    "dropout_forward",
    observation=(
        "what is kept has the right size; the shares of dropped and kept entries are exchanged",
        "保留下来的元素大小正确；但丢弃和保留的比例对调了",
    ),
    question=(
        "how often is a number drawn uniformly from [0, 1) below 0.2, and how often above?",
        "在 [0, 1) 上均匀取一个数，小于 0.2 的概率是多少？大于呢？",
    ),
    name=(
        "the comparison is turned round: `u < p` keeps a share p; an entry stays where `u >= p`",
        "比较号写反了：`u < p` 只保留了比例 p；应在 `u >= p` 时保留",
    ),
)
def comparison_turned(X, *, p, rng, training=True):
    mask = (rng.random(X.shape) < p).astype(X.dtype) / (1 - p) if training else np.ones_like(X)
    return X * mask, mask


@wrong(
    "dropout_forward",
    observation=("training is right; entries are dropped in evaluation as well", "训练时正确；但评估时也在丢弃元素"),
    question=(
        "should the same input give two different answers at test time?",
        "测试时，同样的输入应当给出两个不同的答案吗？",
    ),
    name=("`training` is not used: dropout goes on at test time", "没有用到 `training`：测试时还在做丢弃"),
)
def also_in_evaluation(X, *, p, rng, training=True):
    return dropout_forward(X, p=p, rng=rng)


@wrong(
    "dropout_forward",
    observation=(
        "in training what is kept comes through unchanged; in evaluation every entry is smaller than it came in",
        "训练时保留下来的元素原样通过；评估时每个元素都比传进来的小",
    ),
    question=(
        "inverted dropout scales once. In training or in evaluation?",
        "倒置丢弃法（inverted dropout）只缩放一次，是在训练时还是在评估时？",
    ),
    name=(
        "the original form of 2014: scaled by 1 - p at test time; inverted dropout divides by 1 - p in training",
        "2014 年的原始写法：测试时乘 1 - p；倒置丢弃法是在训练时除以 1 - p",
    ),
)
def scaled_at_test_time(X, *, p, rng, training=True):
    mask = (rng.random(X.shape) >= p).astype(X.dtype) if training else (1 - p) * np.ones_like(X)
    return X * mask, mask


@wrong(
    "dropout_forward",
    observation=(
        "training is right; in evaluation every entry is smaller than it came in",
        "训练时正确；评估时每个元素都比传进来的小",
    ),
    question=(
        "training keeps the mean already. What is left to do in evaluation?",
        "训练时均值已经保持不变了，评估时还需要做什么？",
    ),
    name=(
        "scaled twice: divided by 1 - p in training and multiplied by 1 - p in evaluation as well",
        "缩放了两次：训练时除以 1 - p，评估时又乘 1 - p",
    ),
)
def scaled_in_both(X, *, p, rng, training=True):
    if not training:
        mask = (1 - p) * np.ones_like(X)
        return X * mask, mask
    return dropout_forward(X, p=p, rng=rng)


@wrong(
    "dropout_forward",
    observation=(
        "right share, right scale; but all rows of a large array have the same entries dropped",
        "比例和放大倍数都对；但大数组的每一行丢掉的都是同样的位置",
    ),
    question=(
        "how many random numbers do you draw for an array of 100 rows and 120 columns?",
        "对 100 行 120 列的数组，你抽了多少个随机数？",
    ),
    name=(
        "one draw for each column, shared by all rows: every entry needs a draw of its own",
        "每一列只抽一次，各行共用：每个元素都应各抽一次",
    ),
)
def same_for_all_rows(X, *, p, rng, training=True):
    if not training:
        return X * np.ones_like(X), np.ones_like(X)
    mask = np.ones_like(X) * ((rng.random(X.shape[-1]) >= p) / (1 - p)).astype(X.dtype)
    return X * mask, mask


@wrong(
    "dropout_forward",
    observation=(
        "right share, right scale; but the number of dropped entries is the same in every call",
        "比例和放大倍数都对；但每次调用丢掉的个数都一样",
    ),
    question=(
        "if every entry is dropped on its own, like the toss of a coin, is the number of heads always the same?",
        "如果每个元素各自独立地决定去留，就像各抛一枚硬币，正面的个数会每次都一样吗？",
    ),
    name=(
        "exactly a share p is dropped, chosen by a permutation: the entries then depend on each other. Each needs "
        "a draw of its own, `rng.random(X.shape) >= p`",
        "用排列恰好丢掉比例为 p 的元素：这样元素之间就不独立了。每个元素应各抽一次：`rng.random(X.shape) >= p`",
    ),
)
def exact_share(X, *, p, rng, training=True):
    if not training:
        return X * np.ones_like(X), np.ones_like(X)
    dropped = rng.permutation(X.size).reshape(X.shape) < round(p * X.size)
    mask = (~dropped).astype(X.dtype) / (1 - p)
    return X * mask, mask


@wrong(
    "dropout_forward",
    observation=(
        "right at one call; the next batch has exactly the same entries dropped",
        "单独一次调用是对的；但下一批丢掉的还是完全相同的位置",
    ),
    question=(
        "where do your random numbers come from, and what do two calls have in common there?",
        "你的随机数从哪里来？两次调用在那里有什么共同之处？",
    ),
    name=(
        "a new generator with a fixed seed at every call (`default_rng(0)`): the same units are always off. Use "
        "the `rng` that is handed in",
        "每次调用都新建一个固定种子的生成器（`default_rng(0)`）：被关掉的总是同一批单元。应使用传进来的 `rng`",
    ),
)
def own_seed(X, *, p, rng, training=True):
    return dropout_forward(X, p=p, rng=np.random.default_rng(0), training=training)


@wrong(
    "dropout_forward",
    observation=(
        "where `training` is not given, nothing is dropped",
        "没有给出 `training` 时，什么也没有丢弃",
    ),
    question=(
        "what does your signature take `training` to be when a call leaves it out?",
        "调用时不写 `training`，按你的函数签名它取什么值？",
    ),
    name=("the default is `training=False`: it should be True", "默认值写成了 `training=False`，应为 True"),
    holds=lambda inputs, got, right: bool(np.all(got["mask"] == 1)) if "mask" in got else got["share"] == 0,
)
def evaluates_by_default(X, *, p, rng, training=False):
    return dropout_forward(X, p=p, rng=rng, training=training)


@wrong(
    "dropout_forward",
    observation=(
        "each call by itself is right; but training does not move `rng` on, so the next batch has the same mask",
        "单独看每次调用都对；但训练时 `rng` 没有往前走，所以下一批的掩码完全相同",
    ),
    question=(
        "from which generator do you draw, and which one does the next call get?",
        "你从哪个生成器里抽数？下一次调用拿到的又是哪个？",
    ),
    name=(
        "the numbers are drawn from a copy of `rng`: draw from `rng` itself, or the same units are always off",
        "随机数是从 `rng` 的副本里抽的：应直接从 `rng` 抽，否则被关掉的总是同一批单元",
    ),
    holds=lambda inputs, got, right: got["same mask for the next batch"],
)
def draws_from_a_copy(X, *, p, rng, training=True):
    return dropout_forward(X, p=p, rng=deepcopy(rng), training=training)


@wrong(
    "dropout_forward",
    observation=(
        "two generators of the same seed do not give the same mask: no run can be repeated",
        "两个种子相同的生成器给不出相同的掩码：实验无法重复",
    ),
    question=("where do your random numbers come from?", "你的随机数从哪里来？"),
    name=(
        "the global generator (`np.random.rand`) instead of the `rng` that is handed in",
        "用了全局的随机数生成器（`np.random.rand`），没有用传进来的 `rng`",
    ),
)
def global_generator(X, *, p, rng, training=True):
    return dropout_forward(X, p=p, rng=np.random, training=training)


@wrong(
    "dropout_forward",
    observation=(
        "evaluation and `mask` are right; in training `out` is not X times the mask",
        "评估和 `mask` 都对；训练时 `out` 不等于 X 乘 mask",
    ),
    question=("with which of your arrays do you multiply X?", "X 乘的是你的哪个数组？"),
    name=("the mask is scaled, but X is multiplied by the unscaled one", "mask 缩放了，但 X 乘的是没缩放的那个"),
)
def out_unscaled(X, *, p, rng, training=True):
    out, mask = dropout_forward(X, p=p, rng=rng, training=training)
    return (out * (1 - p) if training else out), mask


@wrong(
    "dropout_forward",
    observation=("all numbers are right; but evaluation moves `rng` on", "数都对；但评估时 `rng` 往前走了"),
    question=(
        "you evaluate once more than last time. Does the training after it still go as it did?",
        "多做一次评估，之后的训练还会和原来一样吗？",
    ),
    name=(
        "the mask is drawn before it is known whether it is needed: in evaluation nothing may be drawn",
        "还没判断是否需要就先抽了随机数：评估时不应抽取任何随机数",
    ),
)
def draws_in_evaluation(X, *, p, rng, training=True):
    mask = (rng.random(X.shape) >= p).astype(X.dtype) / (1 - p)
    if not training:
        mask = np.ones_like(X)
    return X * mask, mask


@wrong(
    "dropout_forward",
    observation=(
        "the share of dropped entries is right; the scale is another one for each mask",
        "丢弃的比例是对的；放大倍数却随掩码而变",
    ),
    question=(
        "do you know the scale before anything is drawn, or does it depend on the draw?",
        "放大倍数是抽之前就知道的，还是取决于抽到了什么？",
    ),
    name=(
        "divided by the share that happened to be kept (`keep.mean()`): right is its expectation, 1 - p",
        "除以了实际保留的比例（`keep.mean()`）：应当除以它的期望 1 - p",
    ),
)
def by_actual_share(X, *, p, rng, training=True):
    if not training:
        return X * np.ones_like(X), np.ones_like(X)
    keep = rng.random(X.shape) >= p
    mask = keep.astype(X.dtype) / max(keep.mean(), 1e-9)
    return (X * mask).astype(X.dtype), mask.astype(X.dtype)


@wrong(
    "dropout_forward",
    observation=(
        "right in float64; for float32 input float64 comes back",
        "float64 下正确；输入是 float32 时返回了 float64",
    ),
    question=("what dtype has a boolean array divided by a number?", "布尔数组除以一个数，结果的 dtype 是什么？"),
    name=(
        "`keep / (1 - p)` of a boolean array is float64: `keep.astype(X.dtype) / (1 - p)`",
        "布尔数组直接 `keep / (1 - p)` 会得到 float64：应写 `keep.astype(X.dtype) / (1 - p)`",
    ),
)
def always_float64(X, *, p, rng, training=True):
    mask = (rng.random(X.shape) >= p) / (1 - p) if training else np.ones(X.shape)
    return X * mask, mask


@wrong(
    "dropout_forward",
    observation=(
        "the returned values are right, but the array handed in as `X` has changed",
        "返回值是对的，但传进来的 `X` 被改动了",
    ),
    question=(
        "the backward pass still needs X. Which of your lines write into it?",
        "反向传播还要用到 X。你的哪几行改写了它？",
    ),
    name=(
        "an in-place change such as `X *= mask`: write `X * mask`",
        "原地修改：`X *= mask` 会改动输入，应写成 `X * mask`",
    ),
)
def forward_in_place(X, *, p, rng, training=True):
    out, mask = dropout_forward(X, p=p, rng=rng, training=training)
    X[...] = out
    return X, mask


MISTAKES |= dropout_backward.MISTAKES
