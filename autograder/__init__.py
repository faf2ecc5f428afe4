"""Grading, one step per file: admit, run, judge, record; `grade.py` is the command on top."""
