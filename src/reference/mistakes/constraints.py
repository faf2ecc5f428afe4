"""What students write instead of the ridge solution and of max-norm."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, wrong_version
from reference.penalties import ridge_solution

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- ridge_solution: (X^T X / N + strength * I) w = X^T y / N --------------------------------------


@wrong(
    "ridge_solution",
    observation=("right for strength zero; else the weights are too long", "strength 为零时正确；否则权重偏长"),
    question=(
        "is the data loss a mean or a sum over the rows? How often does N stand in the system?",
        "数据损失对各行是取平均还是求和？方程组里 N 出现了几次？",
    ),
    name=(
        "scikit-learn's scale: (X^T X + strength * I) w = X^T y, without the 1/N",
        "用了 scikit-learn 的尺度：(X^T X + strength * I) w = X^T y，漏了 1/N",
    ),
)
def without_mean(X, y, *, strength):
    return np.linalg.solve(X.T @ X + strength * np.eye(X.shape[1], dtype=X.dtype), X.T @ y)


@wrong(
    "ridge_solution",
    observation=(
        "even for strength zero the weights are too short, by the number of rows",
        "即使 strength 为零，权重也偏短，差的倍数就是行数",
    ),
    question=("on which sides of the equation does N stand?", "N 在等号的哪几边出现？"),
    name=("1/N on the right-hand side alone: X^T X is not divided by N", "只有右边除以了 N：左边的 X^T X 没有除"),
)
def mean_on_the_right_only(X, y, *, strength):
    return np.linalg.solve(X.T @ X + strength * np.eye(X.shape[1], dtype=X.dtype), X.T @ y / len(y))


@wrong(
    "ridge_solution",
    observation=("right for strength zero; else the weights are too short", "strength 为零时正确；否则权重偏短"),
    question=(
        "differentiate strength / 2 * |w|^2: what is left of the 2?",
        "对 strength / 2 * |w|² 求导，那个 2 还剩下吗？",
    ),
    name=(
        "2 * strength on the diagonal: that belongs to a penalty without the 1/2",
        "对角线上加了 2 * strength：那对应没有 1/2 的惩罚项",
    ),
)
def twice_the_strength(X, y, *, strength):
    return np.linalg.solve(X.T @ X / len(y) + 2 * strength * np.eye(X.shape[1], dtype=X.dtype), X.T @ y / len(y))


@wrong(
    "ridge_solution",
    observation=(
        "right for strength zero; for a very large strength some weights stay far from zero",
        "strength 为零时正确；strength 很大时，仍有权重离零很远",
    ),
    question=(
        "`matrix + number` adds the number to which entries? To which should it be added?",
        "`矩阵 + 数` 会把这个数加到哪些元素上？应该加到哪些元素上？",
    ),
    name=(
        "strength is added to every entry of X^T X / N: `np.eye(D)` is missing",
        "strength 加到了 X^T X / N 的每个元素上：漏了 `np.eye(D)`",
    ),
)
def added_everywhere(X, y, *, strength):
    return np.linalg.lstsq(X.T @ X / len(y) + X.dtype.type(strength), X.T @ y / len(y), rcond=None)[0]


@wrong(
    "ridge_solution",
    observation=(
        "right for strength zero; strength makes no difference to the answer",
        "strength 为零时正确；strength 对答案毫无影响",
    ),
    question=("where does strength enter your system of equations?", "strength 在你的方程组里出现在哪里？"),
    name=("ordinary least squares: the penalty is missing", "普通最小二乘：漏了惩罚项"),
)
def least_squares(X, y, *, strength):
    return np.linalg.lstsq(X, y, rcond=None)[0]


@wrong(
    "ridge_solution",
    observation=("all weights of least squares, shrunk by one common factor", "等于最小二乘的权重全部按同一比例缩小"),
    question=(
        "are directions in which the data say little shrunk as much as those in which they say a lot?",
        "数据提供信息少的方向，和信息多的方向，收缩得一样多吗？",
    ),
    name=(
        "least squares divided by 1 + strength: right only where X^T X / N is the unit matrix",
        "最小二乘除以 1 + strength：只有 X^T X / N 是单位矩阵时才对",
    ),
)
def shrinks_least_squares(X, y, *, strength):
    return np.linalg.lstsq(X, y, rcond=None)[0] / (1 + strength)


@wrong(
    "ridge_solution",
    observation=(
        "right in float64; for float32 data the weights come back as float64",
        "float64 下正确；数据是 float32 时，返回的权重却是 float64",
    ),
    question=("what dtype does `np.eye(D)` have?", "`np.eye(D)` 的 dtype 是什么？"),
    name=(
        "`np.eye(D)` is float64 and turns the whole system into float64: `np.eye(D, dtype=X.dtype)`",
        "`np.eye(D)` 是 float64，把整个方程组都变成了 float64：应写 `np.eye(D, dtype=X.dtype)`",
    ),
)
def wide_unit_matrix(X, y, *, strength):
    return np.linalg.solve(X.T @ X / len(y) + strength * np.eye(X.shape[1]), X.T @ y / len(y))


@wrong(
    "ridge_solution",
    observation=(
        "`w` is that of a fit with an intercept",
        "`w` 是带截距的拟合得到的",
    ),
    question=(
        "does the formula of the docstring take a mean away?",
        "文档字符串的公式里减去了均值吗？",
    ),
    name=(
        "X and y are centred first: the docstring leaves that to the caller",
        "先对 X 和 y 做了中心化：文档字符串把这一步留给了调用者",
    ),
    holds=lambda inputs, got, right: True,
)
def centres_first(X, y, *, strength):
    return ridge_solution(X - X.mean(axis=0), y - y.mean(), strength=strength)


@wrong(
    "ridge_solution",
    observation=(
        "`w` is right where strength is 0; elsewhere it is shrunk too little",
        "strength 为 0 时 `w` 正确；否则收缩得不够",
    ),
    question=(
        "the derivative of strength / 2 * |w|^2 with respect to w: is the 1/2 still there?",
        "strength / 2 * |w|^2 对 w 求导之后，1/2 还在吗？",
    ),
    name=(
        "`strength / 2 * np.eye(D)`: the 1/2 has gone with the derivative",
        "写成了 `strength / 2 * np.eye(D)`：求导之后 1/2 已经消掉",
    ),
    holds=lambda inputs, got, right: inputs["strength"] > 0,
)
def half_the_strength(X, y, *, strength):
    return ridge_solution(X, y, strength=strength / 2)


@wrong(
    "ridge_solution",
    observation=(
        "`w` is right where X is square; elsewhere the penalty weighs too much or too little",
        "X 为方阵时 `w` 正确；否则惩罚项过重或过轻",
    ),
    question=(
        "is N the number of rows or of columns?",
        "N 是行数还是列数？",
    ),
    name=(
        "divided by the number of columns, `X.shape[1]`: the mean is over the rows",
        "除以了列数 `X.shape[1]`：平均是对各行求的",
    ),
    holds=lambda inputs, got, right: inputs["X"].shape[0] != inputs["X"].shape[1],
)
def divides_by_columns(X, y, *, strength):
    N, D = X.shape
    return ridge_solution(X, y, strength=strength * D / N)


# ---- max_norm: every column w -> w * min(1, limit / |w|) -------------------------------------------


@wrong(
    "max_norm",
    observation=(
        "other entries are scaled than should be: whole rows change, where columns should",
        "被缩放的元素不对：整行整行地变了，应当是整列",
    ),
    question=(
        "W[i, j] leads from input i to unit j. Which entries feed one unit?",
        "W[i, j] 从输入 i 通向单元 j。哪些元素属于同一个单元？",
    ),
    name=(
        "norms of the rows (`axis=1`): what leaves an input, instead of what comes into a unit",
        "求的是行的范数（`axis=1`）：那是从一个输入出去的权重，应是进入一个单元的权重",
    ),
)
def rows(W, *, limit):
    norms = np.sqrt(np.sum(W**2, axis=1, keepdims=True))
    return W * (limit / np.maximum(norms, limit))


@wrong(
    "max_norm",
    observation=(
        "all entries are scaled by one common factor, those of short columns as well",
        "所有元素都按同一比例缩放，短的列也不例外",
    ),
    question=(
        "has each unit a budget of its own, or have all units one together?",
        "每个单元各有自己的限额，还是所有单元共用一个？",
    ),
    name=("one norm for the whole matrix: `axis=0` is missing", "对整个矩阵求了一个范数：漏了 `axis=0`"),
)
def whole_matrix(W, *, limit):
    return W * (limit / np.maximum(np.sqrt(np.sum(W**2)), limit))


@wrong(
    "max_norm",
    observation=(
        "long columns are right; short ones have become longer, and a column of zeros is NaN",
        "长的列是对的；短的列却变长了，全零的列成了 NaN",
    ),
    question=("a column within the limit: what does min(1, ...) make of it?", "界内的列，min(1, ...) 对它做什么？"),
    name=(
        "every column is scaled to the limit: short ones have to stay as they are",
        "把每一列都缩放到了上限：短的列应当保持不变",
    ),
)
def always_to_the_limit(W, *, limit):
    with np.errstate(invalid="ignore"):
        return limit * W / np.sqrt(np.sum(W**2, axis=0))


@wrong(
    "max_norm",
    observation=(
        "short columns are right; in long ones only the largest entries have changed, and not by a common factor",
        "短的列是对的；长的列里只有大的元素变了，而且不是按同一比例",
    ),
    question=(
        "does the rule compare the limit with an entry, or with the length of a column?",
        "公式里与 limit 比较的是单个元素，还是整列的长度？",
    ),
    name=(
        "`np.clip(W, -limit, limit)`: entry by entry, which changes the direction of a column",
        "写成了 `np.clip(W, -limit, limit)`：逐元素截断，会改变列的方向",
    ),
)
def clips_entries(W, *, limit):
    return np.clip(W, -limit, limit)


@wrong(
    "max_norm",
    observation=(
        "long columns are scaled, but not to the right length; which columns are left alone is not right in every case",
        "长的列被缩放了，但长度不对；哪些列保持不变，也不是每个例子都对",
    ),
    question=("what is the length of the column (3, 4)?", "列 (3, 4) 的长度是多少？"),
    name=("the root is missing: the sum of squares is compared with the limit", "漏了开方：拿平方和去和 limit 比较"),
)
def no_root(W, *, limit):
    return W * (limit / np.maximum(np.sum(W**2, axis=0), limit))


@wrong(
    "max_norm",
    observation=(
        "short columns are right; long ones all come out with the length 1",
        "短的列是对的；长的列结果长度全是 1",
    ),
    question=("how long should a column that was too long be afterwards?", "太长的列，处理之后应该有多长？"),
    name=(
        "long columns are divided by their norm and not multiplied by the limit",
        "长的列除以了自己的范数，却没有再乘 limit",
    ),
)
def to_length_one(W, *, limit):
    norms = np.sqrt(np.sum(W**2, axis=0))
    return W / np.where(norms > limit, norms, 1).astype(W.dtype)


@wrong(
    "max_norm",
    observation=(
        "the returned values are right, but the array handed in as `W` has changed",
        "返回值是对的，但传进来的 `W` 被改动了",
    ),
    question=("which of your lines write into W itself?", "你的哪几行直接改写了 W？"),
    name=(
        "an in-place change such as `W *= ...` or `W[:, j] = ...`: make a new array",
        "原地修改：`W *= ...`、`W[:, j] = ...` 这类写法会改动输入，应新建数组",
    ),
)
def in_place(W, *, limit):
    W *= limit / np.maximum(np.sqrt(np.sum(W**2, axis=0)), limit)
    return W
