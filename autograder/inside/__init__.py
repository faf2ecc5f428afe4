"""The only code of ours that runs beside the student's: the zygote, its kernels and their snapshots.

In: cells and requests over sockets. Out: the outputs of the cells, and responses.
Imports: `wire`, and the packages that a student's notebook has; relative imports only, because the folder is copied.
Never: hold an answer or a hidden case, or decide about points.
"""
