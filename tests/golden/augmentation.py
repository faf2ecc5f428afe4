"""Makes augmentation.npz: rotated images by PyTorch's grid_sample, for tests/test_reference_augmentation.py.

pip install torch==2.13.0 numpy            (in an environment of its own)
python tests/golden/augmentation.py
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import affine_grid, grid_sample


def rotate(images, degrees):
    """Counter-clockwise about the centre: bilinear, zeros outside. PyTorch's x and y run from -1 to 1."""
    height, width = images.shape[-2:]
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    theta = [[cos, -sin * height / width, 0], [sin * width / height, cos, 0]]
    theta = torch.tensor([theta], dtype=torch.float64)
    grid = affine_grid(theta, [1, len(images), height, width], align_corners=False)
    out = grid_sample(torch.tensor(images)[None], grid, "bilinear", "zeros", align_corners=False)
    return out[0].numpy()


def main():
    rng = np.random.default_rng(8)
    out = {"degrees": [-75.0, -10.0, 30.0, 200.0]}
    for name, shape in {"square": (2, 8, 8), "wide": (3, 5, 8)}.items():
        out[name] = rng.random(shape)
        for i, degrees in enumerate(out["degrees"]):
            out[f"{name}_{i}"] = rotate(out[name], degrees)
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **out)


if __name__ == "__main__":
    main()
