"""Plain data across the line between the judge and a student's process.

In: values of exact types, or a frame of bytes from a process that nobody trusts. Out: the frame, or the values.
Imports: the standard library and NumPy; relative imports only, because the folder is copied beside the student's code.
Never: pickle, or allocate what a frame only claims to hold.
"""
