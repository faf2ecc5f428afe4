"""The files of deploy/ are well formed and name what is there. What they do is tried by make test-class."""

import ast
import json
import re
import shutil
import subprocess

import pytest
import yaml

from autograder import ROOT

DEPLOY = ROOT / "deploy"
FILES = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_file_can_be_read_as_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        ast.parse(text)
    elif path.suffix == ".json":
        json.loads(text)
    elif path.suffix == ".yaml":
        values = yaml.safe_load(text)
        for name, program in values.get("hub", {}).get("extraConfig", {}).items():
            ast.parse(program, name)
    elif path.suffix == ".sh":
        subprocess.run(["bash", "-n", path], check=True)
        if shutil.which("shellcheck"):
            subprocess.run(["shellcheck", path], check=True)
    elif path.suffix == ".service":
        assert re.findall(r"^\[(\w+)\]", text, re.M) == ["Unit", "Service", "Install"]
    else:
        assert path.name == "Dockerfile"
    assert "\t" not in text and not re.search(r"[ \t]$", text, re.M)


def test_the_container_file_copies_what_is_there():
    text = (DEPLOY / "kubernetes" / "Dockerfile").read_text(encoding="utf-8")
    stages = re.findall(r"^FROM \S+ AS (\w+)", text, re.M)
    assert stages == ["base", "wheel", "student", "grader"]
    for line in re.findall(r"^COPY (?!--from)(?:--chown=\S+ )?(.+)", text, re.M):
        *sources, _ = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
    student = text[text.index("AS student") : text.index("AS grader")]
    assert not re.search(r"COPY (?!--from).*(src|solutions|autograder|instructor)\b", student), "students get no answer"


def test_roles_are_added_to_those_of_the_chart():
    """`c.JupyterHub.load_roles = ...` in extraConfig takes away the role of the service that ends idle servers."""
    values = yaml.safe_load((DEPLOY / "kubernetes" / "jupyterhub.yaml").read_text(encoding="utf-8"))
    assert not any("load_roles =" in program for program in values["hub"]["extraConfig"].values())
    assert "access:services!service=ngshare" in values["hub"]["loadRoles"]["user"]["scopes"]
    (rule,) = values["singleuser"]["networkPolicy"]["egress"]  # chart 4 closes every other way inside of the cluster
    port, (peer,) = rule["ports"][0]["port"], rule["to"]
    assert peer["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "ngshare"}
    config = (DEPLOY / "kubernetes" / "nbgrader_config.py").read_text(encoding="utf-8")
    assert f"http://ngshare:{port}/" in config


def test_pods_have_the_hubs_version_of_jupyterhub():
    text = (DEPLOY / "kubernetes" / "Dockerfile").read_text(encoding="utf-8")
    version = re.search(r"ARG JUPYTERHUB=(\d+\.\d+)", text)[1]
    assert f"JupyterHub {version}" in (DEPLOY / "kubernetes" / "jupyterhub.yaml").read_text(encoding="utf-8")
    for name in ("hub.md", "hub.zh.md"):
        assert f"JupyterHub {version}" in (ROOT / "docs" / name).read_text(encoding="utf-8"), name
    installed = text.index('pip install "jupyterhub==${JUPYTERHUB}"')
    assert text.index("-r requirements-hub.txt") < installed, "what is installed last stays"


def test_students_menus_hide_the_grader():
    folder = DEPLOY / "one-server" / "student"
    page = json.loads((folder / "page_config.json").read_text())["disabledExtensions"]
    server = json.loads((folder / "zz-students.json").read_text())["ServerApp"]["jpserver_extensions"]
    assert page["@jupyter/nbgrader:formgrader"] and page["@jupyter/nbgrader:create-assignment"]
    assert server["nbgrader.server_extensions.formgrader"] is False
    assert not any("assignment-list" in name or "validate" in name for name in [*page, *server])


def test_pins_of_the_hub_are_not_those_of_the_course():
    """One version of each package: what requirements.txt pins is not pinned a second time."""

    def pins(name):
        return set(re.findall(r"^([a-z][\w.-]*)==", (ROOT / name).read_text(), re.M))

    assert "jupyterhub" in pins("requirements-hub.txt") and not pins("requirements-hub.txt") & pins("requirements.txt")


def test_commands_on_the_page_exist():
    page = (ROOT / "docs" / "hub.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    named = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", page, re.M))
    assert {"release", "collect", "grade", "give-back", "test-class"} <= named <= targets
    for path in re.findall(r"deploy/[\w./-]+", page):
        assert (ROOT / path.rstrip("./")).exists(), path


def test_messages_on_the_page_are_those_of_the_program():
    page = (ROOT / "docs" / "hub.md").read_text(encoding="utf-8")
    program = "".join(
        (ROOT / "autograder" / "gradebook" / name).read_text() for name in ("exchange.py", "exchange_steps.py")
    )
    for words in ("the folder of the exchange, ", "you may not write to the exchange", "names no course for the exchange",
                  "nothing can have been handed in", "was released before, and differs", "are of an older version"):  # fmt: skip
        assert words in page and words in re.sub(r'"\s*\n\s*f?"', "", program), words


def test_the_hub_waits_longer_for_the_graders_jupyterlab_than_it_would_by_itself():
    """JupyterHub waits 30 s for a managed service, then ends itself with all it runs. JupyterLab took 41 s on a busy machine."""
    source = (DEPLOY / "one-server" / "jupyterhub_config.py").read_text(encoding="utf-8")
    (services,) = [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "c.JupyterHub.services"
    ]
    (service,) = services.elts
    settings = {ast.literal_eval(key): value for key, value in zip(service.keys, service.values, strict=True)}
    assert ast.literal_eval(settings["timeout"]) >= 180
