"""The instructor pack: exam and oral questions, syllabus, transfer exercises. Not part of the student package."""
