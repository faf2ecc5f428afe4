"""What the processes that judges are forked from need."""

import gc

gc.disable()
import numpy.ma  # noqa: E402, F401

import autograder.judging.judge  # noqa: E402, F401
import autograder.judging.mark  # noqa: E402, F401

gc.freeze()  # a fork's collector leaves alone what it shares with its server
gc.enable()
