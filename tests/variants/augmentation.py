"""Chapter 05, images: right versions written in other ways, and wrong ones that no catalogue entry describes."""

import numpy as np

from reference.augmentation import mixup, shift

# ---- right --------------------------------------------------------------------------------------


def shift_by_loops(images, *, down, right):
    height, width = images.shape[-2:]
    out = np.zeros_like(images)
    for r in range(height):
        for c in range(width):
            if 0 <= r - down < height and 0 <= c - right < width:
                out[..., r, c] = images[..., r - down, c - right]
    return out


def shift_by_slices(images, *, down, right):
    height, width = images.shape[-2:]
    out = np.zeros_like(images)
    if abs(down) < height and abs(right) < width:
        rows, columns = (slice(max(n, 0), size + min(n, 0)) for n, size in ((down, height), (right, width)))
        from_rows, from_columns = (slice(max(-n, 0), size - max(n, 0)) for n, size in ((down, height), (right, width)))
        out[..., rows, columns] = images[..., from_rows, from_columns]
    return out


def shift_by_matrices(images, *, down, right):
    height, width = images.shape[-2:]
    return np.eye(height, k=-down, dtype=images.dtype) @ images @ np.eye(width, k=right, dtype=images.dtype)


def flip_by_numpy(images):
    return np.flip(images, axis=-1)


def flip_by_index(images):
    return np.take(images, np.arange(images.shape[-1])[::-1], axis=-1)


def flip_by_loop(images):
    out = np.empty_like(images)
    for j in range(images.shape[-1]):
        out[..., j] = images[..., -1 - j]
    return out


def crop_by_take(images, *, top, left, height, width):
    return images.take(range(top, top + height), axis=-2).take(range(left, left + width), axis=-1)


def crop_by_loop(images, *, top, left, height, width):
    out = np.zeros(images.shape[:-2] + (height, width), images.dtype)
    for r in range(height):
        for c in range(width):
            out[..., r, c] = images[..., top + r, left + c]
    return out


def mixup_by_difference(X, Y, *, share, permutation):
    return X + (1 - share) * (X[permutation] - X), Y + (1 - share) * (Y[permutation] - Y)


def mixup_by_loop(X, Y, *, share, permutation):
    new_X, new_Y = np.empty_like(X), np.empty_like(Y)
    for i, j in enumerate(permutation):
        new_X[i] = share * X[i] + (1 - share) * X[j]
        new_Y[i] = share * Y[i] + (1 - share) * Y[j]
    return [new_X, new_Y]


def random_one_by_one(images, *, max_shift, rng):
    out = np.zeros_like(images)
    for i, image in enumerate(images):
        right, down = (int(rng.integers(2 * max_shift + 1)) - max_shift for _ in range(2))
        out[i] = shift(image, down=down, right=right)
    return out


def random_through_a_window(images, *, max_shift, rng):
    height, width = images.shape[1:]
    canvas = np.pad(images, [(0, 0), (max_shift, max_shift), (max_shift, max_shift)])
    top, left = np.floor(rng.random((2, len(images))) * (2 * max_shift + 1)).astype(int)
    rows, columns = top[:, None] + np.arange(height), left[:, None] + np.arange(width)
    return canvas[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]


RIGHT = {
    "shift": [shift_by_loops, shift_by_slices, shift_by_matrices],
    "horizontal_flip": [flip_by_numpy, flip_by_index, flip_by_loop],
    "crop": [crop_by_take, crop_by_loop],
    "mixup": [mixup_by_difference, mixup_by_loop],
    "random_shift": [random_one_by_one, random_through_a_window],
}

# ---- wrong, and not in the catalogue --------------------------------------------------------------


def shift_too_far(images, *, down, right):
    return shift(images, down=2 * down, right=2 * right)


def shift_filled_with_ones(images, *, down, right):
    return 1 + shift(images - 1, down=down, right=right)


def shift_down_only(images, *, down, right):
    return shift(images, down=down, right=0)


def flip_and_negate(images):
    return -images[..., ::-1]


def flip_sorted(images):
    return np.sort(images, axis=-1)


def crop_from_below(images, *, top, left, height, width):
    bottom = images.shape[-2] - top
    return images[..., bottom - height : bottom, left : left + width]


def crop_resized(images, *, top, left, height, width):
    return images[..., ::2, ::2]


def mixup_squared(X, Y, *, share, permutation):
    return mixup(X, Y, share=share**2, permutation=permutation)


def mixup_thirds(X, Y, *, share, permutation):
    return share * X + (1 - share) * X.mean(axis=0), share * Y + (1 - share) * Y.mean(axis=0)


def random_twice_as_far(images, *, max_shift, rng):
    numbers = 2 * rng.integers(-max_shift, max_shift, (len(images), 2), endpoint=True)
    return np.stack([shift(image, down=int(d), right=int(r)) for image, (d, r) in zip(images, numbers)])


def random_sideways(images, *, max_shift, rng):
    numbers = rng.integers(-max_shift, max_shift, len(images), endpoint=True)
    return np.stack([shift(image, down=0, right=int(r)) for image, r in zip(images, numbers)])


def rounds_a_uniform_number(images, *, max_shift, rng):
    """The ends come up half as often as the rest."""
    moves = np.round(rng.uniform(-max_shift, max_shift, (len(images), 2))).astype(np.int64)
    return np.array([shift(image, down=down, right=right) for image, (down, right) in zip(images, moves)])


def cuts_a_uniform_number(images, *, max_shift, rng):
    """0 comes up twice as often as the rest."""
    moves = rng.uniform(-max_shift - 1, max_shift + 1, (len(images), 2)).astype(np.int64)
    return np.array([shift(image, down=down, right=right) for image, (down, right) in zip(images, moves)])


WRONG = {
    "shift": [shift_too_far, shift_filled_with_ones, shift_down_only],
    "horizontal_flip": [flip_and_negate, flip_sorted],
    "crop": [crop_from_below, crop_resized],
    "mixup": [mixup_squared, mixup_thirds],
    "random_shift": [rounds_a_uniform_number, cuts_a_uniform_number, random_twice_as_far, random_sideways],
}
