"""Asks a DVC remote for its objects, one by one, and moves them.

Started by snapkeep with the Python that runs DVC, in the project's folder. Reads one JSON request a line on
stdin, writes one JSON answer a line on stdout, progress in between. Configuration, credentials, file systems and
the layout of the remote are DVC's own (dvc.repo.Repo, repo.cloud.get_remote_odb); what DVC leaves out is here:
`dvc push` and `dvc status --cloud` take a folder's objects for present where only its listing is, and no command
of DVC's tells their sizes or reads their bytes.
"""

import errno
import getpass
import hashlib
import json
import os
import re
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

CHUNK_BYTES = 1 << 20
THREADS = 16

# Libraries print and ask where they like: both streams are for requests and answers only.
requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)


def nobody_to_ask(*_, **__):
    raise PermissionError("it asks for a password, and none is configured")


getpass.getpass = nobody_to_ask


def say(message):
    answers.write(json.dumps(message) + "\n")
    answers.flush()


class Remote:
    def __init__(self, name):
        from dvc.repo import Repo

        self.repo = Repo(os.getcwd())
        self.odb = self.repo.cloud.get_remote_odb(name or None, "push")
        self.fs = self.odb.fs

    def close(self):
        self.repo.close()

    def path(self, oid):
        return self.odb.oid_to_path(oid)

    def info(self, oid):
        """Size and, where the store gives one, MD5 of an object; None where it is not there."""
        try:
            info = self.fs.info(self.path(oid))
        except FileNotFoundError:
            return None
        if info.get("type", "file") != "file":
            return None
        return {"bytes": info.get("size"), "md5": checksum_of(info)}


def checksum_of(info):
    """MD5 in hex from what S3, Google's and Azure's stores say; an ETag of several parts is none."""
    etag = str(info.get("ETag") or info.get("etag") or "").strip('"').lower()
    if re.fullmatch("[0-9a-f]{32}", etag):
        return etag
    encoded = info.get("md5Hash") or dict(info.get("content_settings") or {}).get("content_md5")
    if isinstance(encoded, str):
        import base64

        return base64.b64decode(encoded).hex()
    return bytes(encoded).hex() if encoded else None


def each(function, items):
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(function, items))


def progress_callback():
    from fsspec.callbacks import Callback

    state = {"bytes": 0, "said": 0}

    class Bytes(Callback):
        def relative_update(self, inc=1):
            state["bytes"] += inc
            if state["bytes"] - state["said"] >= CHUNK_BYTES:
                state["said"] = state["bytes"]
                say({"progress": state["bytes"]})

        def absolute_update(self, value):
            self.relative_update(value - self.value)
            self.value = value

    class Files(Callback):
        def branched(self, *paths, **kwargs):
            return Bytes()

    return Files()


def to_disk(remote, oids):
    """DVC fsyncs nothing; where the remote is a folder of this machine that is made good here."""
    if remote.fs.protocol != "local":
        return
    for path in sorted({p for oid in oids for p in (remote.path(oid), os.path.dirname(remote.path(oid)))}):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def look(remote, request):
    remote.fs.fs.invalidate_cache()
    oids = request["oids"]
    return {"objects": dict(zip(oids, each(remote.info, oids)))}


def texts(remote, request):
    def read(oid):
        try:
            with remote.fs.open(remote.path(oid), "rb") as file:
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return None

    oids = request["oids"]
    return {"texts": dict(zip(oids, each(read, oids)))}


def hashes(remote, request):
    def read(oid):
        sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
        try:
            with remote.fs.open(remote.path(oid), "rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    sha256.update(chunk)
                    md5.update(chunk)
                    size += len(chunk)
        except FileNotFoundError:
            return None
        return {"bytes": size, "sha256": sha256.hexdigest(), "md5": md5.hexdigest()}

    oids = request["oids"]
    return {"objects": dict(zip(oids, each(read, oids)))}


def send(remote, request):
    from dvc.fs import localfs

    failed = {}
    objects = request["objects"]
    for item in objects:
        if item.get("replace"):
            remote.odb.delete(item["oid"])
    if objects:
        remote.odb.add(
            [item["from"] for item in objects],
            localfs,
            [item["oid"] for item in objects],
            callback=progress_callback(),
            check_exists=False,
            on_error=lambda oid, error: failed.update({oid: describe(error)}),
        )
    to_disk(remote, [item["oid"] for item in objects if item["oid"] not in failed])
    return {"failed": failed}


def take(remote, request):
    failed = {}
    callback = progress_callback()

    def fetch(item):
        try:
            remote.fs.get_file(remote.path(item["oid"]), item["to"], callback=callback.branched())
        except Exception as error:  # noqa: BLE001: told with its object
            failed[item["oid"]] = describe(error)

    each(fetch, request["objects"])
    return {"failed": failed}


REFUSED = {"403", "401", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden"}


def describe(error):
    """What kind of failure it is, and one line of it."""
    names = {cls.__name__ for cls in type(error).__mro__}
    code = str((getattr(error, "response", None) or {}).get("Error", {}).get("Code", ""))
    text = " ".join(str(error).split()) or type(error).__name__
    if names & {"RemoteMissingDepsError", "ImportError"}:
        kind = "packages"
    elif names & {"ConfigError", "NoRemoteError", "RemoteNotFoundError"}:
        kind = "config"
    elif isinstance(error, PermissionError) or code in REFUSED or names & {"AuthError", "NoCredentialsError", "PermissionDenied"}:
        kind = "refused"
    elif names & {"EndpointConnectionError", "ClientConnectorError", "HTTPClientError", "ConnectionLost"} or isinstance(
        error, (ConnectionError, socket.gaierror, TimeoutError)
    ):
        kind = "unreachable"
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        kind = "full"
    else:
        kind = "failed"
    cause = error.__cause__ or error.__context__
    if kind == "failed" and isinstance(cause, Exception) and not isinstance(cause, FileNotFoundError):
        inner = describe(cause)
        if inner["kind"] != "failed":
            return inner
    return {"kind": kind, "message": text[:500]}


def main():
    remote = None
    handlers = {"look": look, "texts": texts, "hashes": hashes, "send": send, "take": take}
    for line in requests:
        request = json.loads(line)
        try:
            if request["do"] == "open":
                remote = Remote(request.get("remote"))
                answer = {"url": remote.fs.unstrip_protocol(remote.odb.path)}
            else:
                answer = handlers[request["do"]](remote, request)
            say({"answer": answer})
        except Exception as error:  # noqa: BLE001: every failure is an answer
            say({"error": describe(error)})
    if remote is not None:
        remote.close()


main()
