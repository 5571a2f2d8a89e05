"""What every server's instance has: its own directory with data, log and ports, held by one launcher at a time."""
import fcntl
import hashlib
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import time

CACHE = pathlib.Path(os.environ.get("DIDTRON_DEV_CACHE") or pathlib.Path.home() / ".cache/didtron/dev")
HERE = pathlib.Path(__file__).resolve().parent
# Below the range from which the kernel takes the ports of outgoing connections: a client that keeps trying to reach a
# server that is down could otherwise be given the server's own port, and connect to itself.
PORTS = range(10_000, 32_000)
SECONDS_FOR_PREDECESSOR = 40


class Failure(Exception):
    """What went wrong, in words for whoever started the server."""


def installed(pin):
    """The directory into which `install` put the component that this file pins."""
    place = CACHE / f"{pin.parent.name}-{hashlib.sha256(pin.read_bytes()).hexdigest()[:12]}"
    if not place.is_dir():
        raise Failure(f"{place} is missing: run {HERE / 'install'} {pin.parent.name}")
    return place


class Instance:
    """A server's directory: `data`, `log`, `ports`, and the configuration that its launcher writes there."""

    def __init__(self, directory, names, port):
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock = hold(self.directory)
        self._reserved = open_reservations()
        self.ports = self._choose(names, port)
        self.port = self.ports["port"]

    def _choose(self, names, port):
        """The ports of last time, the one asked for, free ones for the rest; remembered for the next time."""
        memory = self.directory / "ports"
        ports = json.loads(memory.read_text()) if memory.exists() else {}
        if port:
            ports["port"] = port
        for name in names:
            if name not in ports:
                ports[name] = next(p for p in random.sample(PORTS, len(PORTS)) if self._reserve(p))
            elif not self._reserve(ports[name]):
                raise Failure(f"port {ports[name]} is taken by another program: end it, or give another --port")
        memory.write_text(json.dumps(ports))
        return ports

    def _reserve(self, port):
        """Whether the port is free and no other launcher is about to use it; the claim ends with this process."""
        try:
            fcntl.lockf(self._reserved, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            with socket.socket() as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True

    def make_data(self, make):
        """Makes the data directory by `make`, unless that was done to its end before."""
        made = self.directory / "made"
        if made.exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()
        make()
        made.touch()

    def call(self, command, **options):
        """Runs a helper of the server to its end, with its output in the log."""
        with open(self.log, "ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, **options)
        if done.returncode:
            raise Failure(f"{' '.join(map(str, command))} failed with {done.returncode}\n{self.last_words()}")

    def last_words(self):
        """The end of the log, for an error message."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([*lines[-12:], f"(from {self.log})"])


def hold(directory):
    """The lock on the directory; a launcher whose server was killed is given the time to clear up after it."""
    lock = open(directory / "lock", "w")
    deadline = time.monotonic() + SECONDS_FOR_PREDECESSOR
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Failure(f"{directory} is in use by another launcher: stop it, or give another --dir") from None
            time.sleep(0.05)


def open_reservations():
    """One file for all launchers of this cache: byte N is locked by whoever uses port N."""
    CACHE.mkdir(parents=True, exist_ok=True)
    return open(CACHE / "ports.lock", "w")
