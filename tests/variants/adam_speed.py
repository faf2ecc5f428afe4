"""Adam's corrections as numbers: right versions written in other ways, and wrong ones that no catalogue entry describes."""

import math

import numpy as np

# ---- right --------------------------------------------------------------------------------------


def by_logarithms(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    root = math.sqrt(-math.expm1(t * math.log(betas[1]))) if betas[1] else 1.0
    first = -math.expm1(t * math.log(betas[0])) if betas[0] else 1.0
    return root * lr / first, root * eps


def by_numpy(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    root = np.sqrt(1 - np.power(float(betas[1]), t))
    return [lr / (1 - np.power(float(betas[0]), t)) * root, eps * root]


RIGHT = {"folded_corrections": [by_logarithms, by_numpy]}

# ---- wrong, and in no catalogue -----------------------------------------------------------------


def both_roots(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    root = (1 - betas[1] ** t) ** 0.5
    return lr * root / (1 - betas[0] ** t) ** 0.5, eps * root


def betas_swapped(t, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    root = (1 - betas[0] ** t) ** 0.5
    return lr * root / (1 - betas[1] ** t), eps * root


WRONG = {"folded_corrections": [both_roots, betas_swapped]}
