"""Kafka from its published jars: one node that is broker and controller."""
import base64
import pathlib
import socket
import struct
import uuid

from instance import HERE, installed

OURS = HERE / "kafka"
LOGIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'


def java(jars, main, *arguments, options=()):
    """The command for a program of Kafka's: a broker or one of its tools."""
    archive = pathlib.Path(f"{jars}.jsa")  # classes ready for use, made by `install`
    if archive.exists():
        options = [f"-XX:SharedArchiveFile={archive}", *options]
    return ["java", *options, "-XX:+UseSerialGC", "-Djava.awt.headless=true", "-cp", f"{jars}/*",
            f"-Dlog4j2.configurationFile=file:{OURS}/log4j2.properties", main, *map(str, arguments)]


class Kafka:
    name = "kafka"
    ports = ("port", "controller")

    def __init__(self, instance, args):
        self.instance, self.args = instance, args
        self.jars = installed(OURS / "SHA256SUMS")
        self.config = instance.directory / "server.properties"

    def privileges(self):
        return []

    def prepare(self):
        settings = {**self._addresses(), **(self._login() if self.args.password else {}), **self.args.set}
        lines = [f"{name}={value}\n" for name, value in settings.items()]
        self.config.write_text((OURS / "server.properties").read_text() + "".join(lines))
        self.config.chmod(0o600)
        self.instance.make_data(self._format)

    def _addresses(self):
        controller = f"127.0.0.1:{self.instance.ports['controller']}"
        listeners = f"CLIENTS://{self.address()},CONTROLLER://{controller}"
        return {"listeners": listeners, "advertised.listeners": listeners,
                "controller.quorum.bootstrap.servers": controller, "log.dirs": self.instance.data}

    def _login(self):
        """Clients and the broker itself log in as `admin` by SASL/PLAIN."""
        password = self.args.password.replace("\\", "\\\\").replace('"', '\\"')
        jaas = f'{LOGIN} username="admin" password="{password}" user_admin="{password}";'
        return {"listener.security.protocol.map": "CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT",
                "sasl.enabled.mechanisms": "PLAIN", "sasl.mechanism.inter.broker.protocol": "PLAIN",
                "listener.name.clients.plain.sasl.jaas.config": jaas.replace("\\", "\\\\")}

    def _format(self):
        # Kafka's own random ids are this; a leading dash would be taken for an option.
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        self.instance.call(java(self.jars, "kafka.tools.StorageTool", "format", "--standalone", "-t", cluster,
                                "-c", self.config, options=["-XX:TieredStopAtLevel=1"]))

    def command(self):
        options = ["-Xms256m", f"-Xmx{self.args.memory or 512}m", "-XX:MaxDirectMemorySize=128m"]
        if self.args.fast_start:
            options.append("-XX:TieredStopAtLevel=1")
        return java(self.jars, "kafka.Kafka", self.config, options=options)

    def serves(self):
        """Whether the broker answers ApiVersions v0, the first request of every client."""
        try:
            with socket.create_connection(("127.0.0.1", self.instance.port), 0.5) as client:
                client.settimeout(2)
                request = struct.pack(">hhih", 18, 0, 1, -1)
                client.sendall(struct.pack(">i", len(request)) + request)
                head = client.recv(10, socket.MSG_WAITALL)
                return len(head) == 10 and struct.unpack(">h", head[8:])[0] == 0
        except OSError:
            return False

    def address(self):
        return f"127.0.0.1:{self.instance.port}"

    def stop(self, process):
        process.terminate()
