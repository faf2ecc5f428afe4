"""What the processes that grade and write pages need, and the judges that are forked from them."""

import gc

import autograder.preload.judges  # noqa: F401

gc.disable()
import autograder.feedback  # noqa: E402, F401
import autograder.pool  # noqa: E402, F401
import autograder.steps  # noqa: E402, F401

gc.freeze()
gc.enable()
