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
        class_folder = open_class(options.folder)
        selected = essays(class_folder, chapter=options.chapter, grader=options.grader)
        everything = essays(class_folder)
        path = write(class_folder, everything)
        rubrics = rubrics_of(class_folder)
    except (ClassError, OSError, DatabaseError) as error:
        print(f"essays: {why(error, options.folder)}", file=sys.stderr)
        return 2
    for (grader, assignment, cell), count in Counter(
        (essay.grader, essay.assignment, essay.cell) for essay in selected
    ).items():
        waits = sum(
            essay.waits
            for essay in selected
            if (essay.grader, essay.assignment, essay.cell) == (grader, assignment, cell)
        )
        print(f"{grader or 'nobody named'}: {assignment}, {cell}: {count}, of which {waits} wait")
    if options.grader:
        for essay in selected:
            if essay.waits:
                print(f"  {essay.where} {essay.student}")
    for about in sorted({(essay.assignment, essay.cell) for essay in selected} & rubrics.keys()):
        print(f"  {', '.join(about)}:")
        print("\n".join(lines(rubrics[about], options.lang)))
    print(f"{path}: {len(everything)} essays")
    return 0


if __name__ == "__main__":
    sys.exit(main())
