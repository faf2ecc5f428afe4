"""What students write instead of the two stochastic loops of chapter 01."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, wrong_version
from reference.mistakes.minibatches import batches_of

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- sgd and minibatch_sgd: slips that both loops invite --------------------------------------------


def loop(draw, X, y, params, loss_and_grads, lr, epochs, rng, size=1, scale=lambda rows: 1.0, after=False):
    """The loop of both exercises; `draw(epoch, rng)` gives the epoch's order, `scale` what lr is multiplied by."""
    path, losses = [params], []
    for epoch in range(epochs):
        for X_batch, y_batch in batches_of(draw(epoch, rng), X, y, size):
            loss, grads = loss_and_grads(params, X_batch, y_batch)
            params = params - lr * scale(X_batch) * grads
            path.append(params)
            losses.append(loss_and_grads(params, X_batch, y_batch)[0] if after else loss)
    return np.array(path), np.array(losses)


def slips_of_a_loop(exercise, batches, zh_batches):
    """Slips of `exercise`; `batches` is the word for its batches. Without a batch_size a step has one row."""
    slip = partial(wrong_version, MISTAKES, exercise)

    def size_of(options):
        return options.get("batch_size", 1)

    @slip(
        observation=(
            "every row comes once in an epoch, in the order in which the rows were handed in",
            "一轮里每行都用到一次，但总按传进来的顺序",
        ),
        question=("where does your code use rng?", "你的代码在哪里用到了 rng？"),
        name=("no shuffling: the data is walked through as it stands", "没有打乱：总按数据原来的顺序走"),
    )
    def no_shuffling(params, loss_and_grads, X, y, *, lr, num_epochs, rng, **options):
        return loop(
            lambda epoch, rng: np.arange(len(X)), X, y, params, loss_and_grads, lr, num_epochs, rng, size_of(options)
        )

    @slip(
        observation=("the order is random, but every epoch has the same one", "顺序是随机的，但每一轮都相同"),
        question=(
            "how often does your code draw an order: once, or once for each epoch?",
            "你的代码抽了几次顺序：只一次，还是每轮一次？",
        ),
        name=(
            "the order is drawn once, before the loop over epochs: it belongs inside",
            "顺序只在轮循环之前抽了一次：应放到循环里面，每轮重抽",
        ),
    )
    def one_order(params, loss_and_grads, X, y, *, lr, num_epochs, rng, **options):
        order = rng.permutation(len(X))
        return loop(lambda epoch, rng: order, X, y, params, loss_and_grads, lr, num_epochs, rng, size_of(options))

    @slip(
        observation=(
            "the path follows the rule on the rows it takes; but within one epoch some rows come "
            "more than once "
            "and others never",
            "对它所取的行来说，每一步都符合公式；但一轮里有些行用了多次，有些行一次也没用",
        ),
        question=("can the same number come twice out of your draw?", "你的抽取方式会不会两次抽到同一个数？"),
        name=(
            "sampling with replacement: an epoch is a permutation of all rows",
            "有放回抽样：一轮应是所有行的一个排列",
        ),
    )
    def replacement(params, loss_and_grads, X, y, *, lr, num_epochs, rng, **options):
        return loop(
            lambda epoch, rng: rng.integers(0, len(X), len(X)),
            X,
            y,
            params,
            loss_and_grads,
            lr,
            num_epochs,
            rng,
            size_of(options),
        )

    @slip(
        observation=(
            "the first step has the right length and the opposite direction; all the rows come as they should",
            "第一步的长度对，方向相反；取用的行都没有问题",
        ),
        question=("does the loss go down along the gradient or against it?", "沿着梯度走，损失是变大还是变小？"),
        name=(
            "gradient ascent: `lr * grads` is added, it has to be subtracted",
            "梯度上升：加上了 `lr * grads`，应当减去",
        ),
    )
    def climbs(params, loss_and_grads, X, y, *, lr, num_epochs, rng, **options):
        return loop(
            lambda epoch, rng: rng.permutation(len(X)),
            X,
            y,
            params,
            loss_and_grads,
            -lr,
            num_epochs,
            rng,
            size_of(options),
        )

    @slip(
        observation=(
            f"the path is right; every loss is smaller than it should be for its {batches}",
            f"路径是对的；每个{zh_batches}的损失都比应有的小",
        ),
        question=(
            "at which params is the loss of a step measured, before the move or after it?",
            "一步的损失是用哪里的参数算的：更新之前，还是更新之后？",
        ),
        name=(
            "the loss is computed again after the step: the one that came with the gradient is asked for",
            "在更新之后又算了一次损失：要的是与梯度一起得到的那个",
        ),
    )
    def loss_after(params, loss_and_grads, X, y, *, lr, num_epochs, rng, **options):
        return loop(
            lambda epoch, rng: rng.permutation(len(X)),
            X,
            y,
            params,
            loss_and_grads,
            lr,
            num_epochs,
            rng,
            size_of(options),
            after=True,
        )

    @slip(
        observation=(
            "right in the first step; from the second on the path is wrong, though the rows are right",
            "第一步正确；从第二步起，取用的行都对，路径却不对",
        ),
        question=("at which params is the gradient of the second step taken?", "第二步的梯度是在哪个参数上求的？"),
        name=(
            "the gradient is always taken at the params that the run (or the epoch) started with",
            "梯度总在最初的参数上求：每一步都要用当前的参数",
        ),
    )
    def stale_params(params, loss_and_grads, X, y, *, lr, num_epochs, rng, **options):
        start = params
        return loop(
            lambda epoch, rng: rng.permutation(len(X)),
            X,
            y,
            params,
            lambda x, X, y: loss_and_grads(start, X, y),
            lr,
            num_epochs,
            rng,
            size_of(options),
        )

    @slip(
        observation=(
            "all rows are used in every step, and there is one step for each epoch",
            "每一步都用了全部的行，一轮只走一步",
        ),
        question=(
            f"how many rows does one {batches} have, and how many do you hand to loss_and_grads?",
            f"一个{zh_batches}有几行？你交给 loss_and_grads 的又有几行？",
        ),
        name=("batch gradient descent: one step per epoch with the whole data", "批量梯度下降：每轮用全部数据只走一步"),
    )
    def whole_data(params, loss_and_grads, X, y, *, lr, num_epochs, rng, **options):
        return loop(
            lambda epoch, rng: rng.permutation(len(X)), X, y, params, loss_and_grads, lr, num_epochs, rng, len(X)
        )

    @slip(
        observation=(
            "right within the run; a generator of another seed brings the very same order",
            "一次运行之内没有问题；但换一个种子的生成器，得到的还是同一个顺序",
        ),
        question=(
            "where do your random numbers come from: from the rng that is handed in?",
            "你的随机数从哪里来？是传进来的 rng 吗？",
        ),
        name=(
            "an order that never depends on rng, as from a generator of one's own, "
            "`np.random.default_rng(0)`: draw from `rng`",
            "顺序与 rng 无关，例如自己建了生成器 `np.random.default_rng(0)`：应从传进来的 `rng` 里抽",
        ),
        holds=lambda inputs, got, right: got.get("same_order_for_another_seed", True),
    )
    def seed_of_its_own(params, loss_and_grads, X, y, *, lr, num_epochs, rng, **options):
        own = np.random.default_rng(0)
        return loop(
            lambda epoch, rng: own.permutation(len(X)),
            X,
            y,
            params,
            loss_and_grads,
            lr,
            num_epochs,
            rng,
            size_of(options),
        )

    @slip(
        observation=(
            "`losses` is right in every case; `path` has one point too few, the start is not in it",
            "每个例子里 `losses` 都对；`path` 少了一个点：起点不在里面",
        ),
        question=("how many points does a path of three steps have?", "走三步的路径一共有几个点？"),
        name=("the start is left out: path[0] is params, before any step", "漏了起点：path[0] 应是还没走时的 params"),
    )
    def no_start(params, loss_and_grads, X, y, *, lr, num_epochs, rng, **options):
        path, losses = loop(
            lambda epoch, rng: rng.permutation(len(X)),
            X,
            y,
            params,
            loss_and_grads,
            lr,
            num_epochs,
            rng,
            size_of(options),
        )
        return path[1:], losses


slips_of_a_loop("sgd", "example", "样本")
slips_of_a_loop("minibatch_sgd", "mini-batch", "小批量")


@wrong(
    "sgd",
    observation=(
        "the rows of X are right; beside them stand targets of other rows",
        "X 的行都对；但配上的是别的行的目标",
    ),
    question=(
        "in your loop, which number selects the row of X, and which the row of y?",
        "循环里，选 X 的行用的是哪个数？选 y 的行呢？",
    ),
    name=(
        "X is taken in random order and y in the given one: index both with i",
        "X 按随机顺序取，y 却按原顺序取：两者都要用 i",
    ),
)
def other_targets(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    path, losses = [params], []
    for _ in range(num_epochs):
        for k, i in enumerate(rng.permutation(len(X))):
            loss, grads = loss_and_grads(params, X[i : i + 1], y[k : k + 1])
            params = params - lr * grads
            path.append(params)
            losses.append(loss)
    return np.array(path), np.array(losses)


@wrong(
    "sgd",
    observation=(
        "the rows are right and the first step goes the right way, but all steps are too short, "
        "by a factor that "
        "grows with the number of rows",
        "取用的行都对，第一步的方向也对，但步子都太短，行数越多短得越厉害",
    ),
    question=(
        "loss_and_grads gives the gradient of one example here. What is it to be divided by?",
        "这里 loss_and_grads 给出的是一个样本的梯度。还需要除以什么吗？",
    ),
    name=(
        "each gradient is divided by N, as if it were one term of the batch mean",
        "每个梯度又除以了 N，好像它是整批平均里的一项",
    ),
)
def divided_by_n(params, loss_and_grads, X, y, *, lr, num_epochs, rng):
    return loop(
        lambda epoch, rng: rng.permutation(len(X)),
        X,
        y,
        params,
        loss_and_grads,
        lr,
        num_epochs,
        rng,
        scale=lambda rows: 1 / len(X),
    )


@wrong(
    "minibatch_sgd",
    observation=(
        "the rows are right and the first step goes the right way, but every step is too long, "
        "by the size of "
        "its batch",
        "取用的行都对，第一步的方向也对，但每一步都太长，倍数是这一批的大小",
    ),
    question=(
        "loss_and_grads returns means over the batch. Is there anything left to multiply by?",
        "loss_and_grads 返回的是一批的平均。还需要再乘什么吗？",
    ),
    name=(
        "the gradient is multiplied by the size of the batch: a total instead of a mean",
        "梯度乘上了批的大小：成了总和，而不是平均",
    ),
)
def times_batch(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    return loop(
        lambda epoch, rng: rng.permutation(len(X)),
        X,
        y,
        params,
        loss_and_grads,
        lr,
        num_epochs,
        rng,
        batch_size,
        scale=len,
    )


@wrong(
    "minibatch_sgd",
    observation=(
        "the rows are right and the first step goes the right way, but every step is too short",
        "取用的行都对，第一步的方向也对，但每一步都太短",
    ),
    question=(
        "loss_and_grads returns means over the batch. Is there anything left to divide by?",
        "loss_and_grads 返回的是一批的平均。还需要再除以什么吗？",
    ),
    name=(
        "the gradient is divided by the batch size once more: it is a mean already",
        "梯度又除了一次 batch_size：它已经是平均了",
    ),
)
def divided_again(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    return loop(
        lambda epoch, rng: rng.permutation(len(X)),
        X,
        y,
        params,
        loss_and_grads,
        lr,
        num_epochs,
        rng,
        batch_size,
        scale=lambda rows: 1 / batch_size,
    )


@wrong(
    "minibatch_sgd",
    observation=(
        "where batch_size does not divide N, rows are missing in every epoch and the path is too short",
        "batch_size 不整除 N 时，每一轮都有行没有用到，路径也太短",
    ),
    question=("with 7 rows and batches of 3, how many steps has an epoch?", "7 行数据、每批 3 行，一轮走几步？"),
    name=(
        "the last, smaller batch is dropped: an epoch has ceil(N / batch_size) steps",
        "丢掉了最后较小的那一批：一轮应有 ceil(N / batch_size) 步",
    ),
)
def smaller_batch_dropped(params, loss_and_grads, X, y, *, lr, batch_size, num_epochs, rng):
    return loop(
        lambda epoch, rng: rng.permutation(len(X))[: len(X) // batch_size * batch_size],
        X,
        y,
        params,
        loss_and_grads,
        lr,
        num_epochs,
        rng,
        batch_size,
    )
