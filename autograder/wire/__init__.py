"""Plain data between the judge, which is trusted, and a student's process, which is not.

In: values of exact types, or a frame of bytes from the untrusted side. Out: the frame, or the values.
Imports: the standard library and NumPy; relative imports only, because the folder is copied beside the student's code.
Never: pickle; or allocate memory for data that a frame announces but does not contain.
"""
