"""What every notebook of the course imports. It holds no answers: it travels to students.

Importing it first, before NumPy, limits BLAS to one thread. The arrays of the course are small: several threads are no
faster on an idle machine and ten times slower on a busy one (a mission took 107 s instead of 11), and sums come out in
another order, so that the same seed gives another accuracy. A number of threads that the environment already sets is kept. Once NumPy is
imported it is too late, and nothing is changed.
"""

import os
import sys

THREADS = (
    "OPENBLAS_NUM_THREADS",  # NumPy's own wheels
    "MKL_NUM_THREADS",  # NumPy from conda on Intel
    "OMP_NUM_THREADS",  # what is built with OpenMP
    "VECLIB_MAXIMUM_THREADS",  # Apple's Accelerate
)

if "numpy" not in sys.modules:
    for _name in THREADS:
        os.environ.setdefault(_name, "1")
