"""Remove the images that we made, when an instructor asks for it."""

from __future__ import annotations

import docker

from classroom.engine.images.model import REPOSITORY


def remove_images(client: docker.APIClient) -> tuple[str, ...]:
    """Remove every image of ours and return their tags; one still in use is left, unnamed."""
    removed = []
    for image in client.images(f"{REPOSITORY}/*"):
        for tag in image["RepoTags"] or ():
            try:
                client.remove_image(tag)
            except docker.errors.APIError as error:
                if error.status_code != 409:  # noqa: PLR2004 - in use: another classroom's
                    raise
            else:
                removed.append(tag)
    return tuple(sorted(removed))
