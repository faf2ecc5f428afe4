"""What students write instead of dropout's gradient, G * mask."""

from functools import partial

import numpy as np

from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)


@wrong(
    "dropout_backward",
    observation=(
        "right for a mask of ones; else also entries that were dropped get a gradient",
        "掩码全为 1 时正确；否则，被丢弃的元素也得到了梯度",
    ),
    question=("had a dropped entry any influence on the loss?", "被丢弃的元素对损失有影响吗？"),
    name=("the gradient goes through as it is: the mask is not used", "梯度原样传了回去：没有用到 mask"),
)
def mask_ignored(grad_out, mask):
    return grad_out.copy()


@wrong(
    "dropout_backward",
    observation=(
        "zeros are where they should be; the other entries are the gradients that came in",
        "零都在该在的位置；其余元素和传进来的梯度一样",
    ),
    question=("what did the forward pass multiply a kept entry by?", "前向时，保留的元素乘了多少？"),
    name=(
        "the scale is lost: `grad_out * (mask > 0)` drops, but does not multiply by 1/(1 - p)",
        "缩放丢了：`grad_out * (mask > 0)` 只做了丢弃，没有乘 1/(1 - p)",
    ),
)
def scale_lost(grad_out, mask):
    return grad_out * (mask > 0)


@wrong(
    "dropout_backward",
    observation=("zeros are where they should be; the other entries are too large", "零都在该在的位置；其余元素偏大"),
    question=("how often was a kept entry scaled on the way forward?", "前向时，保留的元素被放大了几次？"),
    name=("scaled twice: the mask contains 1/(1 - p) already", "放大了两次：mask 里已经含有 1/(1 - p)"),
)
def scaled_twice(grad_out, mask):
    return grad_out * mask * mask


@wrong(
    "dropout_backward",
    observation=(
        "zeros are where they should be; the other entries are too small in training, right for a mask of ones",
        "零都在该在的位置；掩码全为 1 时正确，否则其余元素偏小",
    ),
    question=(
        "out = X * mask. What is the derivative of out with respect to X?",
        "out = X * mask，out 对 X 的导数是什么？",
    ),
    name=(
        "divided by the mask, as if to undo the forward pass: a gradient is multiplied by the local derivative",
        "除以了 mask，好像要撤销前向计算：梯度应当乘以局部导数",
    ),
)
def divides(grad_out, mask):
    return np.where(mask > 0, grad_out / np.where(mask > 0, mask, 1), 0).astype(grad_out.dtype)


@wrong(
    "dropout_backward",
    observation=(
        "gradients stand where zeros should, and zeros where gradients should",
        "该是零的地方有梯度，该有梯度的地方却是零",
    ),
    question=("what does a zero in the mask mean?", "mask 里的 0 表示什么？"),
    name=("the mask is turned round: gradients go to the dropped entries", "掩码用反了：梯度给了被丢弃的元素"),
)
def turned_round(grad_out, mask):
    return grad_out * (mask == 0)


@wrong(
    "dropout_backward",
    observation=(
        "zeros are where they should be; the other entries are too small by the length of the first axis",
        "零都在该在的位置；其余元素偏小，差的倍数正是第一个轴的长度",
    ),
    question=("where was the mean over the batch taken already?", "对批量取平均，之前在哪里已经做过了？"),
    name=(
        "divided by the batch size once more: the mean belongs to the loss and is in `grad_out` already",
        "又除以了一次批量大小：平均属于损失函数，`grad_out` 里已经含有",
    ),
)
def mean_again(grad_out, mask):
    return grad_out * mask / len(grad_out)


@wrong(
    "dropout_backward",
    observation=(
        "the returned values are right, but the array handed in as `grad_out` has changed",
        "返回值是对的，但传进来的 `grad_out` 被改动了",
    ),
    question=(
        "`b = a` makes a second name, not a second array. Which of your lines write into grad_out?",
        "`b = a` 只是多了一个名字，并没有多出一个数组。你的哪几行改写了 grad_out？",
    ),
    name=(
        "an in-place change such as `grad_out *= mask`: write `grad_out * mask`",
        "原地修改：`grad_out *= mask` 会改动输入，应写成 `grad_out * mask`",
    ),
)
def in_place(grad_out, mask):
    grad_out *= mask
    return grad_out
