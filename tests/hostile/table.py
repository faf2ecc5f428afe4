"""Write the table of docs/security.md: PYTHONPATH=src:.:tests .venv/bin/python -m hostile.table

--keep-stock: keep the results for stock nbgrader. --again [NAME ...]: measure only these attacks again, or those that
took more than 30 s.

(Every judge process reads this file when it starts, so imports are inside the `if`.)
"""

if __name__ == "__main__":
    from hostile import measure

    measure.main()
