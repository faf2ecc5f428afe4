"""Grade submissions, one or a class: hand them to workers, persist and record the results.

In: a class folder and what to grade. Out: results in the journal and the gradebook, and a row for each submission.
Imports: `intake`, `sandbox`, `judging`, `gradebook`.
Never: draw a page; doors pass in what shows progress and what writes pages.
"""
