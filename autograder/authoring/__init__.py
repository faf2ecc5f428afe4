"""What an author needs: chapter texts become notebooks, exercises get keys, mutants, a sample class.

In: solutions/NN_topic.py, src/reference. Out: notebooks, src/descent/keys, docs/mutation.md.
Imports: everything below the doors.
Never: be imported by what grades.
"""
