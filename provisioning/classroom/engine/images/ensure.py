"""Have a classroom's images: look what is there, make what is missing, nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from pathlib import Path

from docker import APIClient
from docker.errors import DockerException
from docker.utils import kwargs_from_env
from requests import RequestException

from classroom.engine.client import START_REMEDY
from classroom.engine.images import grafana
from classroom.engine.images.build import LABEL_SOURCE, LABEL_VERSION, build
from classroom.engine.images.catalog import grafana_tarball
from classroom.engine.images.ending import Ending
from classroom.engine.images.model import ImageRef, Images, Recipe, RootFs
from classroom.engine.images.rootfs import import_root_fs
from classroom.engine.images.survey import Survey, images_here, survey
from classroom.errors import EngineError, ImageError
from classroom.spec.model import ClassFile, GrafanaPolicy

_SILENCE = 1800
"""Seconds that one step of a build may take without printing anything."""

Progress = Callable[[str], None]


def image_tags(class_file: ClassFile, *, root: Path) -> Images:
    """Say which images ``ensure_images`` would end with. Makes, pulls and downloads nothing.

    ``root`` is the checkout. The network is asked only when the images that are here leave the
    route open, or Grafana's tarball is neither here nor built.

    Raises:
        ImageError: as ``ensure_images``, as far as it can be known beforehand.
        EngineError: no Docker engine answers.
    """
    with _engine() as client:
        return _images(client, survey(client, class_file, root))


def ensure_images(class_file: ClassFile, *, root: Path, progress: Progress) -> Images:
    """Pull or build what is missing; ``progress`` gets one line at a time, from several threads.

    Raises:
        ImageError: an image can't be had; names the image and the step.
        EngineError: no Docker engine answers.
    """
    say = _one_at_a_time(progress)
    with _engine() as client:
        found = survey(client, class_file, root)
        if found.missing:
            say(f"images: {found.because}")
        if "grafana-artefact" in found.missing:
            found = _with_tarball(client, found, class_file, root, say)
        _make(found, say)
        return _images(client, found)


def _engine() -> APIClient:
    try:
        return APIClient(**kwargs_from_env(), timeout=_SILENCE, version="auto")
    except DockerException as error:
        raise EngineError(f"no Docker engine answers: {error}", remedy=START_REMEDY) from error


def _with_tarball(
    client: APIClient, found: Survey, class_file: ClassFile, root: Path, say: Progress
) -> Survey:
    """Fetch Grafana's tarball; with ``grafana: auto`` a failure is a reason to go on without."""
    tarball = grafana_tarball(class_file, root)
    if isinstance(tarball, Path) or tarball.path.is_file():
        return found
    try:
        grafana.fetch(tarball, say)
    except ImageError as error:
        if class_file.grafana is GrafanaPolicy.REQUIRED:
            raise
        return found.without(error.what)
    # What is here is known by its content, no longer by its address.
    return survey(client, class_file, root)


def _make(found: Survey, progress: Progress) -> None:
    """Make what is missing, several at a time; a failure, or Ctrl-C, ends the others too."""
    order = TopologicalSorter(found.missing)
    order.prepare()
    running: dict[Future[None], str] = {}
    ending = Ending()
    # A thread each: they wait for packages as often as they compute, and the workspace, the
    # longest, must not queue behind the others.
    with ThreadPoolExecutor(len(found.missing) or 1) as pool:
        try:
            while order.is_active():
                for name in order.get_ready():
                    running[pool.submit(_make_one, found, name, progress, ending)] = name
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                    order.done(running.pop(future))
        finally:
            ending.ask()
            pool.shutdown(wait=False, cancel_futures=True)


def _make_one(found: Survey, name: str, progress: Progress, ending: Ending) -> None:
    recipe = found.recipes[name]

    def say(line: str) -> None:
        ending.check(name)
        progress(f"{name}: {line}")

    try:
        with _engine() as client:
            ending.follow(client)
            match recipe:
                case RootFs():
                    import_root_fs(client, recipe, found.tags[name], say)
                case Recipe():
                    build(client, recipe, found.tags, say)
    except (DockerException, RequestException) as error:
        raise EngineError(
            f"the Docker engine failed while it made an image: {error}",
            where=f"image {name}",
            remedy="see that it runs (docker info) and has space (docker system df), run again",
        ) from error
    say(f"ready as {found.tags[name]}")


def _images(client: APIClient, found: Survey) -> Images:
    here = images_here(client)
    return Images(
        refs={name: _ref(found.tags[name], here) for name in found.wanted},
        without_grafana=found.without_grafana,
    )


def _ref(tag: str, here: dict[str, dict[str, str]]) -> ImageRef:
    labels = here.get(tag, {})
    return ImageRef(tag, labels.get(LABEL_VERSION, ""), labels.get(LABEL_SOURCE, ""))


def _one_at_a_time(progress: Progress) -> Progress:
    lock = threading.Lock()

    def say(line: str) -> None:
        with lock:
            progress(line)

    return say
