"""From the bytes that a student handed in to a notebook that may be run.

A submission passes folder.py (bytes of its files), choose.py (each file read by submitted.py and compared with the
course by matching.py; the one to grade), admit.py (the notebook built anew) and repairs.py (notes), in this order.

In: a folder of files, from anyone. Out: an admitted notebook in the released one's shape, with notes for student
and instructor, or Refused with one sentence of each.
Imports: nothing of the grader.
Never: start a process, open the gradebook, run or import anything that a student wrote.
"""
