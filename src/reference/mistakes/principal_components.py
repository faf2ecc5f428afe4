"""What students write instead of pca_fit and pca."""

from functools import partial

import numpy as np

from reference import preprocessing as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- pca_fit: eigenvectors of the covariance, variances falling -------------------------------------------


def directions(X, K):
    """All or K directions and variances of X about 0, variances falling."""
    _, singular, rows = np.linalg.svd(X, full_matrices=False)
    return rows[:K].T, singular[:K] ** 2 / len(X)


@wrong(
    "pca_fit",
    observation=(
        "`mean` is right; `variances` are too large, and `components` point elsewhere",
        "`mean` 正确；`variances` 偏大，`components` 的方向也不对",
    ),
    question=("which matrix do you decompose, X or X - mean?", "你分解的是 X，还是 X - mean？"),
    name=(
        "X is not centred: the first direction then leads from 0 to the middle of the data",
        "没有先减去均值：第一个方向就成了从 0 指向数据中心的方向",
    ),
)
def not_centred(X, *, num_components=None):
    return X.mean(axis=0), *directions(X, num_components)


@wrong(
    "pca_fit",
    observation=(
        "`components` are right; all `variances` are too large, by a factor that depends on the "
        "number of "
        "examples alone",
        "`components` 正确；`variances` 都偏大，倍数只取决于样本数",
    ),
    question=("by what does the covariance of the docstring divide?", "文档字符串里的协方差除以的是几？"),
    name=(
        "divided by N - 1, as np.cov and scikit-learn do: here it is N",
        "除以了 N - 1（np.cov 和 scikit-learn 的约定）：这里是 N",
    ),
)
def n_minus_one(X, *, num_components=None):
    mean, components, variances = right.pca_fit(X, num_components=num_components)
    return mean, components, variances * len(X) / (len(X) - 1)


@wrong(
    "pca_fit",
    observation=(
        "`variances` rise instead of falling, and where a few are kept they are the smallest",
        "`variances` 从小到大，而不是从大到小；只保留几个时，留下的是最小的",
    ),
    question=("in which order does np.linalg.eigh return eigenvalues?", "np.linalg.eigh 按什么顺序返回特征值？"),
    name=(
        "the order of `eigh`, smallest first: turn both arrays round before cutting",
        "用了 `eigh` 的顺序（从小到大）：截取之前要把两个数组都反过来",
    ),
)
def smallest_first(X, *, num_components=None):
    mean, components, variances = right.pca_fit(X)
    return mean, components[:, ::-1][:, :num_components], variances[::-1][:num_components]


@wrong(
    "pca_fit",
    observation=(
        "`mean` and `variances` are right; the directions stand in the rows of `components`",
        "`mean` 和 `variances` 正确；但方向排在 `components` 的行里",
    ),
    question=(
        "what shape should `components` have for 4 features and 2 components?",
        "4 个特征、2 个主成分时，`components` 应该是什么形状？",
    ),
    name=(
        "the third matrix of np.linalg.svd is transposed already (Vt): its ROWS are the directions; "
        "return its transpose",
        "np.linalg.svd 返回的第三个矩阵已经是转置（Vt）：它的行才是方向；应返回它的转置",
    ),
)
def in_rows(X, *, num_components=None):
    mean, components, variances = right.pca_fit(X, num_components=num_components)
    return mean, components.T, variances


@wrong(
    "pca_fit",
    observation=(
        "`mean` and `components` are right; large variances come out too small, small ones too large",
        "`mean` 和 `components` 正确；大的方差偏小，小的方差偏大",
    ),
    question=(
        "how do the singular values of X - mean come out of C's eigenvalues?",
        "X - mean 的奇异值和 C 的特征值是什么关系？",
    ),
    name=(
        "singular values are returned as they are: variance = singular^2 / N",
        "直接返回了奇异值：方差 = 奇异值^2 / N",
    ),
)
def singular_values(X, *, num_components=None):
    mean, components, variances = right.pca_fit(X, num_components=num_components)
    return mean, components, np.sqrt(variances * len(X))


@wrong(
    "pca_fit",
    observation=(
        "`mean` and `components` are right; all `variances` are too large by the number of examples",
        "`mean` 和 `components` 正确；`variances` 都偏大，倍数是样本数",
    ),
    question=("if every example came twice, should the variances change?", "如果每个样本都出现两遍，方差应该变吗？"),
    name=("the sum of squares instead of their mean: 1/N is missing", "求的是平方和而不是平均：漏了 1/N"),
)
def sum_of_squares(X, *, num_components=None):
    mean, components, variances = right.pca_fit(X, num_components=num_components)
    return mean, components, variances * len(X)


@wrong(
    "pca_fit",
    observation=(
        "`mean` and `components` are right; `variances` are the roots of the right ones",
        "`mean` 和 `components` 正确；`variances` 是正确值的平方根",
    ),
    question=(
        "the third array is called variances. In which unit are yours, if X is in metres?",
        "第三个数组叫方差。如果 X 的单位是米，你的是什么单位？",
    ),
    name=("standard deviations instead of variances", "返回了标准差而不是方差"),
)
def deviations(X, *, num_components=None):
    mean, components, variances = right.pca_fit(X, num_components=num_components)
    return mean, components, np.sqrt(variances)


@wrong(
    "pca_fit",
    observation=(
        "`mean` is right; where all are kept, `variances` add up to the number of features",
        "`mean` 正确；全部保留时，`variances` 加起来等于特征数",
    ),
    question=("what did you do to X besides subtracting the mean?", "除了减去均值，你还对 X 做了什么？"),
    name=(
        "the features are standardized first: these are the components of the correlation matrix, not "
        "of the covariance",
        "先做了标准化：这是相关矩阵的主成分，不是协方差矩阵的",
    ),
)
def standardized(X, *, num_components=None):
    mean = X.mean(axis=0)
    return mean, *directions((X - mean) / X.std(axis=0), num_components)


@wrong(
    "pca_fit",
    observation=(
        "right where all components are asked for; else there are too many",
        "要求全部主成分时正确；否则返回的太多",
    ),
    question=("which of your lines uses num_components?", "你的哪一行用到了 num_components？"),
    name=("num_components is not used: all components come back", "没有用到 num_components：返回了全部主成分"),
)
def all_kept(X, *, num_components=None):
    return right.pca_fit(X)


@wrong(
    "pca_fit",
    observation=(
        "`variances` and `components` are right; `mean` is zeros",
        "`variances` 和 `components` 正确；`mean` 是零",
    ),
    question=("of which array did you take the mean that you return?", "你返回的均值，是对哪个数组求的？"),
    name=(
        "the mean is taken after X has been centred: keep the one of X itself, pca needs it for new examples",
        "均值是在中心化之后才求的：应保留 X 本身的均值，pca 处理新样本时要用",
    ),
)
def mean_of_centred(X, *, num_components=None):
    mean, components, variances = right.pca_fit(X, num_components=num_components)
    return np.zeros_like(mean), components, variances


# ---- pca: (X - mean) @ components -----------------------------------------------------------------------


@wrong(
    "pca",
    observation=("each column of the answer is off by a constant", "结果的每一列都差一个常数"),
    question=(
        "where do the coordinates of an example equal to `mean` lie?",
        "恰好等于 `mean` 的样本，坐标应该是多少？",
    ),
    name=("not centred: X @ components", "没有减去均值：写成了 X @ components"),
)
def projected_uncentred(X, mean, components):
    return X @ components


@wrong(
    "pca",
    observation=(
        "every column of the answer has mean 0; a single example becomes zeros",
        "结果每一列的均值都是 0；只有一个样本时全变成零",
    ),
    question=("may new examples look at their own mean?", "新样本可以参考它们自己的均值吗？"),
    name=(
        "centred with the mean of the examples that come in: use the `mean` of the training set",
        "用传进来的样本自己的均值做了中心化：应使用训练集的 `mean`",
    ),
)
def own_mean(X, mean, components):
    return (X - X.mean(axis=0)) @ components


@wrong(
    "pca",
    observation=(
        "each column of the answer is off by a constant, twice as far as if the mean were left out",
        "结果的每一列都差一个常数，是不减均值时的两倍",
    ),
    question=(
        "where do the coordinates of an example equal to `mean` lie?",
        "恰好等于 `mean` 的样本，坐标应该是多少？",
    ),
    name=("the mean is added instead of subtracted", "加上了均值，应当减去"),
)
def mean_added(X, mean, components):
    return (X + mean) @ components


@wrong(
    "pca",
    observation=("the answer has as many columns as X", "结果的列数和 X 一样多"),
    question=(
        "what shape should the answer have, and where have you left the coordinates?",
        "结果应该是什么形状？坐标算出来之后又做了什么？",
    ),
    name=(
        "turned back into features: (X - mean) @ U @ U^T is the projection; the coordinates are asked for",
        "又转回了特征空间：(X - mean) @ U @ U^T 是投影；这里要的是坐标",
    ),
)
def turned_back(X, mean, components):
    return (X - mean) @ components @ components.T


@wrong(
    "pca",
    observation=("every entry of the answer has the wrong sign", "结果每个元素的符号都反了"),
    question=("what is subtracted from what?", "谁减谁？"),
    name=("mean - X instead of X - mean", "写成了 mean - X，应为 X - mean"),
)
def reversed_difference(X, mean, components):
    return (mean - X) @ components


@wrong(
    "pca",
    observation=("rows and columns of the answer are exchanged", "结果的行和列对调了"),
    question=("how many rows should the answer have for four examples?", "四个样本，结果应该有几行？"),
    name=(
        "components^T (X - mean)^T, with an example per column: here an example is a row",
        "写成了 components^T (X - mean)^T，每列一个样本：这里每行才是一个样本",
    ),
)
def examples_in_columns(X, mean, components):
    return np.ascontiguousarray(((X - mean) @ components).T)


@wrong(
    "pca",
    observation=(
        "the returned values are right, but the array handed in as `X` has changed",
        "返回值是对的，但传进来的 `X` 被改动了",
    ),
    question=(
        "`b = a` makes a second name, not a second array. Which of your lines write into X?",
        "`b = a` 只是多了一个名字，并没有多出一个数组。你的哪几行改写了 X？",
    ),
    name=("an in-place change, `X -= mean`: write `X - mean`", "原地修改：`X -= mean` 会改动输入，应写成 `X - mean`"),
)
def in_place(X, mean, components):
    X -= mean
    return X @ components
