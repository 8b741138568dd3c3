"""So that nbgrader uses this folder as it is: `nbgrader generate_assignment 04_freezing_and_unfreezing`.

nbgrader makes the same exercises as `ftlearn release`, with its own bookkeeping in their metadata.
"""

import json

import nbformat
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ComputeChecksums,
    LockCells,
    NbGraderPreprocessor,
    SaveCells,
)

from ftlearn.teach.release import stubbed


class ClearAnswers(NbGraderPreprocessor):
    """Put the names that are asked for in the place of solutions, and take the author's cells out."""

    def preprocess(self, nb, resources):
        """Change a whole notebook."""
        made = stubbed(json.loads(nbformat.writes(nb)))
        return nbformat.reads(json.dumps(made), as_version=4), resources


config = get_config()  # noqa: F821 (nbgrader defines it)
config.CourseDirectory.course_id = "ftlearn"
config.CourseDirectory.source_directory = "solutions"
config.CourseDirectory.release_directory = "exercises"
config.GenerateAssignment.preprocessors = [
    LockCells,
    ClearAnswers,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
]
