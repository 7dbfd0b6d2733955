"""Compose as a pair of hands: it brings up exactly the services that the plan names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from classroom.engine import lock
from classroom.engine.client import explained, remedy, socket
from classroom.errors import EngineError

TIMEOUT_SECONDS = 300


def up(project: str, file: Path, services: tuple[str, ...], *, recreate: bool) -> None:
    """Create and start ``services`` of ``project``, touching no other.

    Args:
        project: the Compose project.
        file: the rendered Compose file, every network and volume in it external.
        services: the services to bring up.
        recreate: replace containers that exist; otherwise an existing one is left as it is.

    Raises:
        EngineError: Compose failed; carries its last lines.
    """
    command = [
        str(Path(sys.executable).with_name("docker-compose")),
        *("--project-name", project, "--file", str(file), "--progress", "quiet"),
        *("up", "--detach", "--no-deps", "--no-build", "--pull", "never"),
        "--force-recreate" if recreate else "--no-recreate",
        *services,
    ]
    environment = {**os.environ, "DOCKER_HOST": socket(), "COMPOSE_IGNORE_ORPHANS": "true"}
    try:
        with explained("run Compose", project):
            done = subprocess.run(  # noqa: S603 - our own binary, our own arguments
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
                pass_fds=lock.descriptors(),
            )
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"Compose did not finish within {TIMEOUT_SECONDS} s",
            where=project,
            remedy="look at the machine's load and disk, then run the same command again",
        ) from error
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        said = " | ".join(lines[-3:])
        raise EngineError(
            f"Compose could not bring up {', '.join(services)}: {said}",
            where=project,
            remedy=remedy(said),
        )
