"""A tag changes when, and only when, something that goes into its image changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from classroom.engine.images.catalog import GRAFANAS, recipes
from classroom.engine.images.context import context
from classroom.engine.images.digest import tags
from classroom.engine.images.model import Recipe, RootFs, Route
from classroom.engine.images.pins import require_pins
from classroom.errors import ImageError
from classroom.spec.model import ClassFile, GrafanaPolicy, Versions
from portal.seat.course import Course

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "images"
ROUTES = pytest.mark.parametrize("route", Route)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    shutil.copytree(IMAGES, root / "images", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (
        "labs/lab/workflow.py",
        "dashboards/start-here.json",
        "dashboards/whole_class/class-wall.json",
        "prometheus/seat.rules.yml",
        "prometheus/server-metrics.tsv",
        "grafana.tar.gz",
        "provisioning/portal/app.py",
        "provisioning/classroom/__init__.py",
        "provisioning/classroom/errors.py",
        "provisioning/classroom/spec/keys.py",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def plan(
    root: Path,
    route: Route,
    class_file: ClassFile | None = None,
    certificates: tuple[str, ...] = (),
) -> tuple[Recipe | RootFs, ...]:
    given = class_file or ClassFile(grafana_tarball=root / "grafana.tar.gz")
    return recipes(given, root=root, route=route, certificates=certificates)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


def built_on(found: Iterable[Recipe | RootFs], changing: set[str]) -> set[str]:
    """Return the recipes named and everything above them; recipes come after their parents."""
    reached = set(changing)
    for recipe in found:
        if reached.intersection(recipe.parents.values()):
            reached.add(recipe.name)
    return reached


def users_of(found: Iterable[Recipe | RootFs], path: Path) -> set[str]:
    return {r.name for r in found if isinstance(r, Recipe) and path in r.files.values()}


@ROUTES
def test_a_changed_file_changes_exactly_the_images_it_reaches(checkout: Path, route: Route) -> None:
    found = plan(checkout, route)
    paths = {
        path
        for recipe in found
        if isinstance(recipe, Recipe)
        for path in recipe.files.values()
        if isinstance(path, Path)
    }
    assert len(paths) > 20
    for path in paths:
        before, content = tags(found), path.read_bytes()
        path.write_bytes(content + b"\n")
        expected = built_on(found, users_of(found, path))
        assert changed(before, tags(plan(checkout, route))) == expected, path
        path.write_bytes(content)


@ROUTES
def test_every_file_of_the_checkout_is_an_input_of_one_route_or_the_other(
    checkout: Path, route: Route
) -> None:
    other = {Route.PULL: "artefact.build.Dockerfile", Route.BUILD: "artefact.pull.Dockerfile"}
    for path in checkout.rglob("*"):
        pins = path.name == "requirements.txt" and path.parent.name not in ("workspace", "portal")
        if not path.is_file() or path.name == other[route] or (pins and route is Route.PULL):
            continue
        assert users_of(plan(checkout, route), path), path


@ROUTES
def test_a_new_file_and_an_executable_bit_count_but_times_and_by_products_do_not(
    checkout: Path, route: Route
) -> None:
    before = tags(plan(checkout, route))
    workflow = checkout / "labs/lab/workflow.py"
    os.utime(workflow, (0, 0))
    workflow.chmod(0o640)
    cache = checkout / "labs/lab/__pycache__"
    cache.mkdir()
    (cache / "workflow.pyc").write_text("x")
    (checkout / "dashboards/README.md").write_text("no dashboard")
    (checkout / "prometheus/prometheus.yml.j2").write_text("in the plan")
    assert tags(plan(checkout, route)) == before

    workflow.chmod(0o755)
    assert changed(before, tags(plan(checkout, route))) == {"workspace"}
    (checkout / "dashboards/second.json").write_text("{}")
    assert changed(before, tags(plan(checkout, route))) == {"workspace", "grafana"}
    (checkout / "prometheus/second.rules.yml").write_text("{}")
    assert changed(before, tags(plan(checkout, route))) == {"workspace", "grafana", "prometheus"}


@ROUTES
def test_no_grafana_has_the_dashboards_of_another(checkout: Path, route: Route) -> None:
    (checkout / "dashboards/whole_class/README.md").write_text("no dashboard")
    made = {recipe.name: recipe for recipe in plan(checkout, route) if isinstance(recipe, Recipe)}
    boards = {
        name: {path for path in made[name].files if path.endswith(".json")} for name in GRAFANAS
    }
    assert boards == {
        "grafana": {"dashboards/start-here.json"},
        "class-grafana": {"dashboards/class-wall.json"},
    }
    rest = [{k: v for k, v in made[n].files.items() if k not in boards[n]} for n in GRAFANAS]
    assert rest[0] == rest[1]


def test_the_routes_differ_in_everything(checkout: Path) -> None:
    pull, build = tags(plan(checkout, Route.PULL)), tags(plan(checkout, Route.BUILD))
    assert not set(pull.values()) & set(build.values())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"versions": Versions(temporal="9")},
            {
                "temporal-artefact",
                "temporal",
                "workspace",
                "prometheus",
                "pages-artefact",
                "ingress",
            },
        ),
        (
            {"versions": Versions(prometheus="9")},
            {"prometheus-artefact", "prometheus", "workspace"},
        ),
        ({"versions": Versions(caddy="9")}, {"ingress-artefact", "ingress"}),
        ({"name": "other", "seats": 70, "domain": "example.org"}, set()),
    ],
)
def test_a_version_reaches_its_own_images_on_the_pull_route(
    checkout: Path, changes: dict[str, object], expected: set[str]
) -> None:
    class_file = ClassFile(grafana_tarball=checkout / "grafana.tar.gz")
    moved = replace(class_file, **changes)  # type: ignore[arg-type] # keys and types vary by case
    before = tags(plan(checkout, Route.PULL, class_file))
    sources = {"temporal", "prometheus", "ingress"} & expected
    assert changed(before, tags(plan(checkout, Route.PULL, moved))) == expected | sources


@ROUTES
def test_a_certificate_changes_everything_but_what_lies_below_the_base(
    checkout: Path, route: Route
) -> None:
    found = plan(checkout, route)
    after = tags(plan(checkout, route, certificates=("PEM",)))
    assert changed(tags(found), after) == built_on(found, {"base"})


def test_a_new_jupyterlab_reaches_the_ingress_and_no_other_package_does(checkout: Path) -> None:
    pins = checkout / "images/workspace/requirements.txt"
    text = pins.read_text()
    for package, reached in (
        ("jupyterlab", {"workspace", "pages-artefact", "ingress"}),
        ("jupyter-server", {"workspace"}),
    ):
        before = tags(plan(checkout, Route.BUILD))
        pins.write_text(re.sub(rf"^({package}==\S+)", r"\g<1>.1", text, flags=re.MULTILINE))
        assert changed(before, tags(plan(checkout, Route.BUILD))) == reached
        pins.write_text(text)
    pins.write_text(text.replace("jupyterlab==", "jupyterlab>="))
    with pytest.raises(ImageError, match="jupyterlab is not pinned by its hash"):
        plan(checkout, Route.BUILD)


def test_a_downloaded_grafana_is_known_by_its_address_before_it_is_there(checkout: Path) -> None:
    first = tags(plan(checkout, Route.BUILD, ClassFile()))
    newer = tags(plan(checkout, Route.BUILD, ClassFile(versions=Versions(grafana="12.9.9"))))
    assert changed(first, newer) == {"grafana-artefact", *GRAFANAS}


def test_a_context_is_the_same_bytes_whatever_the_times_and_the_order(checkout: Path) -> None:
    files: dict[str, Path | bytes] = {"b": checkout / "labs/lab/workflow.py", "a": b"1"}
    with context(files) as stream:
        first = stream.read()
    os.utime(checkout / "labs/lab/workflow.py", (0, 0))
    with context(dict(reversed(files.items()))) as stream:
        assert stream.read() == first


def test_a_build_refuses_versions_that_no_hash_vouches_for(checkout: Path) -> None:
    require_pins(ClassFile(), checkout)
    with pytest.raises(ImageError, match=r"temporal is 9.*1\.9\.1; versions\.caddy is 8") as error:
        require_pins(ClassFile(versions=Versions(temporal="9", caddy="8")), checkout)
    assert "versions.temporal: 1.9.1, versions.caddy: 2.11.7" in error.value.remedy


def test_the_portals_image_has_all_that_its_guides_need(tmp_path: Path) -> None:
    class_file = ClassFile(grafana=GrafanaPolicy.OFF)
    (portal,) = (
        recipe
        for recipe in recipes(class_file, root=ROOT, route=Route.BUILD, certificates=())
        if isinstance(recipe, Recipe) and recipe.name == "portal"
    )
    for name, content in portal.files.items():
        assert isinstance(content, Path)
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(content, tmp_path / name)
    read = (
        "from pathlib import Path; import portal.__main__; from portal.seat.course import Course;"
        "from labkit.seat import Seat; course = Course(Path('labs'));"
        "seat = Seat('seat-07', 'http://s07', 'temporal:7233', 'default',"
        " {'grpc': 1, 'ui': 2, 'metrics': 3});"
        "print(sum(bool(course.read(text, seat).html) for text in course.texts.values()))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", read],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{tmp_path / 'labs'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"{len(Course(ROOT / 'labs').texts)}\n", done.stderr
    assert not any("tests" in Path(name).parts or "starter" in name for name in portal.files)
