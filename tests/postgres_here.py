"""A temporary PostgreSQL server for a test: in a temporary folder, on 127.0.0.1, with passwords, ended with the block."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

PASSWORD = "a4f0c1d9"
NAME = "descent"  # of the role and of the database
OWNER = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name  # who may make roles and databases
SQL = (
    "CREATE ROLE descent LOGIN PASSWORD '...'",
    "CREATE DATABASE descent OWNER descent",
)  # as docs/postgresql.md has it


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, which are not on the PATH on Debian."""
    paths = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return paths[-1].parent if paths else Path(on_path).parent if on_path else None


def what_is_missing() -> str | None:
    """Why this machine cannot run a server; None if it can."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is missing: make test-class installs it, and so does pip install -r requirements-postgres.txt"
    if programs() is None:
        return "no PostgreSQL was found: apt-get install postgresql"
    if os.getuid() == 0:
        with contextlib.suppress(KeyError):
            pwd.getpwnam("postgres")
            return None
        return "PostgreSQL does not run as root, and there is no account `postgres`"
    return None


def as_server(*argv: object) -> None:
    """Run one of PostgreSQL's programs under an account that it accepts."""
    command = [str(programs() / str(argv[0])), *map(str, argv[1:])]
    if os.getuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    # A server that `pg_ctl` starts keeps its streams: a pipe would never end.
    subprocess.run(
        command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )


@contextlib.contextmanager
def server() -> Iterator[int]:
    """Start a server with a role and a database `descent`; gives its port."""
    folder = Path(tempfile.mkdtemp(prefix="descent-postgres-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    data, log = folder / "data", folder / "log"
    try:
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)  # the folder is closed to others
        as_server(
            "initdb", "-D", data, "-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "-E", "UTF8", "--no-sync"
        )
        flags = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        as_server("pg_ctl", "-D", data, "-l", log, "-w", "-o", flags, "start")
        for command in SQL:
            psql(port, command.replace("...", PASSWORD), user=OWNER)
        yield port
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            as_server("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def psql(port: int, command: str, *, user: str = NAME, database: str = "postgres") -> str:
    argv = [str(programs() / "psql"), "-h", "127.0.0.1", "-p", str(port), "-U", user, "-d", database, "-Atc", command]
    process = subprocess.run(
        argv, check=True, capture_output=True, text=True, env=os.environ | {"PGPASSWORD": PASSWORD}
    )
    return process.stdout.strip()


def url(port: int, database: str = NAME) -> str:
    return f"postgresql+psycopg://{NAME}:{PASSWORD}@127.0.0.1:{port}/{database}"
