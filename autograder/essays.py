"""Who reads which essays: python -m autograder.essays FOLDER [--grader NAME] [--chapter 03]

Writes <CLASS>/essays.csv with everybody's share and the page of each essay in formgrader, and prints the levels to read by.
"""

import argparse
import sys
from collections import Counter

from sqlalchemy.exc import DatabaseError

from autograder.classroom.graders import essays, write
from autograder.classroom.rubrics import lines, rubrics_of
from autograder.gradebook.coursedir import ClassError, open_class
from autograder.gradebook.files import why


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.essays", description=__doc__.split("\n")[0])
    parser.add_argument("folder", help="the class")
    parser.add_argument("--grader", default="", help="list what this one reads")
    parser.add_argument("--lang", default="en", choices=("en", "zh"), help="of the levels that are printed")
    parser.add_argument("--chapter", default="", help="only chapters whose names begin so")
    options = parser.parse_args(arguments)
    try:
        if not options.folder:
            raise ClassError("say which class, CLASS=/path/to/myclass")
        place = open_class(options.folder)
        found = essays(place, chapter=options.chapter, grader=options.grader)
        everything = essays(place)
        path = write(place, everything)
        rubrics = rubrics_of(place)
    except (ClassError, OSError, DatabaseError) as error:
        print(f"essays: {why(error, options.folder)}", file=sys.stderr)
        return 2
    for (grader, assignment, cell), count in Counter((one.grader, one.assignment, one.cell) for one in found).items():
        waits = sum(one.waits for one in found if (one.grader, one.assignment, one.cell) == (grader, assignment, cell))
        print(f"{grader or 'nobody named'}: {assignment}, {cell}: {count}, of which {waits} wait")
    if options.grader:
        for one in found:
            if one.waits:
                print(f"  {one.where} {one.student}")
    for about in sorted({(one.assignment, one.cell) for one in found} & rubrics.keys()):
        print(f"  {', '.join(about)}:")
        print("\n".join(lines(rubrics[about], options.lang)))
    print(f"{path}: {len(everything)} essays")
    return 0


if __name__ == "__main__":
    sys.exit(main())
