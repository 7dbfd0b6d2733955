"""Remove the images that we made, when an instructor asks for it."""

from __future__ import annotations

import docker

from classroom.engine.images.build import LABEL_COMPONENT
from classroom.engine.images.model import REPOSITORY

_GONE, _IN_USE = 404, 409


def remove_images(client: docker.APIClient) -> tuple[str, ...]:
    """Remove every image of ours that no container uses, of any age; return their tags.

    What a used one was made from stays with it: to remove its name would free nothing. The stages
    that builds left untagged, so that the next build is fast, go without a word.
    """
    needed = _needed(client)
    removed = []
    for image in client.images(f"{REPOSITORY}/*"):
        if image["Id"] not in needed:
            removed += [tag for tag in image["RepoTags"] or () if _remove(client, tag)]
    for stage in client.images(filters={"dangling": True, "label": LABEL_COMPONENT}):
        _remove(client, stage["Id"])
    return tuple(sorted(removed))


def _needed(client: docker.APIClient) -> set[str]:
    """Return the IDs of the images of ours that containers use, and of what those stand on."""
    ours = {image["Id"] for image in client.images(f"{REPOSITORY}/*")}
    used = {container["ImageID"] for container in client.containers(all=True)} & ours
    return {
        layer["Id"]
        for image in used
        for layer in client.history(image)  # type: ignore[no-untyped-call] # gap in the stubs
    }


def _remove(client: docker.APIClient, image: str) -> bool:
    """Remove an image; return whether it was there and nobody has begun to use it."""
    try:
        client.remove_image(image)
    except docker.errors.APIError as error:
        if error.status_code not in (_GONE, _IN_USE):
            raise
        return False
    return True
