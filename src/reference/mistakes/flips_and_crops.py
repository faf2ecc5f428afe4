"""What students write instead of mirroring images and cutting windows out of them."""

from functools import partial

import numpy as np

from reference.augmentation import crop, horizontal_flip
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- horizontal_flip: the last axis reversed -----------------------------------------------------------


@wrong(
    "horizontal_flip",
    observation=("top and bottom have changed places, left and right have not", "上下对调了，左右却没有"),
    question=("which axis runs from left to right?", "从左到右是哪个轴？"),
    name=(
        "a vertical flip: the last axis but one is reversed instead of the last one",
        "做成了垂直翻转：颠倒的是倒数第二个轴，应颠倒最后一个轴",
    ),
)
def vertical(images):
    return images[..., ::-1, :].copy()


@wrong(
    "horizontal_flip",
    observation=("left and right have changed places, and top and bottom as well", "左右对调了，但上下也对调了"),
    question=("how many axes does a mirror reverse?", "照镜子会颠倒几个轴？"),
    name=("both axes are reversed: that turns the image by 180 degrees", "两个轴都颠倒了：这是旋转 180 度"),
)
def half_turn(images):
    return images[..., ::-1, ::-1].copy()


@wrong(
    "horizontal_flip",
    observation=(
        "one image is upside down; the images of a batch are as they came, in reverse order",
        "单张图像上下颠倒；一批图像本身没变，只是次序反了",
    ),
    question=("which axis does `images[::-1]` reverse?", "`images[::-1]` 颠倒的是哪个轴？"),
    name=(
        "`images[::-1]` (or `np.flip(images, 0)`) reverses the first axis: it has to be the last one",
        "`images[::-1]`（或 `np.flip(images, 0)`）颠倒的是第一个轴：应颠倒最后一个轴",
    ),
)
def first_axis(images):
    return images[::-1].copy()


@wrong(
    "horizontal_flip",
    observation=(
        "right for one image; in a batch left and right have not changed places",
        "对单张图像正确；对一批图像，左右没有对调",
    ),
    question=(
        "which axis is number 1 in an array of shape (100, 28, 28)?",
        "形状为 (100, 28, 28) 的数组，第 1 个轴（从 0 数起）是什么？",
    ),
    name=(
        "axis 1 is reversed (`images[:, ::-1]`, `np.fliplr`): in a batch that is not the columns",
        "颠倒的是第 1 轴（`images[:, ::-1]`、`np.fliplr`）：对一批图像来说它不是列",
    ),
)
def second_axis(images):
    return images[:, ::-1].copy()


@wrong(
    "horizontal_flip",
    observation=("the left half is right; the right half is as it came in", "左半边是对的；右半边和传进来的一样"),
    question=(
        "you exchange two columns. What stands in the first when it is copied into the second?",
        "交换两列时，把第一列写到第二列那一刻，第一列里已经是什么？",
    ),
    name=(
        "columns are exchanged by `a, b = b, a` with views: the second copy reads what the first has overwritten",
        "用视图写 `a, b = b, a` 来交换列：第二次赋值读到的是已经被覆盖的内容",
    ),
)
def overwrites_itself(images):
    out = images.copy()
    width = out.shape[-1]
    for j in range(width // 2):
        out[..., j], out[..., width - 1 - j] = out[..., width - 1 - j], out[..., j]
    return out


@wrong(
    "horizontal_flip",
    observation=(
        "the returned values are right, but the array handed in as `images` has changed",
        "返回值是对的，但传进来的 `images` 被改动了",
    ),
    question=("which of your lines write into images itself?", "你的哪几行直接改写了 images？"),
    name=(
        "an in-place change such as `images[...] = images[..., ::-1]`: return a new array",
        "原地修改：`images[...] = images[..., ::-1]` 会改动输入，应返回新数组",
    ),
)
def flip_in_place(images):
    images[...] = horizontal_flip(images)
    return images


# ---- crop: images[..., top : top + height, left : left + width] ---------------------------------------


@wrong(
    "crop",
    observation=("the window begins at the right pixel and ends too early", "窗口的起点是对的，但结束得太早"),
    question=(
        "a window of 3 rows that begins in row 2: in which row does it end?",
        "从第 2 行开始、高 3 行的窗口，到第几行为止？",
    ),
    name=(
        "height and width are used as ends: `top:height` instead of `top : top + height`",
        "把 height、width 当成了终点：写成了 `top:height`，应为 `top : top + height`",
    ),
)
def size_as_end(images, *, top, left, height, width):
    return images[..., top:height, left:width].copy()


@wrong(
    "crop",
    observation=(
        "the window has the right size and lies elsewhere, or sticks out of the image",
        "窗口大小正确，但位置不对，或者伸出了图像",
    ),
    question=("does `top` count rows or columns?", "`top` 数的是行还是列？"),
    name=("`top` and `left` are swapped", "`top` 和 `left` 写反了"),
)
def corner_swapped(images, *, top, left, height, width):
    return images[..., left : left + height, top : top + width].copy()


@wrong(
    "crop",
    observation=(
        "the window begins at the right pixel; its height and width are exchanged",
        "窗口的起点是对的；但高和宽对调了",
    ),
    question=("which axis of an array is the height?", "数组的哪个轴是高？"),
    name=("`height` and `width` are swapped: rows come before columns", "`height` 和 `width` 写反了：行在列之前"),
)
def size_swapped(images, *, top, left, height, width):
    return images[..., top : top + width, left : left + height].copy()


@wrong(
    "crop",
    observation=("inside of the image the window has one row and one column too many", "在图像内部，窗口多了一行一列"),
    question=("how many entries has `a[2:5]`?", "`a[2:5]` 有几个元素？"),
    name=(
        "the end counted twice: `top : top + height + 1`, though the end of a slice is left out anyway",
        "终点多算了一个：写成了 `top : top + height + 1`，而切片本来就不含终点",
    ),
)
def one_too_many(images, *, top, left, height, width):
    return images[..., top : top + height + 1, left : left + width + 1].copy()


@wrong(
    "crop",
    observation=(
        "right for one image; of a batch other parts come back",
        "对单张图像正确；对一批图像，返回的是别的部分",
    ),
    question=(
        "which axes does `images[a:b, c:d]` cut, if images has three or four?",
        "如果 images 有三个或四个轴，`images[a:b, c:d]` 切的是哪些轴？",
    ),
    name=(
        "the first two axes are cut: `images[..., rows, columns]` cuts the last two",
        "切的是前两个轴：应写 `images[..., 行, 列]`，切最后两个轴",
    ),
)
def cuts_first_axes(images, *, top, left, height, width):
    return images[top : top + height, left : left + width].copy()


@wrong(
    "crop",
    observation=("the image keeps its size; outside of the window it is 0", "图像大小没变；窗口之外成了 0"),
    question=("what shape does the docstring promise?", "文档字符串说返回什么形状？"),
    name=(
        "what lies outside is blackened instead of cut off (that is cutout)",
        "把窗口之外涂黑了，而不是裁掉（那是 cutout 一类的做法）",
    ),
)
def blackens(images, *, top, left, height, width):
    out = np.zeros_like(images)
    window = crop(images, top=top, left=left, height=height, width=width)
    out[..., top : top + height, left : left + width] = window
    return out
