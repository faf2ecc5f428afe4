"""JupyterHub for one class on one server; install.sh puts it beside settings.json. docs/hub.md explains it.

Accounts are those of the system (PAM). Students run the student environment as themselves. The class belongs to one more
account, whose server is the service `course`: instructors and assistants open it, with the formgrader, and nobody else.
"""

import json
import os
import pwd
from pathlib import Path

settings = json.loads((Path(__file__).parent / "settings.json").read_text())
hub, state, course, home = Path(settings["hub"]), Path(settings["state"]), settings["course"], Path(settings["home"])
instructors, assistants = settings["instructors"].split(), settings["assistants"].split()

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (traitlets puts it into this namespace)
c.JupyterHub.bind_url = f"http://127.0.0.1:{settings['port']}"  # put nginx or Caddy with a certificate in front
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{settings['port'] + 1}"
c.ConfigurableHTTPProxy.command = [str(hub / "proxy" / "node_modules" / ".bin" / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings['port'] + 2}"
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.JupyterHub.db_url = f"sqlite:///{state / 'hub.sqlite'}"

c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.open_sessions = False
c.LocalAuthenticator.create_system_users = False
c.Authenticator.allow_all = True  # everybody who has an account on this machine, but:
c.Authenticator.blocked_users = {settings["grader"], "root"}
c.Authenticator.admin_users = set(instructors)

c.JupyterHub.spawner_class = "localprocess"  # docs/hub.md: systemdspawner, which enforces the two limits below
c.Spawner.mem_limit = "1G"
c.Spawner.cpu_limit = 2.0
c.Spawner.cmd = [str(hub / "student" / "bin" / "jupyterhub-singleuser")]
c.Spawner.environment = {"PATH": f"{hub / 'student' / 'bin'}:/usr/local/bin:/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"}
c.Spawner.notebook_dir = "~"
c.Spawner.default_url = "/lab"
c.Spawner.http_timeout = 180  # seconds: when a whole class starts at once, a server may take much longer than 30
c.Spawner.start_timeout = 240


def close_home(spawner):
    """Nobody else reads a home, whatever mode it was made with."""
    account = pwd.getpwnam(spawner.user.name)
    handle = os.open(account.pw_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(handle).st_uid == account.pw_uid:
            os.fchmod(handle, 0o700)
    finally:
        os.close(handle)


c.Spawner.pre_spawn_hook = close_home

grader = hub / "grader" / "bin"
c.JupyterHub.services = [
    {
        "name": course,
        "url": f"http://127.0.0.1:{settings['service_port']}",
        "command": [
            str(grader / "jupyterhub-singleuser"),
            f"--ServerApp.root_dir={home / 'class'}",
            "--ServerApp.default_url=/formgrader",
        ],
        "user": settings["grader"],
        "cwd": str(home / "descent" / "autograder"),  # nbgrader_config.py of the course is here
        "environment": {
            "DESCENT_CLASS": str(home / "class"),
            "PYTHONPATH": f"{home / 'descent' / 'src'}:{home / 'descent'}",
            "PATH": f"{grader}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "VENV": str(hub / "grader"),
            "OPENBLAS_NUM_THREADS": "1",
        },
        "oauth_no_confirm": True,
        "timeout": 240,  # seconds: without it the hub ends itself when JupyterLab takes more than 30 on a busy machine
    }
]
c.JupyterHub.load_groups = {f"formgrade-{course}": {"users": [*instructors, *assistants]}}
c.JupyterHub.load_roles = [
    {"name": f"formgrade-{course}", "groups": [f"formgrade-{course}"], "scopes": [f"access:services!service={course}"]},
    {"name": "user", "scopes": ["self"]},
]
