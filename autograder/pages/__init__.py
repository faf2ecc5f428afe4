"""What people look at: the table in the terminal, feedback pages, the instructor's report, files for an LMS.

In: a graded class. Out: text and HTML in which nothing that a student wrote can run.
Imports: `grading`, `gradebook`, `intake`, `descent`.
Never: change a grade.
"""
