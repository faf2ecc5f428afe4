"""The imports of the processes that grade and write pages, and of the judges that are forked from them."""

import gc

import autograder.judging.preload  # noqa: F401

gc.disable()
import autograder.pages.feedback  # noqa: E402, F401
import autograder.grading.local_pool  # noqa: E402, F401
import autograder.grading.submission  # noqa: E402, F401

gc.freeze()
gc.enable()
