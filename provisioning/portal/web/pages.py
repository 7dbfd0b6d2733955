"""Pages from templates, and the files beside them.

A site's folder has its own: ``seat/templates/home.html`` is the page ``seat/home.html``, and
``seat/static/home.js`` is served as ``/static/seat/home.js`` on every host.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.responses import HTMLResponse

from portal.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class File:
    """A static file, in memory."""

    content: bytes = field(repr=False)
    media_type: str
    digest: str


class Pages:
    """Renders templates; holds the static files."""

    def __init__(self, settings: Settings) -> None:
        self.files = dict(_files())
        sites = {path.parent.name: FileSystemLoader(path) for path in ROOT.glob("*/templates")}
        self._templates = Environment(
            loader=ChoiceLoader([FileSystemLoader(ROOT / "templates"), PrefixLoader(sites)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(settings=settings, static=self.address)

    def address(self, name: str) -> str:
        """Return the path of a static file; it changes with the file, so browsers may keep it."""
        return f"/static/{name}?v={self.files[name].digest}"

    def page(self, template: str, status: int = 200, /, **values: object) -> HTMLResponse:
        """Return the page of a template, filled in."""
        content = self._templates.get_template(template).render(**values)
        return HTMLResponse(content, status)


def _files() -> list[tuple[str, File]]:
    found = [("", ROOT / "static"), *((f"{p.parent.name}/", p) for p in ROOT.glob("*/static"))]
    return [
        (prefix + path.name, _file(path)) for prefix, folder in found for path in folder.iterdir()
    ]


def _file(path: Path) -> File:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(content, media_type, sha256(content).hexdigest()[:12])
