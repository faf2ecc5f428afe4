"""What students write instead of the preprocessing of chapter 06, in four modules."""

from reference.mistakes import principal_components, scaling, standardizing, whitening

MISTAKES = standardizing.MISTAKES | scaling.MISTAKES | principal_components.MISTAKES | whitening.MISTAKES
