"""What students write instead of the preprocessing of chapter 06, in three modules."""

from reference.mistakes import principal_components, scaling, whitening

MISTAKES = scaling.MISTAKES | principal_components.MISTAKES | whitening.MISTAKES
