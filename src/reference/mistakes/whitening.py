"""What students write instead of pca_whiten and zca_matrix."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- pca_whiten: (X - mean) @ components / sqrt(variances + eps) -------------------------------------------


@wrong(
    "pca_whiten",
    observation=(
        "each column is off by a factor, none where its variance (with eps) is 1",
        "每一列都差一个倍数；方差（加 eps）为 1 的列不差",
    ),
    question=(
        "what is the variance of a coordinate that you divide by its variance?",
        "一个坐标除以它的方差，新的方差是多少？",
    ),
    name=("divided by the variance: the root is missing", "除以了方差：漏了开方"),
)
def no_root(X, mean, components, variances, *, eps=0.0):
    return (X - mean) @ components / (variances + eps)


@wrong(
    "pca_whiten",
    observation=(
        "right without eps; with it directions of almost no variance come out too large or too small",
        "不加 eps 时正确；加上 eps 后，几乎没有方差的方向大小不对",
    ),
    question=("does eps stand inside the root or outside?", "eps 在根号里面还是外面？"),
    name=(
        "eps outside the root: sqrt(variances) + eps instead of sqrt(variances + eps)",
        "eps 写到了根号外面：写成了 sqrt(variances) + eps，应为 sqrt(variances + eps)",
    ),
)
def eps_outside(X, mean, components, variances, *, eps=0.0):
    return (X - mean) @ components / (np.sqrt(variances) + eps)


@wrong(
    "pca_whiten",
    observation=(
        "right without eps; with it directions of almost no variance are blown up",
        "不加 eps 时正确；加上 eps 后，几乎没有方差的方向被放得过大",
    ),
    question=("which of your lines uses eps?", "你的哪一行用到了 eps？"),
    name=("eps is not used", "没有用到 eps"),
)
def eps_ignored(X, mean, components, variances, *, eps=0.0):
    return (X - mean) @ components / np.sqrt(variances)


@wrong(
    "pca_whiten",
    observation=("each column of the answer is off by a constant", "结果的每一列都差一个常数"),
    question=(
        "where does an example equal to `mean` go, and where should it?",
        "恰好等于 `mean` 的样本变成了什么？应该变成什么？",
    ),
    name=("not centred: X @ components / ...", "没有减去均值：写成了 X @ components / ..."),
)
def not_centred(X, mean, components, variances, *, eps=0.0):
    return X @ components / np.sqrt(variances + eps)


@wrong(
    "pca_whiten",
    observation=("large variances come out larger still, small ones smaller", "方差大的更大了，方差小的更小了"),
    question=(
        "a coordinate with deviation 3 should get deviation 1. Multiply or divide?",
        "标准差为 3 的坐标要变成 1，该乘还是该除？",
    ),
    name=("multiplied by the deviations instead of divided", "乘了标准差，应当除以"),
)
def multiplied(X, mean, components, variances, *, eps=0.0):
    return (X - mean) @ components * np.sqrt(variances + eps)


@wrong(
    "pca_whiten",
    observation=("these are coordinates, but not on a common scale", "给出的是坐标，但没有换到同一尺度"),
    question=("which of your lines uses variances?", "你的哪一行用到了 variances？"),
    name=(
        "only turned to the components: the division by the deviations is missing",
        "只转到了主成分方向：漏了除以标准差",
    ),
)
def only_turned(X, mean, components, variances, *, eps=0.0):
    return (X - mean) @ components


@wrong(
    "pca_whiten",
    observation=(
        "the answer has as many columns as X, and the numbers are wrong also where all components are kept",
        "结果的列数和 X 一样多；即使保留全部主成分，数也不对",
    ),
    question=("are coordinates asked for, or features?", "要的是坐标，还是特征？"),
    name=("turned back into features: that is ZCA whitening", "又转回了特征空间：那是 ZCA 白化"),
)
def zca_instead(X, mean, components, variances, *, eps=0.0):
    return (X - mean) @ components / np.sqrt(variances + eps) @ components.T


@wrong(
    "pca_whiten",
    observation=("every column of the answer has mean 0; the sizes are right", "结果每一列的均值都是 0；大小是对的"),
    question=("may new examples look at their own mean?", "新样本可以参考它们自己的均值吗？"),
    name=(
        "centred with the mean of the examples that come in: use the `mean` of the training set",
        "用传进来的样本自己的均值做了中心化：应使用训练集的 `mean`",
    ),
)
def own_mean(X, mean, components, variances, *, eps=0.0):
    return (X - X.mean(axis=0)) @ components / np.sqrt(variances + eps)


# ---- zca_matrix: U diag(1 / sqrt(variances + eps)) U^T -----------------------------------------------------


@wrong(
    "zca_matrix",
    observation=(
        "the matrix is not symmetric; its columns have the right directions, but are not turned back",
        "矩阵不对称；各列是主成分方向，但没有转回去",
    ),
    question=("the rule has three factors. What does the last one do?", "公式里有三个因子，最后一个的作用是什么？"),
    name=("U diag(...) without U^T: that is PCA whitening", "写成了 U diag(...)，漏了 U^T：那是 PCA 白化"),
)
def not_turned_back(components, variances, *, eps=0.0):
    return components / np.sqrt(variances + eps)


@wrong(
    "zca_matrix",
    observation=(
        "the matrix is diagonal: it scales each feature and mixes none",
        "矩阵是对角的：只缩放了各特征，没有混合它们",
    ),
    question=("in U diag(d), does d scale the columns of U or its rows?", "在 U diag(d) 中，d 缩放的是 U 的列还是行？"),
    name=(
        "the rows of U are divided (`variances[:, None]`), and U U^T drops out: diag(...) on the right "
        "of U scales its columns",
        "除的是 U 的各行（`variances[:, None]`），于是 U U^T 消掉了：右乘 diag(...) 缩放的是列",
    ),
)
def rows_scaled(components, variances, *, eps=0.0):
    return components / np.sqrt(variances + eps)[:, None] @ components.T


@wrong(
    "zca_matrix",
    observation=(
        "the matrix is symmetric, but squeezes other directions than the components",
        "矩阵是对称的，但压缩的不是主成分的方向",
    ),
    question=("x @ U: does this turn to the components or away from them?", "x @ U 是转到主成分方向，还是转离它？"),
    name=("U^T diag(...) U: the transpose stands on the wrong side", "写成了 U^T diag(...) U：转置放错了边"),
)
def wrong_side(components, variances, *, eps=0.0):
    return components.T / np.sqrt(variances + eps) @ components


@wrong(
    "zca_matrix",
    observation=(
        "the matrix is symmetric and has the right directions, but squeezes too much where a "
        "variance is above 1 "
        "and stretches too much where it is below",
        "矩阵对称，方向也对；但方差大于 1 的方向压得太多，小于 1 的拉得太多",
    ),
    question=(
        "what is the variance of a coordinate that you divide by its variance?",
        "一个坐标除以它的方差，新的方差是多少？",
    ),
    name=("the inverse of the covariance: the root is missing", "这是协方差的逆：漏了开方"),
)
def no_root_in_zca(components, variances, *, eps=0.0):
    return components / (variances + eps) @ components.T


@wrong(
    "zca_matrix",
    observation=(
        "the matrix is symmetric and has the right directions, but stretches those of large variance",
        "矩阵对称，方向也对；但方差大的方向反而被拉长",
    ),
    question=(
        "a direction with deviation 3 should get deviation 1. Multiply or divide?",
        "标准差为 3 的方向要变成 1，该乘还是该除？",
    ),
    name=(
        "multiplied by the deviations: this matrix colours white data, the inverse is asked for",
        "乘了标准差：这个矩阵是给白化数据“上色”的，要的是它的逆",
    ),
)
def colours(components, variances, *, eps=0.0):
    return components * np.sqrt(variances + eps) @ components.T


@wrong(
    "zca_matrix",
    observation=(
        "right without eps; with it directions of almost no variance are stretched by a wrong factor",
        "不加 eps 时正确；加上 eps 后，几乎没有方差的方向拉伸的倍数不对",
    ),
    question=("does eps stand inside the root or outside?", "eps 在根号里面还是外面？"),
    name=(
        "eps outside the root: sqrt(variances) + eps instead of sqrt(variances + eps)",
        "eps 写到了根号外面：写成了 sqrt(variances) + eps，应为 sqrt(variances + eps)",
    ),
)
def eps_outside_in_zca(components, variances, *, eps=0.0):
    return components / (np.sqrt(variances) + eps) @ components.T


@wrong(
    "zca_matrix",
    observation=(
        "right without eps; with it directions of almost no variance are stretched far too much",
        "不加 eps 时正确；加上 eps 后，几乎没有方差的方向拉得太长",
    ),
    question=("which of your lines uses eps?", "你的哪一行用到了 eps？"),
    name=("eps is not used", "没有用到 eps"),
)
def eps_ignored_in_zca(components, variances, *, eps=0.0):
    return components / np.sqrt(variances) @ components.T
