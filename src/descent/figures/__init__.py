"""The look of the course's figures: style.py (colours, font), draw.py (words, regions, labels), and one file per iconic figure."""
