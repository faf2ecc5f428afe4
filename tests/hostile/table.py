"""Write the table of docs/security.md: PYTHONPATH=src:.:tests .venv/bin/python -m hostile.table

(Every judge starts by reading this file, so it imports nothing before it has to.)
"""

if __name__ == "__main__":
    from hostile import measure

    measure.main()
