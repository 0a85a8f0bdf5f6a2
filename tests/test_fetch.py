import hashlib
import io
import re
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flm.data import catalog, fetch
from flm.errors import InputError

NAME = "face_synthetics_100"


def zip_of(**members):
    """A zip file as bytes, big enough to be cut in the middle."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)
    return raw.getvalue()


class Server(BaseHTTPRequestHandler):
    """Serves `content`, which may change; cuts the connection after `cut` bytes, as often as `cuts` says."""

    content = b""
    cut, cuts = 0, 0
    ranges = True
    asked: list[int] = []  # noqa: RUF012 - set anew for each test

    def do_GET(self):
        server = type(self)
        start = int(re.fullmatch(r"bytes=(\d+)-", self.headers["Range"])[1]) if server.ranges else 0
        server.asked.append(start)
        if self.path != "/faces.zip":
            return self.send_error(404)
        rest = server.content[start:]
        self.send_response(206 if server.ranges else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if server.cuts:
            server.cuts -= 1
            rest = rest[: server.cut]
        self.wfile.write(rest)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server whose file is the download of the set NAME, without a published checksum."""
    handler = type("Handler", (Server,), {"asked": []})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    handler.address = f"http://127.0.0.1:{http.server_port}/faces.zip"
    monkeypatch.setenv("FLM_DATA", str(tmp_path))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(fetch, "_PAUSE", 0.0)
    monkeypatch.setattr(fetch, "_CHUNK", 100)
    offer(monkeypatch, handler.address)
    yield handler
    http.shutdown()


def offer(monkeypatch, download, checksum=None):
    monkeypatch.setitem(catalog.SETS, NAME, replace(catalog.get(NAME), download=download, checksum=checksum))


def test_a_cut_download_goes_on_where_it_stopped(server, tmp_path):
    server.content = zip_of(**{"000000_ldmks.txt": "1 2\n" * 500})
    server.cut, server.cuts = 800, 2
    assert fetch.fetch(NAME) == tmp_path / NAME
    assert (tmp_path / NAME / "000000_ldmks.txt").read_text() == "1 2\n" * 500
    assert server.asked == [0, 800, 1600]


def test_a_later_call_goes_on_too(server, tmp_path, monkeypatch):
    server.content = zip_of(a="b" * 2000)
    server.cut, server.cuts = 800, 1
    monkeypatch.setattr(fetch, "_ATTEMPTS", 1)
    with pytest.raises(InputError, match="try again"):
        fetch.fetch(NAME)
    fetch.fetch(NAME)
    assert server.asked == [0, 800]


def test_a_server_that_cannot_go_on_starts_anew(server, tmp_path):
    server.content, server.ranges = zip_of(a="b" * 2000), False
    server.cut, server.cuts = 800, 1
    fetch.fetch(NAME)
    assert (tmp_path / f"archives/{NAME}.zip").read_bytes() == server.content


def test_what_is_there_is_not_downloaded_again(server, tmp_path):
    (tmp_path / NAME).mkdir()
    fetch.fetch(NAME)
    assert server.asked == []


def test_a_wrong_checksum_leaves_nothing_behind(server, tmp_path, monkeypatch):
    server.content = zip_of(a="b")
    offer(monkeypatch, server.address, "md5:" + "0" * 32)
    with pytest.raises(InputError, match="not what was expected"):
        fetch.fetch(NAME)
    assert list((tmp_path / "archives").iterdir()) == []
    assert not (tmp_path / NAME).exists()
    offer(monkeypatch, server.address, "md5:" + hashlib.md5(server.content).hexdigest())
    fetch.fetch(NAME)


def test_without_a_checksum_a_later_change_is_noticed(server, tmp_path):
    server.content = zip_of(a="b")
    (fetch.fetch(NAME) / "a").unlink()
    (tmp_path / NAME).rmdir()
    (tmp_path / f"archives/{NAME}.zip").unlink()
    server.content = zip_of(a="c")
    with pytest.raises(InputError, match="not what was expected"):
        fetch.fetch(NAME)


def test_one_folder_around_everything_is_left_out(server, tmp_path):
    server.content = zip_of(**{"dataset/a": "1", "dataset/dataset/b": "2"})
    fetch.fetch(NAME)
    assert {str(path.relative_to(tmp_path / NAME)) for path in (tmp_path / NAME).rglob("*")} == {
        "a",
        "dataset",
        "dataset/b",
    }


@pytest.mark.parametrize("member", ["../escaped", "/tmp/flm-escaped", "a/../../escaped"])
def test_an_archive_that_would_escape_is_refused(server, tmp_path, member):
    server.content = zip_of(**{"harmless": "1", member: "2"})
    with pytest.raises(InputError, match="would leave"):
        fetch.fetch(NAME)
    assert {path.name for path in tmp_path.iterdir()} == {"archives"}


def test_a_broken_archive_and_a_missing_one_are_refused(server, tmp_path, monkeypatch):
    server.content = b"<html>please log in</html>"
    with pytest.raises(InputError, match="not a zip file"):
        fetch.fetch(NAME)
    assert not (tmp_path / NAME).exists()
    (tmp_path / f"archives/{NAME}.zip").unlink()
    offer(monkeypatch, server.address.replace("faces", "gone"))
    with pytest.raises(InputError, match="404"):
        fetch.fetch(NAME)


def test_a_damaged_archive_is_refused(server, tmp_path):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("faces.txt", "face " * 1000)
    content = bytearray(raw.getvalue())
    content[45:60] = b"\xff" * 15
    server.content = bytes(content)
    with pytest.raises(InputError, match="delete it and fetch it again"):
        fetch.fetch(NAME)
    assert not (tmp_path / NAME).exists()


def test_a_set_without_a_link_says_where_to_get_it(server, tmp_path):
    with pytest.raises(InputError, match=r"https://ibug\.doc\.ic\.ac\.uk.*licence.*300w"):
        fetch.fetch("300w")
