"""What students write instead of batch gradient descent, chapter 01."""

from functools import partial

import numpy as np

from reference import gradient_descent as right
from reference.mistakes import Mistake, learning_rates, minibatches, training_loops, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- gradient_descent: x <- x - lr * g(x) -----------------------------------------------------------


@wrong(
    "gradient_descent",
    observation=(
        "path[0] is right; from there every move has the right length and the opposite direction at first",
        "path[0] 是对的；第一步移动的距离对，方向相反，之后越走越远",
    ),
    question=("does the loss go down along the gradient or against it?", "沿着梯度走，损失是变大还是变小？"),
    name=(
        "gradient ascent: `lr * grad_fn(params)` is added, it has to be subtracted",
        "梯度上升：加上了 `lr * grad_fn(params)`，应当减去",
    ),
)
def ascends(params, grad_fn, *, lr, num_steps):
    return right.gradient_descent(params, lambda x: -grad_fn(x), lr=lr, num_steps=num_steps)


@wrong(
    "gradient_descent",
    observation=("the path has one point too few: the starting point is not in it", "路径少了一个点：起点不在里面"),
    question=("how many points does a path of three steps have?", "走三步的路径一共有几个点？"),
    name=("the start is left out: path[0] is params, before any step", "漏了起点：path[0] 应是还没走时的 params"),
)
def start_missing(params, grad_fn, *, lr, num_steps):
    return right.gradient_descent(params, grad_fn, lr=lr, num_steps=num_steps)[1:]


@wrong(
    "gradient_descent",
    observation=(
        "the path has one point too few: the last one is not in it; all the others are right",
        "路径少了一个点：缺最后一个；其余的都对",
    ),
    question=(
        "in your loop, is the point appended before the step or after it? Which point is then never appended?",
        "循环里是先记录点再走，还是走完再记录？哪个点因此没有被记录？",
    ),
    name=(
        "the end is left out: points are appended before each step only, so the last step's point is lost",
        "漏了终点：只在每步之前记录，最后一步走到的点丢了",
    ),
)
def end_missing(params, grad_fn, *, lr, num_steps):
    path = right.gradient_descent(params, grad_fn, lr=lr, num_steps=num_steps)
    return path[:-1] if num_steps else path


@wrong(
    "gradient_descent",
    observation=(
        "the last point is right, but it comes alone, without the points before it",
        "终点是对的，但只返回了它，前面的点都没有",
    ),
    question=("what shape does the docstring promise?", "文档字符串说返回值的形状是什么？"),
    name=(
        "only the end point is returned: the whole path is asked for, start included",
        "只返回了终点：要的是包含起点在内的整条路径",
    ),
)
def end_only(params, grad_fn, *, lr, num_steps):
    return right.gradient_descent(params, grad_fn, lr=lr, num_steps=num_steps)[-1]


@wrong(
    "gradient_descent",
    observation=(
        "all points of the path are equal, and the array handed in as `params` has changed",
        "路径上的点全都一样，而且传进来的 `params` 数组被改动了",
    ),
    question=(
        "how many arrays does your list hold: many, or one array many times?",
        "你的列表里放的是许多个数组，还是同一个数组放了许多次？",
    ),
    name=(
        "an in-place step, `params -= ...`: the list holds the same array again and again. Write "
        "`params = params - ...`",
        "原地更新 `params -= ...`：列表里反复放的是同一个数组。应写成 `params = params - ...`",
    ),
)
def one_array_many_times(params, grad_fn, *, lr, num_steps):
    path = right.gradient_descent(params, grad_fn, lr=lr, num_steps=num_steps)
    if not num_steps or not params.ndim:
        return path
    params[...] = path[-1]
    return np.array([params] * (num_steps + 1))


@wrong(
    "gradient_descent",
    observation=(
        "right after one step; from the second on the path goes straight on in steps of one length",
        "第一步正确；从第二步起，路径沿直线等距地走下去",
    ),
    question=("at which point is the gradient taken in the second step?", "第二步用的梯度是在哪个点上求的？"),
    name=(
        "the gradient is taken once, at the start: it has to be computed again at every new point",
        "梯度只在起点求了一次：每到一个新点都要重新求",
    ),
)
def gradient_of_the_start(params, grad_fn, *, lr, num_steps):
    grads = grad_fn(params)
    return right.gradient_descent(params, lambda x: grads, lr=lr, num_steps=num_steps)


@wrong(
    "gradient_descent",
    observation=(
        "path[0] is right; from there every step goes the right way and much too far",
        "path[0] 是对的；此后每一步方向对，但走得太远",
    ),
    question=("what does the rule multiply the gradient by?", "公式里梯度前面乘了什么？"),
    name=("lr is missing: the step is the whole gradient", "漏了 lr：一步走了整个梯度"),
)
def lr_missing(params, grad_fn, *, lr, num_steps):
    return right.gradient_descent(params, grad_fn, lr=1.0, num_steps=num_steps)


@wrong(
    "gradient_descent",
    observation=(
        "right after one step; from the second on the steps are too short, more and more so",
        "第一步正确；从第二步起步子太短，而且越来越短",
    ),
    question=("does lr depend on the number of the step in this rule?", "在这个公式里，lr 会随步数变化吗？"),
    name=(
        "a decaying learning rate, lr / (t + 1): here lr is constant",
        "学习率被衰减成了 lr / (t + 1)：这里的 lr 是常数",
    ),
)
def decaying(params, grad_fn, *, lr, num_steps):
    path = [params]
    for t in range(num_steps):
        path.append(path[-1] - np.asarray(lr / (t + 1), np.asarray(params).dtype) * grad_fn(path[-1]))
    return np.array(path)


@wrong(
    "gradient_descent",
    observation=("every point asked for is right, and one more follows", "要的点都对，但后面还多出一个"),
    question=("how often does your loop run for num_steps = 1?", "num_steps = 1 时，你的循环执行几次？"),
    name=("one step too many: `range(num_steps + 1)`", "多走了一步：写成了 `range(num_steps + 1)`"),
)
def step_too_many(params, grad_fn, *, lr, num_steps):
    return right.gradient_descent(params, grad_fn, lr=lr, num_steps=num_steps + 1)


MISTAKES |= learning_rates.MISTAKES | minibatches.MISTAKES | training_loops.MISTAKES
