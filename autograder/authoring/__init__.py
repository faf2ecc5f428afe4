"""What an author needs: a chapter text becomes notebooks, answers are mutated. Nothing here grades."""
