"""The look of the course's figures: style.py (colours, font), draw.py (words, regions), a file for each iconic one."""
