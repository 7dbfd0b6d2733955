"""Grafana's tarball from a real server on this machine, or from nowhere."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from classroom.engine.images import Route, keep_grafana
from classroom.engine.images.catalog import grafana_tarball, recipes
from classroom.engine.images.digest import tags
from classroom.engine.images.grafana import fetch, require_given, why_not
from classroom.engine.images.model import Download
from classroom.errors import ImageError
from classroom.spec import ClassFile

CONTENT = b"the official tarball"
ROOT = Path(__file__).resolve().parents[2]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Path]:
    """A folder that is served; ``address`` in it says where."""
    folder = tmp_path / "publisher"
    folder.mkdir()
    (folder / "g.tar.gz").write_bytes(CONTENT)
    (folder / "g.tar.gz.sha256").write_text(hashlib.sha256(CONTENT).hexdigest() + "\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    (folder / "address").write_text(f"http://127.0.0.1:{server.server_port}/g.tar.gz")
    yield folder
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tarball(publisher: Path, tmp_path: Path) -> Download:
    return Download((publisher / "address").read_text(), tmp_path / "downloads/g.tar.gz")


def test_it_is_downloaded_once_and_kept(publisher: Path, tarball: Download) -> None:
    lines: list[str] = []
    assert why_not(tarball) == ""
    fetch(tarball, lines.append)
    assert tarball.path.read_bytes() == CONTENT
    (publisher / "g.tar.gz").unlink()
    fetch(tarball, lines.append)
    assert why_not(tarball) == ""
    assert lines == [f"download {tarball.url}"]


@pytest.mark.parametrize("published", ["0" * 64, ""])
def test_what_is_not_what_its_publisher_says_is_not_kept(
    publisher: Path, tarball: Download, published: str
) -> None:
    (publisher / "g.tar.gz.sha256").write_text(published)
    with pytest.raises(ImageError, match="checksum"):
        fetch(tarball, print)
    assert not tarball.path.exists()


def test_a_missing_version_and_a_missing_network_are_reasons(
    publisher: Path, tarball: Download, tmp_path: Path
) -> None:
    (publisher / "g.tar.gz").unlink()
    assert tarball.url in why_not(tarball)
    assert "HTTP 404" in why_not(tarball)
    with pytest.raises(ImageError, match="404"):
        fetch(tarball, print)
    nowhere = Download("http://127.0.0.1:1/g.tar.gz", tmp_path / "g.tar.gz")
    assert "Connection refused" in why_not(nowhere)


def test_a_path_that_is_wrong_is_an_error_and_never_a_reason_to_go_on(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as error:
        require_given(tmp_path / "typo.tar.gz")
    assert error.value.where == str(tmp_path / "typo.tar.gz")
    require_given(Path(__file__))


def test_a_tarball_given_once_is_found_by_the_runs_that_do_not_name_it(tmp_path: Path) -> None:
    given = tmp_path / "grafana-12.2.0.linux-amd64.tar.gz"
    given.write_bytes(CONTENT)
    once, later = ClassFile(grafana_tarball=given), ClassFile()
    keep_grafana(once, tmp_path)
    tarball = grafana_tarball(later, tmp_path)
    assert why_not(tarball) == ""
    tagged = [
        tags(recipes(one, root=ROOT, route=Route.BUILD, certificates=()))
        for one in (once, replace(later, grafana_tarball=kept(tarball)))
    ]
    assert tagged[0] == tagged[1]


def kept(tarball: Path | Download) -> Path:
    assert isinstance(tarball, Download)
    return tarball.path
