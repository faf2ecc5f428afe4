"""What students write instead of mini-batches, chapter 01."""

import copy
from functools import partial

import numpy as np

from reference import gradient_descent as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


def batches_of(order, X, y, size):
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        yield X[rows], y[rows]


# ---- minibatches ------------------------------------------------------------------------------------


@wrong(
    "minibatches",
    observation=(
        "where batch_size divides N all rows come; otherwise some rows of an epoch are missing, "
        "and no batch is "
        "smaller than the others",
        "batch_size 整除 N 时每行都出现；不整除时，一轮里有些行没有出现，而且没有较小的批量",
    ),
    question=("with 7 rows and batches of 3, how many batches make up an epoch?", "7 行数据、每批 3 行，一轮有几批？"),
    name=(
        "the last, smaller batch is dropped: `N // batch_size` batches, or a range that ends too early",
        "丢掉了最后较小的那一批：只做了 `N // batch_size` 批，或者 range 结束得太早",
    ),
)
def last_batch_dropped(X, y, *, batch_size, rng):
    order = rng.permutation(len(X))
    for number in range(len(X) // batch_size):
        rows = order[number * batch_size : (number + 1) * batch_size]
        yield X[rows], y[rows]


@wrong(
    "minibatches",
    observation=(
        "every row comes once, in the order in which the rows were handed in, whatever the seed",
        "每行都出现一次，但总按传进来的顺序，与种子无关",
    ),
    question=("where does your code use rng?", "你的代码在哪里用到了 rng？"),
    name=("no shuffling: batches are slices of X as it stands", "没有打乱：直接按 X 原来的顺序切片"),
)
def unshuffled(X, y, *, batch_size, rng):
    yield from batches_of(np.arange(len(X)), X, y, batch_size)


@wrong(
    "minibatches",
    observation=(
        "the rows of X come as they should; rows of y do not stand beside their rows of X",
        "X 的行没有问题；但 y 的行与 X 的行对不上",
    ),
    question=("which rows of y belong to `X[rows]`?", "与 `X[rows]` 对应的是 y 的哪些行？"),
    name=(
        "y is not shuffled, or in an order of its own: index X and y with the same rows",
        "y 没有打乱，或者另按一个顺序打乱了：X 和 y 要用同一组下标",
    ),
)
def y_unshuffled(X, y, *, batch_size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        yield X[order[start : start + batch_size]], y[start : start + batch_size]


@wrong(
    "minibatches",
    observation=(
        "the batches have the right sizes; within one epoch some rows come more than once and others never",
        "每批的大小都对；但一轮里有些行出现多次，有些行一次也没有",
    ),
    question=("can the same number come twice out of your draw?", "你的抽取方式会不会两次抽到同一个数？"),
    name=(
        "sampling with replacement (`rng.integers`, `rng.choice`): one epoch is one permutation, cut into pieces",
        "有放回抽样（`rng.integers`、`rng.choice`）：一轮应是把一个排列切成几段",
    ),
)
def with_replacement(X, y, *, batch_size, rng):
    yield from batches_of(rng.integers(0, len(X), len(X)), X, y, batch_size)


@wrong(
    "minibatches",
    observation=(
        "every row comes once and there are as many batches as there should be, but where batch_size does not divide N "
        "other batches than the last are smaller, too",
        "每行都出现一次，批数也对，但 batch_size 不整除 N 时，不只是最后一批较小",
    ),
    question=(
        "13 rows, batch_size 5: how many rows does the second batch have?",
        "13 行、batch_size 为 5：第二批有几行？",
    ),
    name=(
        "`np.array_split` makes parts of nearly equal size: each batch but the last has batch_size rows",
        "`np.array_split` 切出的各份大小几乎相同：应当除最后一批外每批都有 batch_size 行",
    ),
    holds=lambda inputs, got, right: (
        len(got["batch_sizes"]) == len(right["batch_sizes"])
        and sum(size < inputs["batch_size"] for size in got["batch_sizes"]) > 1
    ),
)
def parts_of_equal_size(X, y, *, batch_size, rng):
    for rows in np.array_split(rng.permutation(len(X)), -(-len(X) // batch_size)):
        yield X[rows], y[rows]


@wrong(
    "minibatches",
    observation=(
        "rows come once each, and another seed gives another order; but the next epoch with the same rng has the same order",
        "每行都出现一次，换一个种子顺序也会变；但用同一个 rng 的下一轮，顺序没有变",
    ),
    question=(
        "which line draws from rng itself, so that rng has moved on when the next epoch begins?",
        "哪一行真正从 rng 里抽取，使得下一轮开始时 rng 已经往前走了？",
    ),
    name=(
        "the order is drawn from a copy of rng, or from a new generator with its seed: draw from rng itself",
        "顺序是从 rng 的副本、或用它的种子新建的生成器里抽的：应当直接从 rng 抽取",
    ),
    holds=lambda inputs, got, right: got["same_order_next_epoch"] and not got["same_order_for_another_seed"],
)
def copy_of_rng(X, y, *, batch_size, rng):
    return batches_of(copy.deepcopy(rng).permutation(len(X)), X, y, batch_size)


@wrong(
    "minibatches",
    observation=(
        "every row comes once, but in large N rows stay beside the neighbours they had in X",
        "每行都出现一次，但 N 较大时，各行仍与它在 X 里的邻居挨在一起",
    ),
    question=(
        "can the first row and the last row of X ever meet in one of your batches?",
        "X 的第一行和最后一行，有可能进到你的同一批里吗？",
    ),
    name=(
        "the batches are shuffled, not the rows: permute the rows first, then cut",
        "打乱的是批，不是行：应先打乱所有行，再切成批",
    ),
)
def batches_shuffled(X, y, *, batch_size, rng):
    starts = np.arange(0, len(X), batch_size)
    for start in starts[rng.permutation(len(starts))]:
        yield X[start : start + batch_size], y[start : start + batch_size]


@wrong(
    "minibatches",
    observation=(
        "right within an epoch; the next epoch and another seed bring the very same order",
        "一轮之内没有问题；但下一轮、换一个种子，得到的还是同一个顺序",
    ),
    question=(
        "where do your random numbers come from: from the rng that is handed in?",
        "你的随机数从哪里来？是传进来的 rng 吗？",
    ),
    name=(
        "the order is always the same, as from a generator of one's own, `np.random.default_rng(0)`, or one that is kept: "
        "draw it from `rng` at every call",
        "顺序总是同一个，例如来自自己建的生成器 `np.random.default_rng(0)`，或者把顺序存了下来：每次调用都应从传进来的 `rng` 里抽",
    ),
)
def seed_of_its_own(X, y, *, batch_size, rng):
    yield from right.minibatches(X, y, batch_size=batch_size, rng=np.random.default_rng(0))


@wrong(
    "minibatches",
    observation=(
        "right within an epoch, and random; but the same seed does not bring the same order again",
        "一轮之内没有问题，也是随机的；但同一个种子得不到同样的顺序",
    ),
    question=(
        "where do your random numbers come from: from the rng that is handed in?",
        "你的随机数从哪里来？是传进来的 rng 吗？",
    ),
    name=(
        "NumPy's global generator (`np.random.permutation`): draw from `rng`",
        "用了 NumPy 的全局生成器（`np.random.permutation`）：应从 `rng` 里抽",
    ),
)
def global_generator(X, y, *, batch_size, rng):
    yield from right.minibatches(X, y, batch_size=batch_size, rng=np.random.default_rng())


@wrong(
    "minibatches",
    observation=(
        "some rows of an epoch are missing, even where batch_size divides N: the last batch never comes",
        "一轮里总有些行没有出现，batch_size 整除 N 时也一样：最后一批从不出现",
    ),
    question=(
        "with 6 rows and batches of 3, which values of `start` do you visit?",
        "6 行数据、每批 3 行，你的 `start` 取了哪些值？",
    ),
    name=(
        "the range ends one batch too early, `range(0, N - batch_size, batch_size)`: it should go up to N",
        "range 少了一批：写成了 `range(0, N - batch_size, batch_size)`，应当一直到 N",
    ),
    holds=lambda inputs, got, right: len(got["batch_sizes"]) == len(right["batch_sizes"]) - 1,
)
def range_too_short(X, y, *, batch_size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X) - batch_size, batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


@wrong(
    "minibatches",
    observation=(
        "where batch_size does not divide N the last batch is as large as the others, and rows come twice",
        "batch_size 不整除 N 时，最后一批与别的批一样大，有些行出现了两次",
    ),
    question=(
        "with 7 rows and batches of 3, how many rows are left for the third batch?",
        "7 行数据、每批 3 行，留给第三批的还有几行？",
    ),
    name=(
        "the last batch is filled up from the beginning: it should simply be smaller",
        "最后一批从头补满了：它本来就应当小一些",
    ),
)
def wrapped_around(X, y, *, batch_size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[np.arange(start, start + batch_size) % len(X)]
        yield X[rows], y[rows]


@wrong(
    "minibatches",
    observation=(
        "there are as many batches as rows, and they overlap; right only for batch_size 1",
        "有多少行就有多少批，而且相互重叠；只在 batch_size 为 1 时正确",
    ),
    question=("by how much does `start` grow from one batch to the next?", "从一批到下一批，`start` 增加多少？"),
    name=(
        "`range(0, N)` without its step: `range(0, N, batch_size)`",
        "range 漏了步长：应为 `range(0, N, batch_size)`",
    ),
)
def overlapping(X, y, *, batch_size, rng):
    order = rng.permutation(len(X))
    for start in range(len(X)):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


@wrong(
    "minibatches",
    observation=("every batch but the last has one row more than it should", "除最后一批外，每批都多了一行"),
    question=("how many entries has `order[0:3]`?", "`order[0:3]` 有几个元素？"),
    name=(
        "one row too many: the end of a slice is not part of it, so there is nothing to add to `start + batch_size`",
        "每批多取了一行：切片不含右端，`start + batch_size` 不必再加 1",
    ),
)
def one_too_many(X, y, *, batch_size, rng):
    yield from batches_of(rng.permutation(len(X)), X, y, batch_size + 1)


@wrong(
    "minibatches",
    observation=(
        "where batch_size divides N there is one batch too many, with no rows; right elsewhere",
        "batch_size 整除 N 时多出一批，里面一行也没有；别处都对",
    ),
    question=(
        "6 rows in batches of 3: what is `6 // 3 + 1`, and what is in the last one?",
        "6 行数据、每批 3 行：`6 // 3 + 1` 等于几？最后一批里有什么？",
    ),
    name=(
        "an empty batch at the end: `N // batch_size + 1` batches are right only where something is left over. "
        "`range(0, N, batch_size)` needs no count",
        "最后多了一个空批：只有除不尽时才是 `N // batch_size + 1` 批。用 `range(0, N, batch_size)` 就不必数",
    ),
)
def empty_at_the_end(X, y, *, batch_size, rng):
    order = rng.permutation(len(X))
    for batch in range(len(X) // batch_size + 1):
        rows = order[batch * batch_size : (batch + 1) * batch_size]
        yield X[rows], y[rows]
