"""One image: pull what it needs, build it, let its program say its version, label it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from textwrap import shorten
from typing import Any

from docker import APIClient
from docker.errors import APIError, DockerException

from classroom.engine.images.context import context
from classroom.engine.images.model import Recipe
from classroom.errors import ImageError

LABEL_COMPONENT = "classroom.component"
LABEL_VERSION = "classroom.version"
LABEL_SOURCE = "classroom.source"

_LAST_LINES = 12
_STEP = 100
"""Characters of a failed step: its beginning tells it from the others."""
_LAYER = re.compile(r" ---> ([0-9a-f]{12})$")
_COLOUR = re.compile("\x1b\\[[0-9;]*m")
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_VERSION_WITHIN = 60
"""Seconds that a program has to say its version; on a busy machine a Python one takes several."""


def build(
    client: APIClient, recipe: Recipe, tags: Mapping[str, str], progress: Callable[[str], None]
) -> None:
    """Make the image of one recipe; its parents are there already.

    Raises:
        ImageError: a step failed; it names the image and the step and ends with the output.
    """
    for image in recipe.official.values():
        _pull(client, recipe.name, image, progress)
    arguments = {
        **{argument: tags[parent] for argument, parent in recipe.parents.items()},
        **recipe.official,
    }
    image_id, stages = _build(client, recipe, arguments, progress)
    labels = {LABEL_COMPONENT: recipe.name}
    if recipe.version_command:
        version = _version(client, recipe, image_id)
        labels |= {LABEL_VERSION: version, LABEL_SOURCE: recipe.source.format(version=version)}
    else:
        _forget(client, stages)
    _label(client, recipe.name, image_id, labels, tags[recipe.name])


def _pull(client: APIClient, name: str, image: str, progress: Callable[[str], None]) -> None:
    repository, _, version = image.rpartition(":")
    progress(f"pull {image}")
    try:
        client.pull(repository, tag=version)
    except APIError as error:
        raise ImageError(
            f"{image} can't be pulled: {error.explanation or error}",
            where=f"image {name}",
            remedy="check registry and versions in classroom.yml and docker login, "
            "or set images: build",
        ) from error


def _build(
    client: APIClient, recipe: Recipe, arguments: dict[str, str], progress: Callable[[str], None]
) -> tuple[str, list[str]]:
    with context(recipe.files) as stream:
        # The classic builder: no BuildKit on a machine that has only Debian's docker.io.
        events = client.build(
            fileobj=stream,
            custom_context=True,
            dockerfile=recipe.dockerfile,
            buildargs=arguments,
            rm=True,
            forcerm=True,
            decode=True,
        )
        return _follow(recipe.name, events, progress)


def _follow(
    name: str, events: Iterable[dict[str, Any]], progress: Callable[[str], None]
) -> tuple[str, list[str]]:
    """Pass a build's output on; return the image that came out and its stages' last layers."""
    step = "its first step"
    image_id = layer = ""
    stages: list[str] = []
    lines: deque[str] = deque(maxlen=_LAST_LINES)
    for event in events:
        for line in _COLOUR.sub("", event.get("stream", "")).splitlines():
            if not line.strip():
                continue
            lines.append(line)
            progress(line)
            if line.startswith("Step "):
                step = line
                if " : FROM " in line and layer:
                    stages.append(layer)
            elif found := _LAYER.match(line):
                layer = found[1]
        image_id = event.get("aux", {}).get("ID", image_id)
        if "error" in event:
            raise _failure(name, event, step, lines)
    return image_id, stages


def _failure(name: str, event: dict[str, Any], step: str, lines: Iterable[str]) -> ImageError:
    code = event.get("errorDetail", {}).get("code")
    end = f"exit code {code}" if code else event["error"].strip()
    return ImageError(
        f"the build failed at {shorten(step, _STEP)}:\n  " + "\n  ".join([*lines, end]),
        where=f"image {name}",
        remedy="mend what the output names and run again; finished images are kept",
    )


def _forget(client: APIClient, stages: Iterable[str]) -> None:
    """Remove the stages that an artefact was fetched in: package lists, wheels, tarballs."""
    for stage in stages:
        # A tagged one is an image of its own, and another build may be using the same stage.
        with suppress(APIError):
            found = client.inspect_image(stage)  # type: ignore[no-untyped-call] # gap in the stubs
            if not found["RepoTags"]:
                client.remove_image(stage)


def _version(client: APIClient, recipe: Recipe, image_id: str) -> str:
    container = client.create_container(
        image_id, entrypoint=list(recipe.version_command), command=[], network_disabled=True
    )["Id"]
    try:
        client.start(container)
        client.wait(container, timeout=_VERSION_WITHIN)
        output = client.logs(container).decode(errors="replace")
    except (APIError, DockerException) as error:
        raise ImageError(
            f"its program can't be started to ask for its version: {error}",
            where=f"image {recipe.name}",
            remedy="is it a program for this machine's processor?",
        ) from error
    finally:
        client.remove_container(container, force=True)
    found = _VERSION.search(output)
    if found is None:
        raise ImageError(
            f"{' '.join(recipe.version_command)} does not say a version but: {output.strip()}",
            where=f"image {recipe.name}",
            remedy="run the image by hand and see whether its program is whole",
        )
    return found[0]


def _label(client: APIClient, name: str, image_id: str, labels: dict[str, str], tag: str) -> None:
    """Label and tag. Only now is the version known, and only a whole image gets its tag."""
    with context({"Dockerfile": f"FROM {image_id}\n".encode()}) as stream:
        events = client.build(
            fileobj=stream, custom_context=True, labels=labels, tag=tag, rm=True, decode=True
        )
        _follow(name, events, lambda _: None)
