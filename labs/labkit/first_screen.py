"""What the attendee's first visit opens: the guide, the file to edit, a terminal.

It is a JupyterLab workspace file like the one JupyterLab writes itself from then on, so the
layout is theirs after the first visit.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from labkit.files import create_file

if TYPE_CHECKING:
    from pathlib import Path

# JupyterLab's name for the workspace `default` (jupyterlab_server.workspaces_handler.slugify).
WORKSPACE_FILE = ".jupyter/lab/workspaces/default-37a8.jupyterlab-workspace"


def create_first_screen(home: Path, folder: str) -> None:
    """Lay the first screen out for a lab's folder, unless the attendee has a layout already."""
    create_file(home / WORKSPACE_FILE, json.dumps(first_screen(folder)))


def first_screen(folder: str) -> dict[str, Any]:
    """Return the workspace: guide to the left, code over a terminal to the right."""
    guide, code = f"{folder}/guide.md", f"{folder}/workflows.py"
    viewer, editor, terminal = f"markdownviewer-widget:{guide}", f"editor:{code}", "terminal:1"
    right = _split("vertical", (0.62, 0.38), _tab(editor), _tab(terminal))
    return {
        "metadata": {"id": "default"},
        "data": {
            "layout-restorer:data": {
                "main": {
                    "dock": _split("horizontal", (0.46, 0.54), _tab(viewer), right),
                    "current": viewer,
                },
                "left": {
                    "collapsed": False,
                    "visible": True,
                    "current": "filebrowser",
                    "widgets": ["filebrowser", "running-sessions", "@jupyterlab/toc:plugin"],
                },
                "right": {"collapsed": True, "visible": True, "widgets": []},
                "relativeSizes": [0.14, 0.86, 0],
            },
            "file-browser-filebrowser:cwd": {"path": folder},
            viewer: {"data": {"path": guide, "factory": "Markdown Preview"}},
            editor: {"data": {"path": code, "factory": "Editor"}},
            terminal: {"data": {"name": "1", "cwd": folder}},
        },
    }


def _tab(widget: str) -> dict[str, Any]:
    return {"type": "tab-area", "currentIndex": 0, "widgets": [widget]}


def _split(
    orientation: str, sizes: tuple[float, float], *children: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "split-area",
        "orientation": orientation,
        "sizes": list(sizes),
        "children": list(children),
    }
