"""What students write instead of the augmentations of images in chapter 05."""

from reference.mistakes import Mistake, flips_and_crops, mixups, shifts

MISTAKES: dict[str, list[Mistake]] = shifts.MISTAKES | flips_and_crops.MISTAKES | mixups.MISTAKES
