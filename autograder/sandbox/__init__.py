"""Start processes for a student's code behind two walls, run cells there, and end all of it.

In: an admitted notebook and the limits. Out: the notebook with outputs, and a parked snapshot for each test cell.
Imports: `wire`, and of `intake` the roles of cells.
Never: see a test, an answer or the gradebook.
"""
