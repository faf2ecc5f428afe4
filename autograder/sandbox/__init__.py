"""Start processes for a student's code in a sandbox, run the notebook's cells there, and end every process of it.

In: an admitted notebook and the limits. Out: the notebook with outputs, and a parked snapshot for each test cell.
Imports: `wire`.
Never: see a test, an answer or the gradebook.
"""
