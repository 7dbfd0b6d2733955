"""What is kept on disk beside the engine: secrets and what was rendered, nothing else."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

import yaml

from classroom.engine.client import explained

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
SECRET_BYTES = 32
"""256 bits: what keys are derived from must not be weaker than they are."""


class StateFolder:
    """``.classroom/<name>/`` of the checkout: owner-only folders, owner-only files.

    No fact about what exists lives here: Docker's labels say that. Losing the folder costs
    new passwords and nothing else.
    """

    def __init__(self, root: Path, classroom: str) -> None:
        self.path = root / ".classroom" / classroom
        self._secrets = self.path / "secrets"
        self._rendered = self.path / "rendered"

    def ensure(self) -> None:
        """Make the folder, readable for its owner alone.

        Raises:
            EngineError: it can't be made.
        """
        with explained("make the classroom's folder"):
            for folder in (self.path.parent, self.path, self._secrets, self._rendered):
                folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True, parents=True)

    def secrets(self) -> frozenset[tuple[str, str]]:
        """Return ``(stack, secret)`` of every secret kept here; an empty file holds none."""
        if not self._secrets.is_dir():
            return frozenset()
        return frozenset(
            (path.parent.name, path.name)
            for path in self._secrets.glob("*/[!.]*")
            if path.is_file() and path.stat().st_size
        )

    def secret(self, stack: str, name: str) -> str:
        """Return the secret, made on first use from the operating system's CSPRNG."""
        folder = self._secrets / stack
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True, parents=True)
        path = folder / name
        if not path.exists() or not path.read_text():
            write_private(path, secrets.token_urlsafe(SECRET_BYTES))
        return path.read_text()

    def known_secret(self, stack: str, name: str) -> str:
        """Return the secret if there is one, else an empty text; nothing is made.

        Raises:
            EngineError: it is there and can't be read.
        """
        with explained(f"read the secret {name}", stack):
            try:
                return (self._secrets / stack / name).read_text()
            except FileNotFoundError:
                return ""

    def forget(self, stack: str) -> None:
        """Remove everything kept for a stack."""
        shutil.rmtree(self._secrets / stack, ignore_errors=True)
        self.rendered(stack).unlink(missing_ok=True)

    def forget_all(self) -> None:
        """Remove the classroom's folder, and the parent once it is empty."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self.path.parent.is_dir() and not any(self.path.parent.iterdir()):
            self.path.parent.rmdir()

    @property
    def health(self) -> Path:
        """Return where the last proof is kept, for `make status` to show with its age."""
        return self.path / "health.json"

    @property
    def watch(self) -> Path:
        """Return where watch keeps what it last saw: results, and how full the volumes are."""
        return self.path / "watch.json"

    def rendered(self, stack: str) -> Path:
        """Return where the stack's Compose file is written."""
        return self._rendered / f"{stack}.yml"

    @property
    def rendered_at(self) -> int:
        """Return a number that changes when a Compose file is written or removed."""
        return self._rendered.stat().st_mtime_ns if self._rendered.is_dir() else 0

    def promise(self, wanted: Mapping[str, str], *, everything: bool) -> None:
        """Put down what a run is going to bring up, so that health misses what it never got to.

        The last proof is forgotten: it was about another classroom.

        Args:
            wanted: stack -> its Compose file.
            everything: whether nothing else is wanted, as far as nothing else exists.

        Raises:
            EngineError: it can't be written.
        """
        with explained("forget the last proof"):
            self.health.unlink(missing_ok=True)
            for stack in self.planned().keys() - wanted.keys() if everything else ():
                self.rendered(stack).unlink()
        for stack, compose in wanted.items():
            write_private(self.rendered(stack), compose)

    def planned(self) -> dict[str, frozenset[str]]:
        """Return the services of each stack rendered here: what an instructor last asked for."""
        return {path.stem: _services(path) for path in sorted(self._rendered.glob("*.yml"))}

    def services(self, stack: str) -> frozenset[str]:
        """Return the services of one stack as it was rendered; none if there is no such file."""
        path = self.rendered(stack)
        return _services(path) if path.is_file() else frozenset()


def _services(path: Path) -> frozenset[str]:
    try:
        # Ten times as fast as the loader in Python, which 70 seats feel.
        return frozenset(yaml.load(path.read_text(), Loader=yaml.CSafeLoader)["services"])
    except (yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError):
        # A file that was damaged still says that the stack was wanted; the next provision
        # writes it again.
        return frozenset()


def write_private(path: Path, content: str | bytes) -> None:
    """Replace ``path`` in one step, so that a kill leaves the old file or the new one.

    Raises:
        EngineError: it can't be written; the old file is as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with explained(f"write {path.name}"):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content.encode() if isinstance(content, str) else content)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
