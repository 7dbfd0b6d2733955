"""The configuration of a seat's Prometheus and of the class's, as the plan renders them."""

from __future__ import annotations

from pathlib import Path

import jinja2

FOLDER = Path(__file__).resolve().parents[1] / "prometheus"


def configuration(classroom: str = "temporal", seat: str = "seat-07") -> str:
    """Return the file prometheus.yml of a seat."""
    return _rendered("prometheus.yml.j2", classroom=classroom, seat=seat)


def class_configuration(classroom: str, ingress: str) -> str:
    """Return the file prometheus.yml of a class at localhost, whose ingress has that name."""
    return _rendered("class.yml.j2", classroom=classroom, domain="localhost", ingress=ingress)


def _rendered(template: str, **facts: str) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - YAML, not HTML
    )
    return environment.get_template(template).render(facts)
