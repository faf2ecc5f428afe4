"""Slips that any function invites that draws weights: made from a right one."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np

from reference.mistakes import Mistake, wrong_version


def slips_of_a_draw(exercise: str, draw: Callable) -> list[Mistake]:
    """The slips of `W = draw(rng, shape, **options)`."""
    mistakes: dict[str, list[Mistake]] = {}

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            "the distribution is right; but every call gives exactly the same weights",
            "分布是对的；但每次调用给出的权重完全一样",
        ),
        question=(
            "where do your random numbers come from, and what do two layers of one shape have in common then?",
            "你的随机数从哪里来？这样一来，形状相同的两层会怎样？",
        ),
        name=(
            "a new generator with a fixed seed at every call (`default_rng(0)`): layers of one shape start "
            "alike. Use "
            "the `rng` that is handed in",
            "每次调用都新建一个固定种子的生成器（`default_rng(0)`）：形状相同的层起点完全相同。应使用传进来的 `rng`",
        ),
    )
    def own_seed(rng, shape, **options):
        return draw(np.random.default_rng(0), shape, **options)

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            "each call by itself is right; but `rng` does not move on, so the next call gives the same weights",
            "单独看每次调用都对；但 `rng` 没有往前走，所以下一次调用给出的权重完全一样",
        ),
        question=(
            "from which generator do you draw, and which one does the next layer get?",
            "你从哪个生成器里抽数？下一层拿到的又是哪个？",
        ),
        name=(
            "the numbers are drawn from a copy of `rng`: draw from `rng` itself, or layers of one shape start alike",
            "随机数是从 `rng` 的副本里抽的：应直接从 `rng` 抽，否则形状相同的层起点完全相同",
        ),
        holds=lambda inputs, got, right: got["same weights at the next call"],
    )
    def copied_generator(rng, shape, **options):
        return draw(deepcopy(rng), shape, **options)

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            "two generators of the same seed do not give the same weights: no run can be repeated",
            "两个种子相同的生成器给不出相同的权重：实验无法重复",
        ),
        question=("where do your random numbers come from?", "你的随机数从哪里来？"),
        name=(
            "the global generator (`np.random.uniform`, `np.random.randn`) instead of the `rng` that is handed in",
            "用了全局的随机数生成器（`np.random.uniform`、`np.random.randn`），没有用传进来的 `rng`",
        ),
    )
    def global_generator(rng, shape, **options):
        return draw(np.random, shape, **options)

    @wrong_version(
        mistakes,
        exercise,
        observation=("the array has its two lengths exchanged", "数组的两个长度对调了"),
        question=("in X @ W, which axis of W meets the inputs?", "在 X @ W 中，W 的哪个轴对应输入？"),
        name=(
            "the shape is turned round to (fan_out, fan_in), as PyTorch stores it; here it is the `shape` "
            "that is asked for",
            "形状反了，成了 PyTorch 存储的 (fan_out, fan_in)；这里要的就是传入的 `shape`",
        ),
    )
    def shape_turned(rng, shape, **options):
        return np.ascontiguousarray(draw(rng, shape, **options).T)

    @wrong_version(
        mistakes,
        exercise,
        observation=(
            "single weights are as they should be; but all rows of the array are alike",
            "单看每个权重都没问题；但数组的每一行都一样",
        ),
        question=(
            "how many random numbers do you draw for an array of 100 rows and 120 columns?",
            "对 100 行 120 列的数组，你抽了多少个随机数？",
        ),
        name=(
            "one row is drawn and repeated: all inputs of a unit get the same weight. Draw with the whole `shape`",
            "只抽了一行，然后重复：一个单元的所有输入权重相同。应按整个 `shape` 抽取",
        ),
    )
    def one_row(rng, shape, **options):
        return np.tile(draw(rng, shape, **options)[:1], (shape[0], 1))

    return mistakes[exercise]
