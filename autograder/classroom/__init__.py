"""A class: its roster, the submissions that come from an LMS, and the feedback that goes back.

In: students.csv, zips and folders of an LMS, requests for regrading, a graded class. Out: submitted/, zips for the LMS,
lists of who is missing or unknown, and a gradebook that follows renamed students and new releases.
Imports: `gradebook`, `intake`.
Never: run or import anything that a student wrote, decide about points, or write outside the folder of the class.
"""
