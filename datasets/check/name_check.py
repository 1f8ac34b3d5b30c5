"""What is wrong with the names of a dataset's classes: some mean good, some are one class written twice.

problems = check_names(manifest)
"""

from collections import defaultdict

from ubora.datasets.check.problems import Problem
from ubora.datasets.formats.intake.names import key_of, means_good
from ubora.datasets.manifest import CARD, Manifest


def check_names(manifest: Manifest) -> list[Problem]:
    """Classes that turn labels round (`OK` as a defect) or halve one class (`Crack` beside `crack`)."""
    problems: list[Problem] = []
    alike: dict[str, list[str]] = defaultdict(list)
    for name in manifest.card.taxonomy.defects:
        alike[key_of(name)].append(name)
        if means_good(name):
            shown = tuple(s.file_name for s in manifest if name in s.defect_names())
            detail = (
                f"the class {name!r} of {len(shown)} photos says that nothing is wrong; expected a defect"
            )
            problems.append(Problem("class that means good", "fault", CARD, detail, shown))
    for names in alike.values():
        if len(names) > 1:
            detail = (
                f"{' and '.join(map(repr, names))} differ in capitals or spaces alone; expected one class"
            )
            problems.append(Problem("one class twice", "warning", CARD, detail))
    return problems
