"""The images of a classroom: pulled where a registry answers, built where none does."""

from classroom.engine.images.catalog import keep_grafana
from classroom.engine.images.ensure import ensure_images, image_tags
from classroom.engine.images.model import ImageRef, Images, Route
from classroom.engine.images.registry import Decision, decide_route

__all__ = [
    "Decision",
    "ImageRef",
    "Images",
    "Route",
    "decide_route",
    "ensure_images",
    "image_tags",
    "keep_grafana",
]
