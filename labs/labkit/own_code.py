"""Which files a running program of the attendee's consists of, and how they were when it began."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path


def loaded_sources() -> dict[str, str]:
    """Return the digests of this program's own files, those that lie beside its main one."""
    folder = own_folder()
    modules = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    files = {Path(name).resolve() for name in modules if name}
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.parent == folder and file.exists()
    }


def own_folder() -> Path:
    """Return the folder of the program that this process runs."""
    return Path(sys.argv[0]).resolve().parent
