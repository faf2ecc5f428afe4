"""From the bytes that a student handed in to a notebook that may be run.

A submission passes folder.py (find the file), submitted.py (bytes to cells), matching.py (which cell is which),
repairs.py (notes) and admit.py (build the notebook), in this order.

In: a folder of files, from anyone. Out: an admitted notebook in the released one's shape, with notes for student
and instructor, or Refused with one sentence of each.
Imports: nothing of the grader.
Never: start a process, open the gradebook, run or import anything that a student wrote.
"""
