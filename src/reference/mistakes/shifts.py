"""What students write instead of moving images by given or random numbers of pixels."""

from functools import partial

import numpy as np

from reference.augmentation import shift
from reference.mistakes import Mistake, wrong_version

MISTAKES: dict[str, list[Mistake]] = {}
wrong = partial(wrong_version, MISTAKES)

# ---- shift: out[..., r, c] = images[..., r - down, c - right], else 0 ------------------------------


@wrong(
    "shift",
    observation=(
        "the picture is in the right place; where zeros should come in stand pixels from the other side",
        "画面位置是对的；但本该补零的地方，出现了另一侧的像素",
    ),
    question=("where does `np.roll` put what it pushes out?", "`np.roll` 把挤出去的部分放到哪里了？"),
    name=(
        "`np.roll` alone: it wraps around; what comes in has to be set to 0",
        "只用了 `np.roll`：它会把像素绕到另一侧，移进来的部分应当置零",
    ),
)
def wraps(images, *, down, right):
    return np.roll(images, (down, right), axis=(-2, -1))


@wrong(
    "shift",
    observation=(
        "the picture has moved by the right amount, in the opposite direction",
        "画面移动的距离是对的，但方向反了",
    ),
    question=(
        "down = 1: does row 1 of the result come from row 0 or from row 2?",
        "down = 1 时，结果的第 1 行来自原图的第 0 行还是第 2 行？",
    ),
    name=(
        "`images[r + down, c + right]` instead of `images[r - down, c - right]`",
        "写成了 `images[r + down, c + right]`，应为 `images[r - down, c - right]`",
    ),
)
def opposite(images, *, down, right):
    return shift(images, down=-down, right=-right)


@wrong(
    "shift",
    observation=(
        "the picture moves sideways by `down`, and up or down by `right`",
        "画面按 `down` 左右移动，按 `right` 上下移动",
    ),
    question=(
        "which axis runs from top to bottom, and which from left to right?",
        "哪个轴是从上到下，哪个轴是从左到右？",
    ),
    name=(
        "the axes are swapped: rows are the last axis but one, columns the last",
        "轴弄反了：行是倒数第二个轴，列是最后一个轴",
    ),
)
def axes_swapped(images, *, down, right):
    return shift(images, down=right, right=down)


@wrong(
    "shift",
    observation=(
        "the picture is in the right place; where zeros should come in its border is repeated",
        "画面位置是对的；但本该补零的地方，重复了边缘的像素",
    ),
    question=(
        "what lies outside of an image, by the first lines of this chapter's module?",
        "按约定，图像之外的像素是什么？",
    ),
    name=(
        'the border is repeated (`mode="edge"`, or indices clipped to the image): what comes in has to be 0',
        '重复了边缘像素（`mode="edge"`，或把下标截到图像范围内）：移进来的部分应当是 0',
    ),
)
def repeats_the_border(images, *, down, right):
    height, width = images.shape[-2:]
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return images[..., rows[:, None], columns]


@wrong(
    "shift",
    observation=(
        "right where both numbers are other than 0; where one of them is 0 the whole picture is gone",
        "两个数都不为 0 时正确；只要有一个是 0，整个画面就没了",
    ),
    question=("which entries does `out[-0:]` mean?", "`out[-0:]` 指的是哪些元素？"),
    name=(
        "after `np.roll` a shift of 0 takes the branch for negative ones: `out[0:] = 0` clears everything",
        "`np.roll` 之后，移动 0 走进了负数的分支：`out[0:] = 0` 把全部清成了零",
    ),
)
def zero_clears_all(images, *, down, right):
    out = np.roll(images, (down, right), axis=(-2, -1))
    if down > 0:
        out[..., :down, :] = 0
    else:
        out[..., down:, :] = 0
    if right > 0:
        out[..., :right] = 0
    else:
        out[..., right:] = 0
    return out


@wrong(
    "shift",
    observation=(
        "right for one image; a batch has other images in other places",
        "对单张图像正确；对一批图像，图像都跑到了别的位置",
    ),
    question=(
        "which are the last two axes of an array of shape (3, 28, 28), and which the first two?",
        "形状为 (3, 28, 28) 的数组，最后两个轴是什么？最前面两个轴呢？",
    ),
    name=(
        "axes 0 and 1 are moved: of a batch these are not rows and columns (`images[..., rows, columns]`)",
        "移动的是第 0、1 轴：对一批图像来说，它们不是行和列（应写 `images[..., 行, 列]`）",
    ),
)
def first_two_axes(images, *, down, right):
    moved = np.moveaxis(images, (0, 1), (-2, -1))
    return np.moveaxis(shift(moved, down=down, right=right), (-2, -1), (0, 1))


@wrong(
    "shift",
    observation=(
        "down and right are right; up goes down and left goes right",
        "向下、向右都对；向上却成了向下，向左却成了向右",
    ),
    question=("what does your code do with a negative number?", "遇到负数时，你的代码怎么处理？"),
    name=("the sign is lost: only the size of the numbers is used", "丢了符号：只用到了数的大小"),
)
def sign_lost(images, *, down, right):
    return shift(images, down=abs(down), right=abs(right))


@wrong(
    "shift",
    observation=(
        "all numbers are right; whole numbers and float32 come back as float64",
        "数都对；但整数和 float32 返回时成了 float64",
    ),
    question=("what dtype has the array that you fill?", "你往里填的那个数组，dtype 是什么？"),
    name=(
        "`np.zeros(shape)` is float64: `np.zeros_like(images)`",
        "`np.zeros(shape)` 是 float64：应写 `np.zeros_like(images)`",
    ),
)
def always_float64(images, *, down, right):
    return shift(images, down=down, right=right).astype(np.float64)


@wrong(
    "shift",
    observation=(
        "the returned values are right, but the array handed in as `images` has changed",
        "返回值是对的，但传进来的 `images` 被改动了",
    ),
    question=("which of your lines write into images itself?", "你的哪几行直接改写了 images？"),
    name=(
        "an in-place change such as `images[..., :down, :] = 0`: fill a new array",
        "原地修改：`images[..., :down, :] = 0` 这类写法会改动输入，应填入新数组",
    ),
)
def in_place(images, *, down, right):
    images[...] = shift(images, down=down, right=right)
    return images


# ---- random_shift: each image by its own two numbers from -max_shift to max_shift ----------------------


def moved(images, numbers):
    return np.stack([shift(image, down=int(d), right=int(r)) for image, (d, r) in zip(images, numbers)])


@wrong(
    "random_shift",
    observation=("all images of a batch have moved by the same amount", "一批图像移动的量全都一样"),
    question=("how many random numbers does a batch of 100 images need?", "一批 100 张图像，需要多少个随机数？"),
    name=(
        "one pair of numbers for the whole batch: every image needs its own",
        "整批图像只抽了一对数：每张图像都应有自己的一对",
    ),
)
def one_for_all(images, *, max_shift, rng):
    down, right = rng.integers(-max_shift, max_shift, 2, endpoint=True)
    return shift(images, down=int(down), right=int(right))


@wrong(
    "random_shift",
    observation=("images move down and right, never up or left", "图像只向下、向右移动，从不向上、向左"),
    question=("what is the smallest number that your draw can give?", "你抽到的数最小能是多少？"),
    name=(
        "drawn from 0 to max_shift instead of from -max_shift to max_shift",
        "从 0 到 max_shift 抽取，应从 -max_shift 到 max_shift 抽取",
    ),
)
def never_back(images, *, max_shift, rng):
    return moved(images, rng.integers(0, max_shift, (len(images), 2), endpoint=True))


@wrong(
    "random_shift",
    observation=("the largest shifts down and right never occur", "向下、向右的最大移动量从不出现"),
    question=(
        "does the upper end of `rng.integers(low, high)` belong to the numbers it draws?",
        "`rng.integers(low, high)` 抽取的数包含上端 high 吗？",
    ),
    name=(
        "the upper end is left out: `rng.integers(-max_shift, max_shift)` needs `endpoint=True`",
        "漏掉了上端：`rng.integers(-max_shift, max_shift)` 需要加 `endpoint=True`",
    ),
)
def end_left_out(images, *, max_shift, rng):
    return moved(images, rng.integers(-max_shift, max_shift, (len(images), 2)))


@wrong(
    "random_shift",
    observation=(
        "images move along one diagonal only: as far down as right",
        "图像只沿一条对角线移动：向下多少，向右也多少",
    ),
    question=("are the two directions drawn one by one?", "两个方向的移动量是分别抽取的吗？"),
    name=(
        "one number for both directions of an image: each direction needs its own",
        "一张图像的两个方向共用了一个数：每个方向都应单独抽取",
    ),
)
def on_the_diagonal(images, *, max_shift, rng):
    numbers = rng.integers(-max_shift, max_shift, len(images), endpoint=True)
    return moved(images, zip(numbers, numbers))


@wrong(
    "random_shift",
    observation=(
        "not every image is a shift of the original: pixels stand where zeros should",
        "不是每张图像都是原图的平移：该是零的地方有像素",
    ),
    question=("where does `np.roll` put what it pushes out?", "`np.roll` 把挤出去的部分放到哪里了？"),
    name=("`np.roll` wraps around: use `shift`", "`np.roll` 会把像素绕到另一侧：应使用 `shift`"),
)
def rolled(images, *, max_shift, rng):
    numbers = rng.integers(-max_shift, max_shift, (len(images), 2), endpoint=True)
    return np.stack([np.roll(image, (d, r), axis=(0, 1)) for image, (d, r) in zip(images, numbers)])


@wrong(
    "random_shift",
    observation=(
        "two generators of the same seed do not give the same images: no run can be repeated",
        "两个种子相同的生成器给不出相同的图像：实验无法重复",
    ),
    question=("where do your random numbers come from?", "你的随机数从哪里来？"),
    name=(
        "the global generator (`np.random.randint`) instead of the `rng` that is handed in",
        "用了全局的随机数生成器（`np.random.randint`），没有用传进来的 `rng`",
    ),
)
def global_generator(images, *, max_shift, rng):
    return moved(images, np.random.randint(-max_shift, max_shift + 1, (len(images), 2)))


@wrong(
    "random_shift",
    observation=(
        "all numbers are right; whole numbers and float32 come back as float64",
        "数都对；但整数和 float32 返回时成了 float64",
    ),
    question=("what dtype has the array that you fill?", "你往里填的那个数组，dtype 是什么？"),
    name=(
        "`np.zeros(images.shape)` is float64: `np.zeros_like(images)`",
        "`np.zeros(images.shape)` 是 float64：应写 `np.zeros_like(images)`",
    ),
)
def random_always_float64(images, *, max_shift, rng):
    numbers = rng.integers(-max_shift, max_shift, (len(images), 2), endpoint=True)
    return moved(images, numbers).astype(np.float64)
