"""What students write instead of Hessians by differences, chapter 02."""

from functools import partial

import numpy as np

from reference import curvature as right
from reference.mistakes import Mistake, critical_points, power, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- hessian_vector_product: (g(x + h v) - g(x - h v)) / (2 h) --------------------------------------


@wrong(
    "hessian_vector_product",
    observation=(
        "right for the usual small h, up to a few digits; clearly wrong for an h that can be seen",
        "用默认的小 h 时只有前几位对；h 取得较大时明显不对",
    ),
    question=(
        "besides x + h v, at which point do you take the gradient? Which one would cancel the terms that are even in h?",
        "除了 x + h v，你还在哪个点上求了梯度？取哪个点，才能让 h 的偶次项抵消？",
    ),
    name=(
        "a one-sided difference, (g(x + h v) - g(x)) / h: its error is of order h, that of the central "
        "one of order h^2",
        "用了单侧差分 (g(x + h v) - g(x)) / h：误差是 h 的一次方，而中心差分的误差是 h 的平方",
    ),
)
def one_sided(grad_fn, params, vector, *, h=1e-5):
    return (grad_fn(params + h * vector) - grad_fn(params)) / h


@wrong(
    "hessian_vector_product",
    observation=("every entry is twice what it should be", "每个元素都是正确值的两倍"),
    question=("how far apart are the two points at which the gradient is taken?", "求梯度的两个点相距多远？"),
    name=("division by h: the two points are 2 h apart", "除以了 h：两个点相距 2 h"),
)
def two_missing(grad_fn, params, vector, *, h=1e-5):
    return 2 * right.hessian_vector_product(grad_fn, params, vector, h=h)


@wrong(
    "hessian_vector_product",
    observation=("every entry has the wrong sign", "每个元素的符号都反了"),
    question=("which of the two gradients is subtracted from which?", "两个梯度里，哪个减哪个？"),
    name=("the difference the wrong way round: g(x - h v) - g(x + h v)", "减反了：写成了 g(x - h v) - g(x + h v)"),
)
def reversed_difference(grad_fn, params, vector, *, h=1e-5):
    return -right.hessian_vector_product(grad_fn, params, vector, h=h)


@wrong(
    "hessian_vector_product",
    observation=("every entry is far too small, by a factor that depends on h", "每个元素都小得多，倍数与 h 有关"),
    question=(
        "you have the change of the gradient over a distance. How does a rate of change come out of it?",
        "你得到的是梯度在一段距离上的改变量。怎样由它得到变化率？",
    ),
    name=("half the difference, not divided by h", "只取了差的一半，没有除以 h"),
)
def not_divided_by_h(grad_fn, params, vector, *, h=1e-5):
    return h * right.hessian_vector_product(grad_fn, params, vector, h=h)


@wrong(
    "hessian_vector_product",
    observation=(
        "every entry is off by one factor in a case; it depends on how long `vector` is",
        "同一个例子里各元素偏差的倍数相同；倍数取决于 `vector` 的长度",
    ),
    question=("if the vector is twice as long, what should happen to H v?", "向量变成两倍长，H v 应该怎样变？"),
    name=(
        "the vector is made a unit vector first: H v is asked for, not H v / |v|",
        "先把向量化成了单位向量：要的是 H v，而不是 H v / |v|",
    ),
)
def unit_vector_first(grad_fn, params, vector, *, h=1e-5):
    return right.hessian_vector_product(grad_fn, params, vector / np.linalg.norm(vector), h=h)


@wrong(
    "hessian_vector_product",
    observation=(
        "right up to a few digits; a little off where the step can be seen, unless `vector` has length 1, and NaN for a vector "
        "of zeros",
        "只有前几位对；步长较大时略有偏差，除非 `vector` 的长度是 1；`vector` 全为零时得到 NaN",
    ),
    question=(
        "how far from x are the two points at which you take the gradient: h, or h times the length of v?",
        "求梯度的两个点离 x 有多远：是 h，还是 h 乘以 v 的长度？",
    ),
    name=(
        "the step is made h long, whatever the length of v: the point asked for is x + h v",
        "不管 v 多长，步长都取成了 h：要求的点是 x + h v",
    ),
    holds=lambda inputs, got, right: abs(np.linalg.norm(inputs["vector"]) - 1) > 0.01,
)
def step_of_length_h(grad_fn, params, vector, *, h=1e-5):
    length = np.linalg.norm(vector)
    return length * right.hessian_vector_product(grad_fn, params, vector / length, h=h)


@wrong(
    "hessian_vector_product",
    observation=(
        "each entry changes with its own entry of `vector` only: where that one is doubled, it "
        "is doubled, and the "
        "other entries of `vector` make no difference",
        "每个元素只随 `vector` 中对应的那个元素变：那个元素加倍，它就加倍；`vector` 的其他元素对它没有影响",
    ),
    question=(
        "into which direction do you move x before you take the gradient?",
        "求梯度之前，你把 x 沿哪个方向移动？",
    ),
    name=(
        "x moves by h in every entry, and the vector is multiplied on afterwards: x has to move along the vector",
        "x 的每个元素都移动了 h，之后才乘上向量：x 应当沿着向量移动",
    ),
)
def vector_multiplied_on(grad_fn, params, vector, *, h=1e-5):
    return (grad_fn(params + h) - grad_fn(params - h)) / (2 * h) * vector


@wrong(
    "hessian_vector_product",
    observation=("one number comes back where an array is asked for", "该返回数组的地方只返回了一个数"),
    question=("what shape has a matrix times a vector?", "矩阵乘向量的结果是什么形状？"),
    name=(
        "the curvature along the vector, v . H v: the product H v itself is asked for",
        "算成了沿该向量的曲率 v . H v：要的是乘积 H v 本身",
    ),
)
def curvature_along(grad_fn, params, vector, *, h=1e-5):
    return float(np.sum(vector * right.hessian_vector_product(grad_fn, params, vector, h=h)))


# ---- numerical_hessian: rows H e_i, then (H + H^T) / 2 ----------------------------------------------


def rows(grad_fn, params, h):
    products = []
    for unit in np.eye(params.size):
        products.append(np.ravel(right.hessian_vector_product(grad_fn, params, unit.reshape(params.shape), h=h)))
    return np.array(products)


@wrong(
    "numerical_hessian",
    observation=(
        "right on the diagonal; beside it the matrix is not quite symmetric where h can be seen",
        "对角线上是对的；h 较大时，对角线以外的元素并不完全对称",
    ),
    question=("is your matrix the symmetric one nearest to the rows?", "你的矩阵是离这些行最近的对称矩阵吗？"),
    name=(
        "the step (H + H^T) / 2 is missing: by differences alone, H is symmetric only up to an error of order h^2",
        "漏了 (H + H^T) / 2 这一步：单靠差分，H 的对称性有 h 平方量级的误差",
    ),
)
def unsymmetrized(grad_fn, params, *, h=1e-5):
    return rows(grad_fn, params, h)


@wrong(
    "numerical_hessian",
    observation=("every entry is twice what it should be", "每个元素都是正确值的两倍"),
    question=(
        "there are two divisions by 2 on the way. What is each of them for?",
        "一路上有两处除以 2。各是为了什么？",
    ),
    name=(
        "a factor 2 is lost: the mean of H and its transpose is (H + H^T) / 2, and the points are 2 h apart",
        "丢了一个因子 2：H 与转置的平均是 (H + H^T) / 2，而两个点相距 2 h",
    ),
)
def twice(grad_fn, params, *, h=1e-5):
    hessian = rows(grad_fn, params, h)
    return hessian + hessian.T


@wrong(
    "numerical_hessian",
    observation=("the diagonal is right, everything beside it is zero", "对角线是对的，其余全是零"),
    question=(
        "if you move one parameter only, which entries of the gradient change?",
        "只移动一个参数时，梯度的哪些元素会变？",
    ),
    name=(
        "only the second derivative of each entry with itself: a whole row, the change of all entries "
        "of the gradient, "
        "belongs to each unit vector",
        "只求了每个参数对自己的二阶导数：一个单位向量对应一整行，即梯度所有元素的改变",
    ),
)
def diagonal_only(grad_fn, params, *, h=1e-5):
    return np.diag(np.diag(rows(grad_fn, params, h)))


@wrong(
    "numerical_hessian",
    observation=(
        "right for the usual small h, up to a few digits; clearly wrong, diagonal included, for an h that can be seen",
        "用默认的小 h 时只有前几位对；h 取得较大时明显不对，对角线也不对",
    ),
    question=("at which points is the gradient taken for row i?", "求第 i 行时，梯度是在哪些点上求的？"),
    name=("one-sided differences: the products are to be central ones", "用了单侧差分：每个乘积都应当用中心差分"),
)
def one_sided_rows(grad_fn, params, *, h=1e-5):
    products = []
    for unit in np.eye(params.size):
        products.append(np.ravel(grad_fn(params + h * unit.reshape(params.shape)) - grad_fn(params)) / h)
    return (np.array(products) + np.array(products).T) / 2


@wrong(
    "numerical_hessian",
    observation=(
        "right where h is not given; with an h that can be seen the matrix is what the usual small h gives",
        "不指定 h 时正确；h 取得较大时，得到的仍是默认小步长的结果",
    ),
    question=("which h do the products use?", "求各个乘积时用的是哪个 h？"),
    name=(
        "h is not handed on: each product uses the default step",
        "没有把 h 传下去：每个乘积用的都是默认步长",
    ),
    holds=lambda inputs, got, right: "h" in inputs,
)
def h_not_handed_on(grad_fn, params, *, h=1e-5):
    return right.numerical_hessian(grad_fn, params)


@wrong(
    "numerical_hessian",
    observation=(
        "right on the diagonal; exactly symmetric, but not quite right beside the diagonal where h can be seen",
        "对角线上是对的；矩阵完全对称，但 h 较大时对角线以外的元素略有偏差",
    ),
    question=(
        "which symmetric matrix is nearest to the rows: does it take one of H[0, 1] and H[1, 0], or their mean?",
        "哪个对称矩阵离这些行最近：H[0, 1] 与 H[1, 0] 取其中一个，还是取平均？",
    ),
    name=(
        "the upper triangle is mirrored: the mean of H and its transpose is nearer",
        "把上三角翻到了下三角：H 与转置的平均才是最近的",
    ),
)
def mirrored(grad_fn, params, *, h=1e-5):
    upper = np.triu(rows(grad_fn, params, h))
    return upper + np.triu(upper, 1).T


@wrong(
    "numerical_hessian",
    observation=(
        "a matrix of rank one: every row is a multiple of the first",
        "得到的矩阵秩为 1：每一行都是第一行的倍数",
    ),
    question=(
        "how many times is the gradient computed in your function, and at which points?",
        "你的函数里求了几次梯度？在哪些点上？",
    ),
    name=(
        "the outer product of the gradient with itself: that is no second derivative",
        "用了梯度与自身的外积：那不是二阶导数",
    ),
)
def outer_product(grad_fn, params, *, h=1e-5):
    grads = np.ravel(grad_fn(params))
    return np.outer(grads, grads)


@wrong(
    "numerical_hessian",
    observation=(
        "right where params are a vector; where they are a matrix, rows and columns stand in another order",
        "参数是向量时正确；参数是矩阵时，行和列的顺序不对",
    ),
    question=(
        "in which order does params.ravel() count the entries of a matrix: along the rows or down the columns?",
        "params.ravel() 按什么顺序数矩阵的元素：沿着行，还是沿着列？",
    ),
    name=(
        "the entries are counted column by column: the order of params.ravel() is row by row",
        "元素是按列数的：params.ravel() 是按行数的",
    ),
)
def column_by_column(grad_fn, params, *, h=1e-5):
    order = np.arange(params.size).reshape(params.shape).ravel(order="F")
    return right.numerical_hessian(grad_fn, params, h=h)[np.ix_(order, order)]


MISTAKES |= power.MISTAKES | critical_points.MISTAKES


@wrong(
    "hessian_vector_product",
    observation=(
        "right up to an error of order h^2, but the gradient is never taken at x + h v",
        "误差是 h 的平方，但从来没有在 x + h v 处求过梯度",
    ),
    question=(
        "at which two points do you take the gradient? The contract names one of them.",
        "你在哪两个点上求了梯度？约定里写明了其中一个。",
    ),
    name=(
        "half steps, x + h/2 v and x - h/2 v, divided by h: the contract asks for the gradient at x + h v",
        "用了半步：在 x + h/2 v 与 x - h/2 v 处求梯度再除以 h；约定要求在 x + h v 处求梯度",
    ),
    holds=lambda inputs, got, right: has_a_quarter_of_the_error(inputs, got["product"], right["product"]),
)
def half_steps(grad_fn, params, vector, *, h=1e-5):
    return (grad_fn(params + h / 2 * vector) - grad_fn(params - h / 2 * vector)) / h


def has_a_quarter_of_the_error(inputs, got, right):
    """True if the error of `got` is a quarter of that of differences with the full h: the error is of order h^2."""
    x, v, u = (np.ravel(inputs[name]) for name in ("params", "vector", "u"))
    exact = (inputs["A"] @ v + 3 * (u @ x) ** 2 * (u @ v) * u).reshape(np.shape(right))
    around = 1e-6 * np.nanmax(np.abs(right - exact))
    return np.allclose(got - exact, (right - exact) / 4, rtol=1e-3, atol=around, equal_nan=True)


@wrong(
    "hessian_vector_product",
    observation=(
        "wherever your `product` holds numbers, it is a multiple of `vector`",
        "凡是你的 `product` 为数的地方，它都是 `vector` 的倍数",
    ),
    question=(
        "does H v point along v for every v? What would v be then?",
        "对任意 v，H v 都与 v 同方向吗？那样的话 v 是什么？",
    ),
    name=(
        "the product is projected onto the vector, (v . H v) v / |v|^2: H v itself is asked for",
        "把乘积投影到了向量上，得到 (v . H v) v / |v|^2：要的是 H v 本身",
    ),
    holds=lambda inputs, got, right: is_multiple(got["product"], inputs["vector"]),
)
def projected(grad_fn, params, vector, *, h=1e-5):
    with np.errstate(all="ignore"):
        product = right.hessian_vector_product(grad_fn, params, vector, h=h)
        return np.sum(product * vector) / np.sum(vector * vector) * vector


def is_multiple(got, vector):
    """True if got = c * vector wherever got is finite."""
    got, vector = np.ravel(got), np.ravel(vector)
    finite = np.isfinite(got)
    got, vector = got[finite], vector[finite]
    return not finite.any() or np.allclose(got * (vector @ vector), (got @ vector) * vector, rtol=1e-6)


@wrong(
    "hessian_vector_product",
    observation=(
        "wherever it is wrong, your `product` is h^2 times the right one",
        "凡是出错的地方，你的 `product` 都是正确值的 h^2 倍",
    ),
    question=("what is 12 / 2 * 3, and what is 12 / (2 * 3)?", "12 / 2 * 3 等于多少？12 / (2 * 3) 呢？"),
    name=(
        "`... / 2 * h` divides by 2 and multiplies by h: put brackets, `/ (2 * h)`",
        "`... / 2 * h` 是先除以 2 再乘以 h：应当加括号写成 `/ (2 * h)`",
    ),
    holds=lambda inputs, got, right: np.allclose(
        got["product"], right["product"] * inputs.get("h", 1e-5) ** 2, rtol=1e-3, atol=0, equal_nan=True
    ),
)
def brackets_missing(grad_fn, params, vector, *, h=1e-5):
    return (grad_fn(params + h * vector) - grad_fn(params - h * vector)) / 2 * h
