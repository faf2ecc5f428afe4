"""What students write instead of power iteration, chapter 02."""

from functools import partial

import numpy as np

from reference import curvature as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES, "power_iteration")


def iterate(product, vector, num_steps, norm=np.linalg.norm):
    """The steps, with another way to measure the length."""
    vector = vector / norm(vector)
    for _ in range(num_steps):
        following = product(vector)
        if not following.any():
            return vector, True
        vector = following / norm(following)
    return vector, False


@wrong(
    observation=(
        "the vector is right; the eigenvalue is never negative, and after few steps too large in size",
        "向量是对的；特征值从不为负，而且步数少时绝对值偏大",
    ),
    question=(
        "the eigenvector of -3 is stretched to three times its length. How do you see the minus?",
        "特征值 -3 的特征向量会被拉长到三倍。怎样看出那个负号？",
    ),
    name=(
        "the length |H v| as eigenvalue: it loses the sign. The rule takes v . H v",
        "用长度 |H v| 当特征值：丢了符号。公式取的是 v . H v",
    ),
)
def length_as_eigenvalue(product, vector, *, num_steps=100):
    eigenvalue, vector = right.power_iteration(product, vector, num_steps=num_steps)
    return float(np.linalg.norm(product(vector))), vector


@wrong(
    observation=(
        "the vector is right; the eigenvalue is never negative, and 0 where no step is taken",
        "向量是对的；特征值从不为负，一步不走时是 0",
    ),
    question=(
        "the eigenvector of -3 is stretched to three times its length. How do you see the minus?",
        "特征值 -3 的特征向量会被拉长到三倍。怎样看出那个负号？",
    ),
    name=(
        "the last length |H v| of the loop as eigenvalue: it loses the sign and belongs to the v before the step. "
        "After the loop take v . H v",
        "用循环里最后那个长度 |H v| 当特征值：丢了符号，而且属于走这一步之前的 v。循环之后再求 v . H v",
    ),
    holds=lambda inputs, got, right: (
        np.allclose(got["outer(v,v)"], right["outer(v,v)"], rtol=1e-4, atol=1e-6, equal_nan=True)
        and not got["eigenvalue"] < 0
    ),
)
def last_length_of_the_loop(product, vector, *, num_steps=100):
    length, vector = 0.0, vector / np.linalg.norm(vector)
    for _ in range(num_steps):
        following = product(vector)
        length = float(np.linalg.norm(following))
        if length == 0:
            return 0.0, vector
        vector = following / length
    return length, vector


@wrong(
    observation=(
        "the vector is right; the eigenvalue is the one that belongs to one step fewer",
        "向量是对的；特征值却是少走一步时的值",
    ),
    question=(
        "which v stands in v . H v, the last one or the one before it?",
        "v . H v 里的 v 是最后那个，还是倒数第二个？",
    ),
    name=(
        "the eigenvalue is computed before the last step: compute it with the v that is returned",
        "特征值是在最后一步之前算的：应当用返回的那个 v 来算",
    ),
)
def eigenvalue_too_early(product, vector, *, num_steps=100):
    eigenvalue, vector_now = right.power_iteration(product, vector, num_steps=num_steps)
    return right.power_iteration(product, vector, num_steps=max(num_steps - 1, 0))[0], vector_now


@wrong(
    observation=("after few steps both values are those of one step fewer", "步数少时，两个值都是少走一步的结果"),
    question=(
        "how often is H applied to v before the eigenvalue is taken, for num_steps = 1?",
        "num_steps = 1 时，求特征值之前 H 作用了几次？",
    ),
    name=("one step too few: the loop runs num_steps - 1 times", "少走了一步：循环只执行了 num_steps - 1 次"),
)
def step_too_few(product, vector, *, num_steps=100):
    return right.power_iteration(product, vector, num_steps=max(num_steps - 1, 0))


@wrong(
    observation=("after few steps both values are those of one step more", "步数少时，两个值都是多走一步的结果"),
    question=(
        "how often is H applied to v before the eigenvalue is taken, for num_steps = 0?",
        "num_steps = 0 时，求特征值之前 H 作用了几次？",
    ),
    name=(
        "one step too many: the loop runs num_steps + 1 times, or the product for the eigenvalue moves v, too",
        "多走了一步：循环执行了 num_steps + 1 次，或者求特征值时又更新了 v",
    ),
)
def step_too_many(product, vector, *, num_steps=100):
    return right.power_iteration(product, vector, num_steps=num_steps + 1)


@wrong(
    observation=(
        "the length of the vector is not 1: its largest entry is 1 in size; where the "
        "eigenvalue is not zero, it is too large in size",
        "向量的长度不是 1，而是绝对值最大的元素为 1；特征值不为零时，绝对值偏大",
    ),
    question=("what is |v| in the rule: the length, or the largest entry?", "公式里的 |v| 是长度，还是最大的元素？"),
    name=(
        "normalized by the largest entry: |v| is the square root of the sum of squares",
        "按最大元素归一化了：|v| 是平方和的平方根",
    ),
)
def by_largest_entry(product, vector, *, num_steps=100):
    vector, stopped = iterate(product, vector, num_steps, lambda v: np.abs(v).max())
    return 0.0 if stopped else float(np.sum(vector * product(vector))), vector


@wrong(
    observation=(
        "the vector is right; wherever a step is taken the eigenvalue has the right sign and the wrong size",
        "向量是对的；只要走了一步以上，特征值的符号对、大小不对",
    ),
    question=("which v stands in v . H v: the one of length 1?", "v . H v 里的 v，长度是 1 吗？"),
    name=("v . H v with a v that is not normalized yet", "v . H v 里用了还没有归一化的 v"),
)
def unnormalized_quotient(product, vector, *, num_steps=100):
    before = right.power_iteration(product, vector, num_steps=max(num_steps - 1, 0))[1]
    raw = product(before) if num_steps else vector
    return float(np.sum(raw * product(raw))), right.power_iteration(product, vector, num_steps=num_steps)[1]


@wrong(
    observation=(
        "right to a few digits; where the vector moves slowly it is a little off after many steps",
        "前几位是对的；向量变化很慢时，走很多步之后略有偏差",
    ),
    question=(
        "how many steps does your loop take when the vector hardly moves any more?",
        "向量几乎不再变化时，你的循环走了几步？",
    ),
    name=(
        "the loop ends early, when the vector hardly moves: the rule takes num_steps steps",
        "向量几乎不动时循环就提前结束了：按规则应走满 num_steps 步",
    ),
    holds=lambda inputs, got, right: inputs.get("num_steps", 100) >= 90,
)
def ends_when_still(product, vector, *, num_steps=100):
    vector = vector / np.linalg.norm(vector)
    for _ in range(num_steps):
        following = product(vector)
        if not following.any():
            return 0.0, vector
        before, vector = vector, following / np.linalg.norm(following)
        if np.linalg.norm(vector - before) < 1e-6:
            break
    return float(np.sum(vector * product(vector))), vector


@wrong(
    observation=(
        "right unless the product is zero; there NaN comes out",
        "除乘积为零的情形外都正确；乘积为零时得到 NaN",
    ),
    question=("which line divides, and what by, when H v = 0?", "H v = 0 时，哪一行做了除法？除以的是什么？"),
    name=(
        "division by |H v| without looking whether it is 0: stop and return (0.0, v) there",
        "没有检查 |H v| 是否为 0 就做了除法：此时应停下并返回 (0.0, v)",
    ),
)
def divides_by_zero(product, vector, *, num_steps=100):
    vector = vector / np.linalg.norm(vector)
    with np.errstate(all="ignore"):
        for _ in range(num_steps):
            following = product(vector)
            vector = following / np.linalg.norm(following)
        return float(np.sum(vector * product(vector))), vector


@wrong(
    observation=(
        "right where at least one step is taken with a product that is not zero; where none is, |v| is not 1",
        "只要走了至少一步且乘积不为零，就正确；否则 |v| 不是 1",
    ),
    question=("what is the length of v before the first step?", "第一步之前，v 的长度是多少？"),
    name=("the start is not normalized: v / |v| comes first", "没有把起始向量归一化：第一行是 v / |v|"),
)
def start_as_it_came(product, vector, *, num_steps=100):
    vector = 1.0 * vector
    for _ in range(num_steps):
        following = product(vector)
        length = np.linalg.norm(following)
        if length == 0:
            return 0.0, vector
        vector = following / length
    return float(np.sum(vector * product(vector))), vector
