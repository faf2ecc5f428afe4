"""What an instructor learns about a graded class: one page that explains itself, read without a network."""
