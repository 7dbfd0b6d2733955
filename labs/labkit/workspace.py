"""The container's one process: lays out the attendee's files, then is the Jupyter server."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from labkit.files import hand_out, starter_files
from labkit.first_screen import create_first_screen
from labkit.labs import all_labs
from labkit.pages import page_files
from labkit.seat import seat


def prepare_home(home: Path, labs_dir: Path) -> None:
    """Create what is not there yet; what the attendee has changed stays as it is."""
    Path(os.environ["TMPDIR"]).mkdir(parents=True, exist_ok=True)
    labs = all_labs(labs_dir)
    for lab in labs:
        hand_out(starter_files(lab, seat()), home / "course")
    hand_out(page_files(labs_dir, seat()), home / "course")
    create_first_screen(home, labs[0].folder.name)


def forget_the_last_life() -> None:
    """Empty LABKIT_RUN_DIR: its process ids are those of processes that are gone."""
    shutil.rmtree(os.environ["LABKIT_RUN_DIR"], ignore_errors=True)


def main() -> None:
    """Run until JupyterLab ends; the container's restart policy brings it back."""
    forget_the_last_life()
    try:
        prepare_home(Path.home(), Path(os.environ["LABKIT_LABS"]))
    except OSError as error:
        # A full volume must not keep an attendee out: only from inside can it be cleared.
        sys.stderr.write(f"The lab files could not be created: {error}\n")

    from jupyterlab.labapp import main as run_jupyterlab  # noqa: PLC0415 (after the files are there)

    sys.exit(run_jupyterlab([]))


if __name__ == "__main__":
    main()
