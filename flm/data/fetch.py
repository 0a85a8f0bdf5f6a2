"""Download and unpack the data sets whose publisher gives one public link; say where to get the others."""

import time
import zipfile
import zlib
from functools import partial
from pathlib import Path

import pooch
import requests
from tqdm import tqdm

from flm import paths
from flm.data import catalog
from flm.errors import InputError

pooch.get_logger().setLevel("WARNING")  # The progress bar says enough.
_ATTEMPTS = 20
_PAUSE = 3.0  # seconds
_CHUNK = 1 << 18  # bytes; at most this much is lost when the connection is cut


def fetch(name: str) -> Path:
    """Folder of the data set `name`, downloaded and unpacked if it is not there yet.

    A download that is cut goes on where it stopped, in this call or a later one. The archive stays in
    FLM_DATA/archives and may be deleted; the digest kept beside it shows whether a later copy is the same.
    Raises InputError for an unknown set, one without a public link, a server that refuses, a wrong checksum,
    and an archive that is broken or would write outside its folder.
    """
    data_set = catalog.get(name)
    if data_set.root.is_dir():
        return data_set.root
    if data_set.download is None:
        raise InputError(
            f"{data_set.title} has no public download: get it from {data_set.url} "
            f"(licence: {data_set.licence}) and unpack it to {data_set.root}"
        )
    archive = paths.data_dir() / "archives" / f"{data_set.name}.zip"
    recorded = archive.with_suffix(".zip.sha256")
    checksum = data_set.checksum or (recorded.read_text().strip() if recorded.exists() else None)
    _download(data_set.download, archive, checksum)
    _unpack(archive, data_set.root)
    if checksum is None:
        with paths.atomic_path(recorded) as temporary:
            temporary.write_text(f"sha256:{pooch.file_hash(str(archive))}\n")
    return data_set.root


def _download(url: str, archive: Path, checksum: str | None) -> None:
    downloader = partial(_resume, part=archive.with_suffix(".zip.part"))
    try:
        pooch.retrieve(url, checksum, archive.name, archive.parent, downloader=downloader)
    except requests.RequestException as error:
        raise InputError(f"{archive}: cannot download {url} ({error}); what came so far is kept, try again") from None
    except ValueError as error:
        raise InputError(f"{archive}: not what was expected from {url} ({error})") from None


def _resume(url: str, output_file: str, _: object, part: Path) -> None:
    """Downloader for pooch that collects the file at `url` in `part` and after each cut goes on from there."""
    for attempt in range(_ATTEMPTS):
        try:
            _append(url, part)
            break
        except requests.RequestException as error:
            refused = error.response is not None and error.response.status_code < 500
            if refused or attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_PAUSE)
    part.replace(output_file)


def _append(url: str, part: Path) -> None:
    """Add to the file `part` what it lacks of the file at `url`."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"}
    with requests.get(url, headers=headers, stream=True, timeout=60) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # There is nothing after what we have.
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:
            have = 0  # This server cannot go on in the middle.
        total = have + int(response.headers.get("Content-Length", 0)) or None
        with (
            part.open("ab" if have else "wb") as file,
            tqdm(desc=part.stem, initial=have, total=total, unit="B", unit_scale=True, disable=None) as bar,
        ):
            for chunk in response.iter_content(_CHUNK):
                bar.update(file.write(chunk))


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip to `folder`, whole or not at all; one folder around everything is left out."""
    try:
        with zipfile.ZipFile(archive) as zipped, paths.atomic_dir(folder) as temporary:
            for member in tqdm(zipped.infolist(), f"unpacking {archive.name}", unit=" files", disable=None):
                if not (temporary / member.filename).resolve().is_relative_to(temporary.resolve()):
                    raise InputError(f"{archive}: the member {member.filename!r} would leave {folder}; do not use it")
                zipped.extract(member, temporary)
            _lift(temporary)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # the last: encrypted, or unknown methods
        raise InputError(f"{archive}: {error}; delete it and fetch it again") from None


def _lift(folder: Path) -> None:
    """Where `folder` holds one folder and nothing else, move that one's content up."""
    content = list(folder.iterdir())
    if len(content) == 1 and content[0].is_dir():
        inner = content[0].rename(folder / ".inner")  # It may hold a folder of its own name.
        for path in inner.iterdir():
            path.rename(folder / path.name)
        inner.rmdir()
