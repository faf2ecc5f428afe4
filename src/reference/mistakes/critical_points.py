"""What students write instead of the test for critical points and of perturbed gradient descent, chapter 02."""

from functools import partial

import numpy as np

from reference import curvature as right
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
kind = partial(wrong_version, MISTAKES, "classify_critical_point")
push = partial(wrong_version, MISTAKES, "perturbed_gradient_descent")

# ---- classify_critical_point ------------------------------------------------------------------------


def decide(positive, negative, otherwise="inconclusive"):
    if positive.any() and negative.any():
        return "saddle"
    return "minimum" if positive.all() else "maximum" if negative.all() else otherwise


@kind(
    observation=(
        "right where both signs occur, where no eigenvalue is zero and where all are; where some are zero and the others "
        'have one sign, you do not say "inconclusive"',
        '两种符号都有、没有特征值为零、或全为零时都对；有些为零、其余同号时，你没有给出 "inconclusive"',
    ),
    question=(
        "x^2 + y^3 and x^2 + y^4 have the same Hessian at 0. Is 0 a minimum of both?",
        "x^2 + y^3 与 x^2 + y^4 在 0 处的海森矩阵相同。0 是两者的极小点吗？",
    ),
    name=(
        "eigenvalues of zero are ignored: positive ones and zeros together prove no minimum",
        "忽略了等于零的特征值：其余全为正、但有为零的，不能断定是极小点",
    ),
    holds=lambda inputs, got, right: all(
        right[kind] == "inconclusive" and got[kind] in ("minimum", "maximum")
        for kind in right
        if got[kind] != right[kind]
    ),
)
def zeros_ignored(hessian, *, tolerance=1e-6):
    values = np.linalg.eigvalsh(hessian)
    positive, negative = (values > tolerance).any(), (values < -tolerance).any()
    return "saddle" if positive and negative else "minimum" if positive else "maximum" if negative else "inconclusive"


@kind(
    observation=(
        "wrong only where an eigenvalue is exactly as large as `tolerance`",
        "只有特征值恰好等于 `tolerance` 时才错",
    ),
    question=(
        "with tolerance 0, is an eigenvalue of 0 above tolerance?",
        "tolerance 为 0 时，等于 0 的特征值算大于 tolerance 吗？",
    ),
    name=(
        "`>= tolerance` instead of `> tolerance`: an eigenvalue of exactly that size counts as 0",
        "写成了 `>= tolerance`，应为 `> tolerance`：恰好等于它的特征值算作 0",
    ),
    holds=lambda inputs, got, right: any(
        (np.abs(np.linalg.eigvalsh(hessian)) == inputs["tolerance"]).any() for hessian in inputs["hessians"]
    ),
)
def tolerance_counts(hessian, *, tolerance=1e-6):
    values = np.linalg.eigvalsh(hessian)
    return decide(values >= tolerance, values <= -tolerance)


@kind(
    observation=(
        "right where no eigenvalue is zero; where one is and the others have one sign, you are sure of the answer",
        "特征值都不为零时正确；有一个为零、其余同号时，你也给出了肯定的结论",
    ),
    question=(
        "x^4, -x^4 and x^3 all have f'' = 0 at 0. Are they all minima there?",
        "x^4、-x^4、x^3 在 0 处都有 f'' = 0。它们在那里都是极小点吗？",
    ),
    name=(
        "eigenvalues >= 0 are taken for a minimum, <= 0 for a maximum: with a zero among them nothing is decided",
        "把特征值 >= 0 当成极小点，<= 0 当成极大点：其中只要有零，就无法判定",
    ),
)
def zeros_as_signs(hessian, *, tolerance=1e-6):
    values = np.linalg.eigvalsh(hessian)
    if (values >= -tolerance).all():
        return "minimum"
    return "maximum" if (values <= tolerance).all() else "saddle"


@kind(
    observation=(
        'right where no eigenvalue is zero; where one is, you never say "inconclusive"',
        '特征值都不为零时正确；有零时，你从不回答 "inconclusive"',
    ),
    question=(
        "for f = x^2 + y^4 the eigenvalues at 0 are 2 and 0. Is that a saddle?",
        "f = x^2 + y^4 在 0 处的特征值是 2 和 0。那是鞍点吗？",
    ),
    name=(
        "everything that is no strict minimum or maximum is called a saddle: a saddle needs both signs",
        "凡不是严格极小、极大的都算成鞍点：鞍点要求两种符号都出现",
    ),
)
def saddle_otherwise(hessian, *, tolerance=1e-6):
    values = np.linalg.eigvalsh(hessian)
    return decide(values > tolerance, values < -tolerance, otherwise="saddle")


@kind(
    observation=(
        'right where no eigenvalue is zero; where one is, you always say "inconclusive"',
        '特征值都不为零时正确；只要有零，你总回答 "inconclusive"',
    ),
    question=(
        "if the loss falls in one direction and rises in another, can a third, flat one still change what it is?",
        "损失沿一个方向下降、沿另一个方向上升，第三个平坦的方向还能改变结论吗？",
    ),
    name=(
        "one zero is taken to make everything inconclusive: both signs make a saddle whatever the others are",
        "认为只要有零就无法判定：两种符号都有时，不管其余如何都是鞍点",
    ),
)
def any_zero_inconclusive(hessian, *, tolerance=1e-6):
    values = np.linalg.eigvalsh(hessian)
    return (
        "inconclusive"
        if (np.abs(values) <= tolerance).any()
        else right.classify_critical_point(hessian, tolerance=tolerance)
    )


@kind(
    observation=(
        '"minimum" and "maximum" have changed places; saddles are right',
        '"minimum" 与 "maximum" 互换了；鞍点是对的',
    ),
    question=(
        "does f = x^2 have positive or negative curvature, and what is at 0?",
        "f = x^2 的曲率是正还是负？0 处是什么点？",
    ),
    name=("the words are swapped: all positive is a minimum", "两个词写反了：全为正是极小点"),
)
def words_swapped(hessian, *, tolerance=1e-6):
    word = right.classify_critical_point(hessian, tolerance=tolerance)
    return {"minimum": "maximum", "maximum": "minimum"}.get(word, word)


@kind(
    observation=(
        "right where all eigenvalues are far from zero or exactly zero; wrong where one is just "
        "below the tolerance "
        "in size",
        "特征值离零很远或恰好为零时正确；有一个的大小刚好低于 tolerance 时就错了",
    ),
    question=("where does your code use `tolerance`?", "你的代码在哪里用到了 `tolerance`？"),
    name=(
        "`tolerance` is not used: eigenvalues are compared with a number of your own",
        "没有用到 `tolerance`：特征值是与自己写的数比较的",
    ),
)
def tolerance_unused(hessian, *, tolerance=1e-6):
    return right.classify_critical_point(hessian)


@kind(
    observation=(
        "right where all eigenvalues are far from zero; wrong where one is next to zero and should count as 0",
        "特征值都离零很远时正确；有一个很接近零、应当算作 0 时就错了",
    ),
    question=(
        "an eigenvalue of 1e-9 and a tolerance of 1e-6: does your code count it as positive?",
        "特征值为 1e-9，tolerance 为 1e-6：你的代码把它算作正的吗？",
    ),
    name=(
        "eigenvalues are compared with 0: positive means above `tolerance`, negative below `-tolerance`",
        "特征值直接与 0 比较了：大于 `tolerance` 才算正，小于 `-tolerance` 才算负",
    ),
    holds=lambda inputs, got, right: any(
        0 < abs(eigenvalue) <= inputs.get("tolerance", 1e-6)
        for hessian in inputs["hessians"]
        for eigenvalue in np.linalg.eigvalsh(hessian)
    ),
)
def compared_with_zero(hessian, *, tolerance=1e-6):
    return right.classify_critical_point(hessian, tolerance=0.0)


@kind(
    observation=(
        "right where an eigenvalue just below the tolerance in size is positive; wrong for some where it is negative",
        "大小刚好低于 tolerance 的特征值为正时正确；为负时有的就错了",
    ),
    question=("below which number does an eigenvalue count as negative?", "特征值低于哪个数才算负？"),
    name=(
        "only the positive side has a tolerance: an eigenvalue counts as negative below -tolerance, not below 0",
        "只有正的一侧用了 tolerance：低于 -tolerance 才算负，而不是低于 0",
    ),
)
def one_sided_tolerance(hessian, *, tolerance=1e-6):
    values = np.linalg.eigvalsh(hessian)
    return decide(values > tolerance, values < -1e-9)  # not 0: rounding is no sign


@kind(
    observation=(
        "right for diagonal matrices; wrong for some others, in every group",
        "对角矩阵都判对了；其他矩阵里，每一组都有判错的",
    ),
    question=("are the numbers on the diagonal the eigenvalues?", "对角线上的数就是特征值吗？"),
    name=(
        "the signs of the diagonal instead of the eigenvalues (`np.linalg.eigvalsh`)",
        "看的是对角线元素的符号，应当看特征值（`np.linalg.eigvalsh`）",
    ),
)
def diagonal_signs(hessian, *, tolerance=1e-6):
    values = np.diag(hessian)
    return decide(values > tolerance, values < -tolerance)


@kind(
    observation=(
        "right for matrices (2, 2) without zeros; wrong for some larger ones",
        "对不含零特征值的 2 x 2 矩阵正确；对有些更大的矩阵是错的",
    ),
    question=(
        "what sign has the determinant when three eigenvalues are negative?",
        "三个特征值都为负时，行列式是正还是负？",
    ),
    name=(
        "the determinant test of two dimensions: for n dimensions the signs of all eigenvalues are needed",
        "用了二维的行列式判别法：n 维时要看所有特征值的符号",
    ),
)
def by_determinant(hessian, *, tolerance=1e-6):
    determinant = np.linalg.det(hessian)
    if abs(determinant) <= tolerance:
        return "inconclusive"
    if determinant < 0:
        return "saddle"
    return "minimum" if hessian[0, 0] > 0 else "maximum"


@kind(
    observation=(
        "right for matrices whose largest eigenvalue is about 1 in size; wrong for some others",
        "最大特征值的大小约为 1 的矩阵都判对了；其他矩阵里有的判错了",
    ),
    question=(
        "does an eigenvalue of 0.5 count as positive for a tolerance of 0.1, whatever the other eigenvalues are?",
        "tolerance 为 0.1 时，0.5 的特征值算不算正？与其他特征值有关吗？",
    ),
    name=(
        "the tolerance is made relative, `tolerance * max(|eigenvalues|)`: the contract compares with `tolerance` itself",
        "容差成了相对的 `tolerance * max(|特征值|)`：约定是直接与 `tolerance` 比较",
    ),
    holds=lambda inputs, got, right: all(
        got[name] == right[name] or not 0.8 < np.abs(np.linalg.eigvalsh(hessian)).max() < 1.25
        for name, hessian in zip(right, inputs["hessians"])
    ),
)
def relative_to_the_largest(hessian, *, tolerance=1e-6):
    values = np.linalg.eigvalsh(hessian)
    tolerance = tolerance * np.abs(values).max()
    return decide(values > tolerance, values < -tolerance)


# ---- perturbed_gradient_descent ---------------------------------------------------------------------


def run(
    params,
    grad_fn,
    *,
    lr,
    num_steps,
    radius,
    grad_tolerance,
    wait,
    rng,
    small=np.less_equal,
    first=0,
    gap=0,
    unit=np.linalg.norm,
    always_draw=False,
    old_gradient=False,
    instead=False,
    own_point=False,
):
    """The rule with one part changed."""
    path, next_push = [params], first
    for t in range(num_steps):
        grads = grad_fn(params)
        noise = rng.standard_normal(params.shape) if always_draw else None
        pushed = t >= next_push and small(np.linalg.norm(grads), grad_tolerance)
        if pushed:
            noise = rng.standard_normal(params.shape) if noise is None else noise
            params = params + np.asarray(radius * noise / unit(noise), dtype=params.dtype)
            next_push = t + wait + gap
            if own_point:
                path.append(params)
        if not (pushed and instead):
            params = params - lr * (grads if old_gradient else grad_fn(params))
        path.append(params)
    return np.array(path)


@push(
    observation=(
        "a run that starts where the gradient is zero never moves; no push is seen in any run",
        "从梯度为零的点出发，就再也不动；哪次运行里都看不到推力",
    ),
    question=(
        "how does your run get away from a point where the gradient is exactly zero?",
        "梯度恰好为零时，你的运行靠什么离开那个点？",
    ),
    name=("plain gradient descent: no push is ever made", "普通的梯度下降：从来没有推"),
)
def never_pushes(params, grad_fn, *, lr, num_steps, **options):
    return run(params, grad_fn, lr=lr, num_steps=num_steps, **options, small=lambda norm, limit: False)


@push(
    observation=(
        "right up to the first push and its step; where the gradient stays small, later points are wrong",
        "到第一次推以及那一步为止都对；之后梯度若一直很小，后面的点就不对",
    ),
    question=(
        "at step t = 1, is the last push at least `wait` steps ago?",
        "在 t = 1 时，距上次推已经有 `wait` 步了吗？",
    ),
    name=(
        "a push at every step with a small gradient: `wait` is not looked at",
        "只要梯度小就每步都推：没有用到 `wait`",
    ),
)
def never_waits(params, grad_fn, *, wait, **options):
    return run(params, grad_fn, wait=1, **options)


@push(
    observation=(
        "right up to the first push and beyond; where the gradient stays small, the second push comes one step late",
        "第一次推以及之后几步都对；梯度一直很小时，第二次推晚了一步",
    ),
    question=(
        "push at t = 0 and wait = 3: may there be a push at t = 3?",
        "t = 0 推过一次，wait = 3：t = 3 时可以再推吗？",
    ),
    name=(
        "`> wait` instead of `>= wait`: the last push has to be at least `wait` steps ago",
        "写成了 `> wait`，应为 `>= wait`：距上次推至少 `wait` 步即可",
    ),
)
def waits_too_long(params, grad_fn, **options):
    return run(params, grad_fn, gap=1, **options)


@push(
    observation=(
        "right until the gradient gets small for the first time; from there every push has the "
        "right direction and the "
        "wrong length",
        "梯度第一次变小之前都对；从那里起，推的方向对，长度不对",
    ),
    question=("how long is the push, whatever the noise?", "不管噪声是什么，推的长度应是多少？"),
    name=(
        "the noise is not divided by its length: the push is `radius` long only for noise / |noise|",
        "噪声没有除以自己的长度：只有用 noise / |noise|，推的长度才是 `radius`",
    ),
)
def noise_as_it_came(params, grad_fn, **options):
    return run(params, grad_fn, unit=lambda noise: 1.0, **options)


@push(
    observation=(
        "right until the gradient gets small for the first time; the step that comes with a push is wrong",
        "梯度第一次变小之前都对；与推在一起的那一步不对",
    ),
    question=(
        "after the push, at which point is the gradient of the step taken?",
        "推过之后，那一步的梯度是在哪个点上求的？",
    ),
    name=(
        "the step after a push uses the gradient from before it: take it at the pushed point",
        "推过之后的那一步还用推之前的梯度：应在推到的新点上求",
    ),
)
def gradient_from_before(params, grad_fn, **options):
    return run(params, grad_fn, old_gradient=True, **options)


@push(
    observation=(
        "right until the gradient gets small for the first time; there the move has exactly the length `radius`",
        "梯度第一次变小之前都对；在那里，移动的距离恰好是 `radius`",
    ),
    question=(
        "does the rule make a gradient step at a step t with a push, too?",
        "按公式，推的那一步 t 还要做梯度更新吗？",
    ),
    name=(
        "a push in place of a step: the gradient step follows every time",
        "推代替了更新：每一步之后都应跟着梯度更新",
    ),
)
def push_instead_of_step(params, grad_fn, **options):
    return run(params, grad_fn, instead=True, **options)


@push(
    observation=("the path is too long: it has a point more for every push", "路径太长：每推一次就多出一个点"),
    question=(
        "how many points does the path have for num_steps = 4, pushes or not?",
        "num_steps = 4 时，不管推没推，路径有几个点？",
    ),
    name=(
        "the pushed points are entered into the path: one point per step, after the gradient step",
        "把推到的点也记进了路径：每步只记一个点，在梯度更新之后",
    ),
)
def pushes_in_the_path(params, grad_fn, **options):
    return run(params, grad_fn, own_point=True, **options)


@push(
    observation=(
        "started on a point with a small gradient there is no push in the first `wait` steps",
        "从梯度很小的点出发时，前 `wait` 步都没有推",
    ),
    question=("is a push allowed if there has never been one?", "如果从来没有推过，允许推吗？"),
    name=('the first push waits, too: "never" counts as long enough ago', "第一次推也等了 wait 步：从未推过也算等够了"),
)
def first_push_waits(params, grad_fn, *, wait, **options):
    return run(params, grad_fn, wait=wait, first=wait, **options)


@push(
    observation=(
        "right where grad_tolerance is above zero; started on the saddle with grad_tolerance = 0 nothing moves",
        "grad_tolerance 大于零时正确；从鞍点出发且 grad_tolerance = 0 时，一动不动",
    ),
    question=(
        "is a gradient of 0 small enough for grad_tolerance = 0?",
        "grad_tolerance = 0 时，等于 0 的梯度够小吗？",
    ),
    name=("`<` instead of `<=` in the test of the gradient", "判断梯度大小时用了 `<`，应为 `<=`"),
)
def strictly_below(params, grad_fn, **options):
    return run(params, grad_fn, small=np.less, **options)


@push(
    observation=(
        "right where the first step pushes and none later does; elsewhere a push goes into another direction",
        "只在第一步推、之后不再推时正确；其余情形下推的方向不对",
    ),
    question=("how many numbers are drawn from rng at a step without a push?", "不推的那一步，从 rng 里抽了几个数？"),
    name=("noise is drawn at every step: the only draw is at a push", "每一步都抽了噪声：只有推的时候才抽"),
)
def draws_every_step(params, grad_fn, **options):
    return run(params, grad_fn, always_draw=True, **options)
