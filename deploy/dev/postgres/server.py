"""PostgreSQL from Debian's package."""
import os
import pathlib
import shutil
import signal
import subprocess
import urllib.parse

from instance import Failure

USER = "postgres"


class Postgres:
    name = "postgres"
    ports = ("port",)

    def __init__(self, instance, args):
        self.instance, self.args = instance, args
        versions = pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres")
        found = sorted(versions, key=lambda program: int(program.parent.parent.name))
        if not found:
            raise Failure("no PostgreSQL in /usr/lib/postgresql: run deploy/dev/install postgres")
        self.programs = found[-1].parent

    def privileges(self):
        """PostgreSQL refuses root, so root hands it to user postgres, with the one capability to pass through the
        parents of its data directory: a temporary directory is closed to all but its owner."""
        if os.getuid() != 0:
            return []
        return ["--reuid", USER, "--regid", USER, "--init-groups", "--inh-caps=-all,+dac_override",
                "--ambient-caps=-all,+dac_override"]

    def prepare(self):
        self.instance.make_data(self._initdb)
        method = "scram-sha-256" if self.args.password else "trust"
        (self.instance.data / "pg_hba.conf").write_text(f"host all all 127.0.0.1/32 {method}\n")
        if self.args.password:
            quoted = self.args.password.replace("'", "''")
            self._run("postgres", "--single", "-D", self.instance.data, "postgres",
                      input=f"ALTER ROLE {USER} PASSWORD '{quoted}'\n".encode())

    def _initdb(self):
        if os.getuid() == 0:
            shutil.chown(self.instance.data, USER, USER)
        self._run("initdb", "-D", self.instance.data, "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust",
                  "--no-sync")

    def _run(self, program, *arguments, **options):
        self.instance.call(["setpriv", *self.privileges(), "--", self.programs / program, *arguments], cwd="/",
                           **options)

    def command(self):
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": f"{self.args.memory or 128}MB",
            "fsync": "on",
            "synchronous_commit": "on",
            **self.args.set,
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [self.programs / "postgres", "-D", self.instance.data, "-p", str(self.instance.port), *words]

    def serves(self):
        """Whether it takes connections; while it recovers from a crash it refuses them."""
        ready = subprocess.run([self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.instance.port)])
        return ready.returncode == 0

    def address(self):
        login = USER if not self.args.password else f"{USER}:{urllib.parse.quote(self.args.password, safe='')}"
        return f"postgres://{login}@127.0.0.1:{self.instance.port}/postgres"

    def stop(self, process):
        process.send_signal(signal.SIGINT)  # its "fast shutdown": sessions are ended, not waited for
