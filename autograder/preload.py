"""What the processes that grade and write pages need, and the judges that are forked from them."""

import gc

import autograder.judging.preload  # noqa: F401

gc.disable()
import autograder.pages.feedback  # noqa: E402, F401
import autograder.grading.pool  # noqa: E402, F401
import autograder.grading.run_and_judge  # noqa: E402, F401

gc.freeze()
gc.enable()
