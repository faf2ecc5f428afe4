"""What students write instead of the heavy-ball matrix and its best lr and momentum, chapter 03, sitting B."""

from functools import partial

import numpy as np

from reference import momentum as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- heavy_ball_matrix: [[1 + momentum - lr * curvature, -momentum], [1, 0]] --------------------------


@wrong(
    "heavy_ball_matrix",
    observation=("one entry is wrong, the one from x[t] to x[t+1]", "只有一个元素不对：从 x[t] 到 x[t+1] 的那个"),
    question=(
        "write x[t+1] without the velocity and collect everything that multiplies x[t]. How many terms are there?",
        "把 x[t+1] 写成不含速度的式子，找出乘在 x[t] 上的所有项。一共有几项？",
    ),
    name=(
        "`1 - lr * curvature` in the corner: `momentum * (x[t] - x[t-1])` contains x[t], too",
        "左上角写成了 `1 - lr * curvature`：`momentum * (x[t] - x[t-1])` 里也有 x[t]",
    ),
)
def corner_without_momentum(curvature, *, lr, momentum):
    return np.array([[1 - lr * curvature, -momentum], [1.0, 0.0]])


@wrong(
    "heavy_ball_matrix",
    observation=("one entry has the wrong sign, the others are right", "有一个元素的符号不对，其余都对"),
    question=(
        "write x[t+1] without the velocity. What multiplies x[t-1], sign included?",
        "把 x[t+1] 写成不含速度的式子。乘在 x[t-1] 上的是什么？注意符号",
    ),
    name=(
        "`+momentum` for x[t-1]: the bracket is x[t] minus x[t-1]",
        "x[t-1] 的系数写成了 `+momentum`：括号里是 x[t] 减 x[t-1]",
    ),
)
def plus_momentum(curvature, *, lr, momentum):
    return np.array([[1 + momentum - lr * curvature, momentum], [1.0, 0.0]])


@wrong(
    "heavy_ball_matrix",
    observation=("the right four numbers, rows and columns exchanged", "四个数都对，但行和列互换了"),
    question=(
        "the first row makes x[t+1]. Which two numbers belong into that row?",
        "第一行给出 x[t+1]。哪两个数应当在这一行？",
    ),
    name=(
        "the transpose: in M @ state the coefficients of one new value form a row, not a column",
        "写成了转置：在 M @ state 里，一个新值的系数排成一行，而不是一列",
    ),
)
def transposed(curvature, *, lr, momentum):
    return np.array([[1 + momentum - lr * curvature, 1.0], [-momentum, 0.0]])


@wrong(
    "heavy_ball_matrix",
    observation=("the right four numbers, each at the opposite corner", "四个数都对，但每个都在对角的位置上"),
    question=(
        "in which order does the state hold its two points, newest first or oldest first?",
        "状态里的两个点按什么顺序放，新的在前还是旧的在前？",
    ),
    name=(
        "the state the other way round, (x[t-1], x[t]): here the newest point comes first",
        "状态的顺序反了，用了 (x[t-1], x[t])：这里新的点在前",
    ),
)
def oldest_first(curvature, *, lr, momentum):
    return np.array([[0.0, 1.0], [-momentum, 1 + momentum - lr * curvature]])


@wrong(
    "heavy_ball_matrix",
    observation=("the right four numbers, the two rows exchanged", "四个数都对，但两行互换了"),
    question=(
        "the new state is (x[t+1], x[t]). Which row gives its first entry?",
        "新状态是 (x[t+1], x[t])。哪一行给出它的第一个元素？",
    ),
    name=(
        "the rows are exchanged: the first row makes x[t+1], the second one hands on x[t]",
        "两行的顺序反了：第一行给出 x[t+1]，第二行保留 x[t]",
    ),
    holds=lambda inputs, got, right: np.array_equal(got["matrix"], right["matrix"][::-1]),
)
def rows_exchanged(curvature, *, lr, momentum):
    return right.heavy_ball_matrix(curvature, lr=lr, momentum=momentum)[::-1].copy()


@wrong(
    "heavy_ball_matrix",
    observation=(
        "one entry is wrong unless the curvature is zero; there the curvature counts half",
        "有一个元素只在曲率为零时才对：曲率在其中只算了一半",
    ),
    question=("what is the derivative of curvature / 2 * x**2?", "curvature / 2 * x**2 的导数是什么？"),
    name=(
        "half the curvature in the corner: f has the factor 1/2, its gradient is `curvature * x`",
        "左上角里的曲率多乘了 1/2：f 里有 1/2，但它的梯度是 `curvature * x`",
    ),
    holds=lambda inputs, got, right: inputs["lr"] * inputs["curvature"] != 0,
)
def curvature_halved(curvature, *, lr, momentum):
    return right.heavy_ball_matrix(curvature / 2, lr=lr, momentum=momentum)


@wrong(
    "heavy_ball_matrix",
    observation=(
        "one entry is wrong unless the curvature is zero; the others are right",
        "有一个元素只在曲率为零时才对；其余都对",
    ),
    question=("does a step go along the gradient or against it?", "一步是顺着梯度走，还是逆着梯度走？"),
    name=("gradient ascent: `+ lr * curvature` in the corner", "梯度上升：左上角写成了 `+ lr * curvature`"),
)
def matrix_ascends(curvature, *, lr, momentum):
    return np.array([[1 + momentum + lr * curvature, -momentum], [1.0, 0.0]])


@wrong(
    "heavy_ball_matrix",
    observation=(
        "one entry is wrong, and it stays the same whatever the curvature is",
        "有一个元素不对，而且它不随曲率改变",
    ),
    question=("what is the gradient of curvature / 2 * x**2?", "curvature / 2 * x**2 的梯度是什么？"),
    name=(
        "the curvature is missing: the gradient is `curvature * x`, you take it to be x",
        "漏了曲率：梯度是 `curvature * x`，你当成了 x",
    ),
)
def curvature_missing(curvature, *, lr, momentum):
    return np.array([[1 + momentum - lr, -momentum], [1.0, 0.0]])


@wrong(
    "heavy_ball_matrix",
    observation=("the first row is right, the second is not", "第一行是对的，第二行不对"),
    question=(
        "after the step, what is the second entry of the state called, and which old entry is it?",
        "走一步之后，状态的第二个数叫什么？它是原来的哪一个？",
    ),
    name=(
        "the second row keeps x[t-1]: the new state is (x[t+1], x[t]), so the row is (1, 0)",
        "第二行保留了 x[t-1]：新状态是 (x[t+1], x[t])，所以这一行应为 (1, 0)",
    ),
)
def old_point_kept(curvature, *, lr, momentum):
    return np.array([[1 + momentum - lr * curvature, -momentum], [0.0, 1.0]])


@wrong(
    "heavy_ball_matrix",
    observation=("with a momentum that is not zero all four entries are wrong", "momentum 不为零时，四个元素都不对"),
    question=(
        "which two numbers are in the state here: two points, or a point and a velocity?",
        "这里的状态是哪两个数：两个点，还是一个点和一个速度？",
    ),
    name=(
        "the matrix for the state (x, velocity): here the state is two successive points",
        "这是状态为 (x, 速度) 时的矩阵；这里的状态是相邻的两个点",
    ),
)
def point_and_velocity(curvature, *, lr, momentum):
    return np.array([[1 - lr * curvature, -lr * momentum], [curvature, momentum]])


@wrong(
    "heavy_ball_matrix",
    observation=(
        "the second row is right; the first is right only where momentum or curvature is zero",
        "第二行是对的；第一行只在 momentum 或曲率为零时才对",
    ),
    question=("at which point does heavy ball take its gradient?", "动量法的梯度是在哪个点上求的？"),
    name=(
        "Nesterov's matrix: its gradient is taken at the look-ahead point, heavy ball takes it at x[t]",
        "这是 Nesterov 法的矩阵：它在前瞻点求梯度，动量法在 x[t] 求梯度",
    ),
)
def nesterov_matrix(curvature, *, lr, momentum):
    shrink = 1 - lr * curvature
    return np.array([[(1 + momentum) * shrink, -momentum * shrink], [1.0, 0.0]])


@wrong(
    "heavy_ball_matrix",
    observation=(
        "one entry is wrong unless momentum or curvature is zero: the gradient counts too little in it",
        "有一个元素只在 momentum 或曲率为零时才对：其中梯度的分量太小",
    ),
    question=(
        "does momentum_step multiply the gradient by anything besides lr?",
        "momentum_step 里的梯度，除了 lr 还乘了别的吗？",
    ),
    name=(
        "`(1 - momentum)` in front of the gradient, as in an average with the same lr",
        "梯度前面多了 `(1 - momentum)`，像是沿用原来 lr 的平均写法",
    ),
)
def averaged_matrix(curvature, *, lr, momentum):
    return np.array([[1 + momentum - (1 - momentum) * lr * curvature, -momentum], [1.0, 0.0]])


# ---- optimal_heavy_ball: (2 / (rL + rm))**2, ((rL - rm) / (rL + rm))**2 with r = sqrt ------------------


def best(low, high):
    return right.optimal_heavy_ball(low, high)


@wrong(
    "optimal_heavy_ball",
    observation=(
        "`lr` is right in every case; `momentum` is too large unless the curvatures are equal",
        "每个例子里 `lr` 都对；只要两个曲率不相等，`momentum` 就偏大",
    ),
    question=(
        "the spectral radius at the best pair is the square root of the determinant. What is the determinant?",
        "取最优组合时，谱半径等于行列式的平方根。行列式是多少？",
    ),
    name=(
        "the rate instead of momentum: the ratio of roots is the spectral radius, momentum is its square",
        "把收敛速率当成了 momentum：根号之比是谱半径，momentum 是它的平方",
    ),
)
def rate_as_momentum(curvature_min, curvature_max):
    lr, momentum = best(curvature_min, curvature_max)
    return lr, float(np.sqrt(momentum))


@wrong(
    "optimal_heavy_ball",
    observation=(
        "`lr` is right in every case; `momentum` is much too large unless the curvatures are equal",
        "每个例子里 `lr` 都对；只要两个曲率不相等，`momentum` 就大得多",
    ),
    question=(
        "does the best momentum depend on the condition number or on its square root?",
        "最优的 momentum 取决于条件数本身，还是它的平方根？",
    ),
    name=(
        "roots are missing in momentum: `((L - m) / (L + m))**2` uses the curvatures themselves",
        "momentum 里漏了开方：`((L - m) / (L + m))**2` 直接用了曲率",
    ),
)
def momentum_without_roots(curvature_min, curvature_max):
    lr, _ = best(curvature_min, curvature_max)
    return lr, ((curvature_max - curvature_min) / (curvature_max + curvature_min)) ** 2


@wrong(
    "optimal_heavy_ball",
    observation=(
        "`momentum` is right in every case; `lr` is not, and with 4 times the curvatures it only halves",
        "每个例子里 `momentum` 都对；`lr` 不对，而且曲率变为 4 倍时它只减半",
    ),
    question=(
        "if both curvatures become 4 times as large, what must happen to lr?",
        "如果两个曲率都变成 4 倍，lr 应当怎样变？",
    ),
    name=("the square of lr is missing: `2 / (sqrt(L) + sqrt(m))`", "lr 漏了平方：写成了 `2 / (sqrt(L) + sqrt(m))`"),
)
def lr_not_squared(curvature_min, curvature_max):
    lr, momentum = best(curvature_min, curvature_max)
    return float(np.sqrt(lr)), momentum


@wrong(
    "optimal_heavy_ball",
    observation=(
        "`momentum` is right in every case; `lr` is twice too large when the curvatures are equal",
        "每个例子里 `momentum` 都对；两个曲率相等时，`lr` 偏大一倍",
    ),
    question=(
        "write out the square of a sum of two roots. Is there a term in the middle?",
        "把两个根号之和的平方展开，有没有中间项？",
    ),
    name=(
        "`4 / (L + m)`: the square of a sum is not the sum of the squares",
        "写成了 `4 / (L + m)`：和的平方不等于平方的和",
    ),
)
def square_of_a_sum(curvature_min, curvature_max):
    return 4 / (curvature_min + curvature_max), best(curvature_min, curvature_max)[1]


@wrong(
    "optimal_heavy_ball",
    observation=(
        "`momentum` is right in every case; `lr` is right only when the curvatures are equal",
        "每个例子里 `momentum` 都对；`lr` 只在两个曲率相等时才对",
    ),
    question=(
        "for which method did you derive this lr, and is its spectral radius the one of heavy_ball_matrix?",
        "你这个 lr 是针对哪种方法推出来的？它的谱半径是 heavy_ball_matrix 的谱半径吗？",
    ),
    name=(
        "the best lr of plain gradient descent, `2 / (L + m)`; with momentum a larger one is best",
        "这是普通梯度下降的最优 lr，`2 / (L + m)`；有动量时最优的 lr 更大",
    ),
)
def lr_of_gradient_descent(curvature_min, curvature_max):
    return 2 / (curvature_min + curvature_max), best(curvature_min, curvature_max)[1]


@wrong(
    "optimal_heavy_ball",
    observation=(
        "`lr` is right only when the curvatures are equal, and `momentum` is always zero",
        "`lr` 只在两个曲率相等时才对，而且 `momentum` 总是零",
    ),
    question=(
        "take very different curvatures: does a momentum of 0.5 make the largest spectral radius smaller?",
        "取两个相差很大的曲率：momentum 为 0.5 时，最大的谱半径会不会变小？",
    ),
    name=("the optimum of plain gradient descent: `(2 / (L + m), 0)`", "这是普通梯度下降的最优解：`(2 / (L + m), 0)`"),
)
def gradient_descent_pair(curvature_min, curvature_max):
    return 2 / (curvature_min + curvature_max), 0.0


@wrong(
    "optimal_heavy_ball",
    observation=(
        "`lr` is right only when the curvatures are equal; `momentum` is too large unless they are",
        "`lr` 只在两个曲率相等时才对；不相等时 `momentum` 偏大",
    ),
    question=(
        "this pair is published for another method and another matrix. Which spectral radius did you minimize?",
        "这一组合属于另一种方法、另一个矩阵。你最小化的是哪个谱半径？",
    ),
    name=(
        "the usual pair for Nesterov's method: lr = 1 / L and an unsquared ratio of roots",
        "这是 Nesterov 法常用的组合：lr = 1 / L，momentum 是没有平方的根号之比",
    ),
)
def usual_nesterov(curvature_min, curvature_max):
    return 1 / curvature_max, float(np.sqrt(best(curvature_min, curvature_max)[1]))


@wrong(
    "optimal_heavy_ball",
    observation=(
        "`momentum` is right in every case; `lr` depends on the larger curvature only",
        "每个例子里 `momentum` 都对；`lr` 只取决于较大的曲率",
    ),
    question=(
        "if the largest curvature stays and the smallest falls, the best lr changes. Towards which limit?",
        "最大曲率不变、最小曲率减小时，最优的 lr 会变。它趋于哪个极限？",
    ),
    name=(
        "the safe lr of gradient descent, `1 / L`: right at the end point, too small elsewhere",
        "用了梯度下降的保守学习率 `1 / L`：只在端点处正确，其他地方偏小",
    ),
)
def safe_lr(curvature_min, curvature_max):
    return 1 / curvature_max, best(curvature_min, curvature_max)[1]


@wrong(
    "optimal_heavy_ball",
    observation=(
        "both numbers are wrong, in the case of equal curvatures `lr` alone",
        "两个数都不对；两个曲率相等时只有 `lr` 不对",
    ),
    question=(
        "the two equations hold for square roots: of which four quantities?",
        "那两个方程对平方根成立：是哪四个量的平方根？",
    ),
    name=(
        "roots are missing in both: `(2 / (L + m))**2` and `((L - m) / (L + m))**2` use the curvatures themselves",
        "两个式子里都漏了开方：`(2 / (L + m))**2` 和 `((L - m) / (L + m))**2` 直接用了曲率",
    ),
    holds=lambda inputs, got, right: got["lr"] != right["lr"],
)
def curvatures_without_roots(curvature_min, curvature_max):
    total = curvature_min + curvature_max
    return float((2 / total) ** 2), float(((curvature_max - curvature_min) / total) ** 2)


@wrong(
    "optimal_heavy_ball",
    observation=("both numbers are right, each stands where the other should", "两个数都对，但各占了对方的位置"),
    question=("which of the two comes first in the docstring's Returns?", "文档字符串里，先返回的是哪一个？"),
    name=(
        "swapped return values: `return momentum, lr` instead of `return lr, momentum`",
        "返回值顺序写反了：写成了 `return momentum, lr`，应为 `return lr, momentum`",
    ),
)
def pair_swapped(curvature_min, curvature_max):
    return best(curvature_min, curvature_max)[::-1]
