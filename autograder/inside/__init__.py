"""The only code of ours that runs beside the student's: the zygote, its kernels and their snapshots.

In: cells and questions over sockets. Out: what the cells printed, and answers.
Imports: `wire`, and what a student's notebook has; relative imports only, because the folder is copied whole.
Never: hold an answer, a hidden case or a decision about points.
"""
