"""Chapter 05: images moved, mirrored, cut out and blended."""

import numpy as np

from descent.cases import between, numbers
from descent.contract_cases import given, in_order, scaled
from descent.exercise import Case, Exercise, Group, WrongReturn, returned

# ---- shift and flip ----------------------------------------------------------------------------------

SHIFT_GROUPS = {
    "directions": Group(
        3, "down, up, right, left, and both ways at once", "向下、向上、向右、向左，以及两个方向同时移动"
    ),
    "edges": Group(2, "by nothing in one direction, and out of the picture", "某个方向不移动，以及整个移出画面"),
    "batch": Group(2, "many images at once, colour images", "一次处理多张图像、彩色图像"),
    "dtype": Group(1, "whole numbers and float32 keep their dtype", "整数和 float32 保持各自的 dtype"),
    "contract": Group(1, "pixels that are very small or very large", "像素值极小或极大"),
}


def pixels(rng, shape, dtype=np.float64):
    """Whole numbers from 1 to 9: short, and no pixel is 0."""
    return (1 + np.floor(9 * rng.random(shape))).astype(dtype)


def odd_sizes(base, *names):
    """The case with very small and very large numbers, of many digits."""
    return [scaled(base, 1e-9 / 3, *names), scaled(base, 1e9 / 3, *names)]


def shift_cases(rng):
    def case(group, shape, down, right, dtype=np.float64):
        inputs = {"images": pixels(rng, shape, dtype), "down": down, "right": right}
        return Case(group, inputs, "shift(images, down=down, right=right)")

    def beyond(down, right):
        """Out of the picture in one direction; the size differs from one class to the other."""
        height, width = 3 + int(4 * rng.random()), 3 + int(4 * rng.random())
        return case("edges", (height, width), down * (height + 1), right * (width + 2))

    return [
        case("directions", (3, 4), 1, 0),
        case("directions", (4, 3), -1, 0),
        case("directions", (3, 5), 0, 2),
        case("directions", (3, 4), 0, -1),
        case("directions", (5, 4), 2, -1),
        case("directions", (4, 4), -1, 2),
        case("edges", (3, 4), 0, 0),
        case("edges", (4, 3), 0, 2),
        case("edges", (4, 3), 3, 0),
        beyond(1, 0),
        beyond(0, -1),
        case("edges", (4, 3), -9, 0),
        case("edges", (3, 4), 9, 9),
        case("edges", (4, 3), 1, -9),
        case("edges", (1, 1), 0, 0),
        case("batch", (3, 3, 4), 1, -2),
        case("batch", (2, 2, 4, 3), -1, 1),
        case("dtype", (3, 4), 1, 1, np.int64),
        case("dtype", (4, 3), -1, 1, np.float32),
        *odd_sizes(case("contract", (3, 4), 1, -1), "images"),
    ]


def run_shift(solution, inputs):
    return {"images": solution(inputs["images"], down=inputs["down"], right=inputs["right"])}


FLIP_GROUPS = {
    "one": Group(2, "one image", "一张图像"),
    "batch": Group(2, "many images at once, colour images", "一次处理多张图像、彩色图像"),
    "dtype": Group(1, "whole numbers and float32 keep their dtype", "整数和 float32 保持各自的 dtype"),
    "contract": Group(1, "pixels that are very small or very large", "像素值极小或极大"),
}


def flip_cases(rng):
    def case(group, shape, dtype=np.float64):
        return Case(group, {"images": pixels(rng, shape, dtype)}, "horizontal_flip(images)")

    return [
        case("one", (3, 4)),
        case("one", (4, 3)),
        case("one", (3, 3)),
        case("batch", (3, 2, 3)),
        case("batch", (2, 2, 3, 4)),
        case("batch", (2, 3, 3)),
        case("dtype", (2, 4), np.int64),
        case("dtype", (3, 5), np.float32),
        *odd_sizes(case("contract", (3, 4)), "images"),
    ]


def run_flip(solution, inputs):
    return {"images": solution(inputs["images"])}


# ---- crop ------------------------------------------------------------------------------------------------

CROP_GROUPS = {
    "window": Group(3, "a window inside of the image", "图像内部的一个窗口"),
    "edges": Group(1, "a window at the edge, one that is a whole side", "贴边的窗口、与图像同高或同宽的窗口"),
    "contract": Group(
        1,
        "windows without a pixel, windows that leave the image, very small and very large pixels",
        "没有像素的窗口、超出图像的窗口、像素值极小或极大",
    ),
    "batch": Group(2, "many images at once, colour images", "一次处理多张图像、彩色图像"),
    "dtype": Group(1, "whole numbers and float32 keep their dtype", "整数和 float32 保持各自的 dtype"),
}


def crop_cases(rng):
    def case(group, shape, top, left, height, width, dtype=np.float64):
        inputs = {"images": pixels(rng, shape, dtype), "top": top, "left": left, "height": height, "width": width}
        return Case(group, inputs, "crop(images, top=top, left=left, height=height, width=width)")

    base = case("contract", (4, 5), 1, 1, 2, 3)
    outside = [
        {"height": 0},
        {"height": 5, "top": 0},
        {"width": 0},
        {"width": 6, "left": 0},
        {"top": -1},
        {"top": 3},
        {"left": -1},
        {"left": 3},
    ]
    cases = [
        *(given(base, **window) for window in outside),
        given(base, top=0, left=0, height=4, width=5),
        *odd_sizes(base, "images"),
        case("window", (5, 6), 1, 2, 2, 3),
        case("window", (6, 6), 2, 1, 3, 2),
        case("window", (6, 5), 2, 0, 2, 4),
        case("edges", (4, 5), 1, 2, 3, 3),
        case("edges", (5, 4), 2, 0, 2, 4),
        case("edges", (4, 6), 0, 3, 3, 1),
        case("batch", (3, 4, 5), 1, 2, 2, 2),
        case("batch", (2, 2, 4, 4), 2, 0, 1, 3),
        case("dtype", (4, 5), 1, 2, 2, 3, np.int64),
        case("dtype", (5, 4), 2, 1, 3, 2, np.float32),
    ]
    return in_order(cases, CROP_GROUPS)


def run_crop(solution, inputs):
    window = {key: inputs[key] for key in ("top", "left", "height", "width")}
    return {"images": solution(inputs["images"], **window)}


# ---- mixup -----------------------------------------------------------------------------------------------

MIXUP_GROUPS = {
    "inputs": Group(2, "the inputs", "输入", only=("X",)),
    "labels": Group(3, "their labels", "它们的标签", only=("Y",)),
    "ends": Group(1, "share 1 and share 0", "share 为 1 和 0"),
    "images": Group(2, "a batch of images", "一批图像"),
    "float32": Group(1, "float32 stays float32", "float32 保持为 float32"),
    "contract": Group(
        1,
        "one example, one class, very small and very large numbers, errors",
        "只有一个样本、只有一类、极小和极大的数、报错",
    ),
}


def mixup_cases(rng):
    def case(group, N, shape, classes, share=None, dtype=np.float64):
        """Labels are one-hot, and the permutation is not its own inverse."""
        labels = np.floor(classes * rng.random(N)).astype(np.int64)
        labels[:2] = 0, 1
        order = np.arange(N)
        while (order[order] == np.arange(N)).any():
            order = np.argsort(rng.random(N))
        inputs = {
            "X": numbers(rng, (N, *shape), dtype),
            "Y": np.eye(classes, dtype=dtype)[labels],
            "share": between(rng, 0.55, 0.95) if share is None else share,
            "permutation": order.astype(np.int64),
        }
        return Case(group, inputs, "mixup(X, Y, share=share, permutation=permutation)")

    base, code = case("contract", 4, (2,), 3), "mixup(X, Y, share=share, permutation=permutation)"
    single = {
        "X": numbers(rng, (1, 3)),
        "Y": np.ones((1, 1)),
        "share": between(rng, 0.55, 0.95),
        "permutation": np.zeros(1, np.int64),
    }
    cases = [
        Case("contract", single, code),
        given(base, Y=np.ones((4, 1))),
        *odd_sizes(base, "X", "Y"),
        given(base, share=-0.1),
        given(base, share=1.1),
        case("inputs", 4, (2,), 3),
        case("inputs", 5, (3,), 2),
        case("labels", 5, (2,), 3),
        case("labels", 4, (1,), 2),
        case("ends", 4, (2,), 3, 1.0),
        case("ends", 5, (2,), 2, 0.0),
        case("images", 4, (2, 3), 3),
        case("images", 3, (1, 2, 2), 3),
        case("float32", 4, (2,), 3, None, np.float32),
        case("float32", 5, (2,), 2, None, np.float32),
    ]
    return in_order(cases, MIXUP_GROUPS)


def run_mixup(solution, inputs):
    hyper = {"share": inputs["share"], "permutation": inputs["permutation"]}
    return dict(zip("XY", returned(solution(inputs["X"], inputs["Y"], **hyper), "X", "Y")))


# ---- random shift ----------------------------------------------------------------------------------------

RANDOM_GROUPS = {
    "shifts": Group(
        3, "which shifts occur", "出现了哪些移动", only=("same", "every", "down", "right", "moves", "values")
    ),
    "each": Group(
        2,
        "every image by two numbers of its own",
        "每张图像各有自己的两个移动量",
        only=("same", "every", "all", "pairs", "values"),
    ),
    "dtype": Group(1, "whole numbers and float32 keep their dtype", "整数和 float32 保持各自的 dtype"),
    "contract": Group(
        1,
        "a shift of nothing, a batch of one image, very small and very large pixels",
        "不移动、只有一张图像、像素值极小或极大",
    ),
}


def random_cases(rng):
    def case(group, shape, max_shift, copies, dtype=np.float64):
        image = (1 + np.floor(99 * rng.random(shape))).astype(dtype)
        inputs = {"image": image, "copies": copies, "max_shift": max_shift, "seed": int(10_000 * rng.random())}
        return Case(
            group,
            inputs,
            "images = np.stack([image] * copies)\nrng = np.random.default_rng(seed)\n"
            "random_shift(images, max_shift=max_shift, rng=rng)[:3]",
        )

    copies_needed = 270 + int(30 * rng.random())
    base = case("contract", (3, 4), 0, 5)
    cases = [
        case("shifts", (3, 4), 1, copies_needed),
        case("shifts", (4, 3), 2, 3 * copies_needed),
        case("each", (4, 4), 1, copies_needed + 1),
        case("each", (2, 5), 1, copies_needed + 4),
        base,
        case("contract", (3, 4), 1, 1),
        *odd_sizes(case("contract", (3, 4), 1, copies_needed), "image"),
        case("dtype", (4, 3), 1, copies_needed + 2, np.int64),
        case("dtype", (3, 4), 1, copies_needed + 3, np.float32),
    ]
    return in_order(cases, RANDOM_GROUPS)


def run_random(solution, inputs):
    """Which shifts occur in a batch of copies of one image, whichever numbers were drawn for them.

    With this many copies, the probability that some possible shift does not occur is below 1e-9.
    """
    image, m = inputs["image"], inputs["max_shift"]
    images, twelve = (np.stack([image] * count) for count in (inputs["copies"], 12))
    out, *same_seed, other_seed = (
        solution(batch, max_shift=m, rng=np.random.default_rng(inputs["seed"] + seed_offset))
        for batch, seed_offset in ((images, 0), (twelve, 0), (twelve.copy(), 0), (twelve, 1))
    )
    if type(out) is not np.ndarray or out.shape != images.shape:
        description = f"an array of shape {out.shape}" if type(out) is np.ndarray else type(out).__name__
        raise WrongReturn(
            f"returned {description}, expected an array of shape {images.shape}",
            f"返回了 {description}，应为形状为 {images.shape} 的数组",
        )
    values = {"same images from generators of the same seed": np.array_equal(*same_seed)}
    if not np.array_equal(*same_seed):
        return values
    if m:
        values["same images from generators of other seeds"] = np.array_equal(same_seed[0], other_seed)
    shifts_by_image = [shifts_of(image_out, image, m + 1) for image_out in out]
    shifts = set(shifts_by_image) - {None}
    values["every image is a shift of the original"] = None not in shifts_by_image
    if None not in shifts_by_image:
        values["all images shifted alike"] = len(shifts) == 1
    if None not in shifts_by_image and len(shifts) > 1:
        values["down"], values["right"] = ([int(pixels) for pixels in np.unique(side)] for side in zip(*shifts))
        values["moves of every length equally often"] = equally_often(np.array(shifts_by_image) == 0, 1 / (2 * m + 1))
        values["pairs of down and right"] = len(shifts)
        values["values of all pixels"] = np.unique(out)
    return values


def equally_often(events, probability):
    """True if the share of events is within 6.5 standard deviations of the probability, which fails with a probability
    below 1e-10."""
    return bool(abs(events.mean() - probability) <= 6.5 * np.sqrt(probability * (1 - probability) / events.size))


def shifts_of(moved, image, limit):
    """The (down, right) that shifts `image` to `moved`; None if there is none up to `limit`."""
    height, width = image.shape
    rows, columns = np.nonzero(moved.any(axis=1))[0], np.nonzero(moved.any(axis=0))[0]
    if not len(rows):
        return None
    # No pixel of the image is 0, so the number of empty rows and columns is the shift.
    down = rows[0] if rows[0] else rows[-1] + 1 - height
    right = columns[0] if columns[0] else columns[-1] + 1 - width
    if max(abs(down), abs(right)) > limit:
        return None
    window = moved[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)]
    source = image[max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)]
    return (int(down), int(right)) if np.array_equal(window, source) else None


EXERCISES = [
    Exercise("shift", "augmentation.shift", SHIFT_GROUPS, shift_cases, run_shift, clauses={}),
    Exercise("horizontal_flip", "augmentation.horizontal_flip", FLIP_GROUPS, flip_cases, run_flip, clauses={}),
    Exercise("crop", "augmentation.crop", CROP_GROUPS, crop_cases, run_crop, clauses={}),
    Exercise("mixup", "augmentation.mixup", MIXUP_GROUPS, mixup_cases, run_mixup, clauses={}),
    Exercise(
        "random_shift",
        "augmentation.random_shift",
        RANDOM_GROUPS,
        random_cases,
        run_random,
        clauses={"all equally likely": "shifts", "independently of each other": "each"},
    ),
]
