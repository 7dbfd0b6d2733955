"""Runs one of a lab's programs as `python worker.py` would, and says in short what went wrong.

What an attendee mistyped shows at the import, before anything of this course's runs. It is told as
the labs' log lines tell an error: their own lines, and what it was. A worker's is remembered for
`lab doctor`.
"""

from __future__ import annotations

import runpy
import sys
import traceback
from pathlib import Path

from labkit.leaving import leave
from labkit.running import RunDir
from labkit.telling import first_cause, told

WORKER = "worker.py"


def main() -> None:
    """Run the program that the first argument names, in this folder."""
    program = sys.argv[1]
    sys.argv = sys.argv[1:]
    # As Python does for a script; what stands there is the folder of `-m`, which is the same.
    sys.path[0] = str(Path(program).resolve().parent)
    try:
        runpy.run_path(program, run_name="__main__")
    except KeyboardInterrupt:
        leave(130)  # while it was still importing
    except Exception as error:
        lines = told(error)
        if not lines.places:
            traceback.print_exc()  # ours, not theirs
        print("\n".join(lines.text), file=sys.stderr)
        print(f"{program} ended with that. Mend it, save, and start it again.", file=sys.stderr)
        if program == WORKER:
            place = lines.places[-1] if lines.places else ""
            RunDir.from_environment().crashed(place, first_cause(error))
        leave(1)


if __name__ == "__main__":
    main()
