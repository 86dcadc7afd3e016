"""An image out of its OCI layout, and a container of it without a runtime: bwrap makes the namespaces,
takes the privileges away, and mounts the root so that nobody can write it.
"""

import hashlib
import json
import os
import signal
import subprocess
import tarfile
from pathlib import Path

IMAGES = Path(__file__).resolve().parent.parent.parent / "target" / "images"
# How long whoever is told to leave may take.
LEAVE_SECONDS = 30
AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"


class Image:
    """An image, unpacked."""

    def __init__(self, program: str, place: Path) -> None:
        layout = IMAGES / program

        def blob(it: dict) -> Path:
            return layout / "blobs" / it["digest"].replace(":", "/")

        [entry] = json.loads((layout / "index.json").read_text())["manifests"]
        manifest = json.loads(blob(entry).read_text())
        self.config = json.loads(blob(manifest["config"]).read_text())["config"]
        self.bytes = sum(it["size"] for it in manifest["layers"])
        self.root = place / program
        for layer in manifest["layers"]:
            assert hashlib.sha256(blob(layer).read_bytes()).hexdigest() in layer["digest"]
            with tarfile.open(blob(layer)) as tar:
                tar.extractall(self.root, filter="tar")
        self.files = sorted(
            str(it.relative_to(self.root)) for it in self.root.rglob("*") if it.is_file()
        )
        self.unpacked_bytes = sum((self.root / it).stat().st_size for it in self.files)


class Container:
    """An image at work, on the network of this machine and with nothing else of it."""

    def __init__(self, image: Image, hosts: Path, settings: dict, authorities: Path | None = None):
        trusted = authorities or image.root / AUTHORITIES
        told, tell = os.pipe()
        command = ["bwrap", "--unshare-all", "--share-net", "--die-with-parent", "--as-pid-1"]
        user, group = image.config["User"].split(":")
        command += ["--uid", user, "--gid", group]
        command += ["--cap-drop", "ALL", "--clearenv", "--info-fd", str(tell), "--tmpfs", "/"]
        for file in image.files:
            source = trusted if file == AUTHORITIES else image.root / file
            command += ["--ro-bind", str(source), f"/{file}"]
        # What every runtime adds.
        command += ["--ro-bind", str(hosts), "/etc/hosts", "--proc", "/proc", "--dev", "/dev"]
        command += ["--remount-ro", "/"]
        given = dict(it.split("=", 1) for it in image.config.get("Env", [])) | settings
        for name, value in given.items():
            command += ["--setenv", name, value]
        self.process = subprocess.Popen(
            [*command, "--", *image.config["Entrypoint"]],
            pass_fds=[tell],
            stdout=subprocess.DEVNULL,
        )
        os.close(tell)
        with os.fdopen(told) as info:
            self.child = json.load(info)["child-pid"]

    def status(self) -> dict:
        """What the kernel says of it."""
        lines = Path(f"/proc/{self.child}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def leave(self) -> None:
        """Tells it to, and it has to end well."""
        os.kill(self.child, signal.SIGTERM)
        code = self.process.wait(LEAVE_SECONDS)
        assert code == 0, f"it ended with {code}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
