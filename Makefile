# `make help` lists the targets. Each builds the environment it needs first: Python 3.11+ and make are enough.

PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
RUN := PYTHONPATH=src:. $(PY)
# Compiled test files are kept between runs, out of the tree: reading the suite takes half as long.
PYTEST := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/build/pycache $(PY) -m pytest
CHAPTER ?=
NAME ?=
TOPIC ?=
RELEASE ?=
CLASS ?=
STUDENTS ?=
LIMITS ?=
WORKERS ?=
REGRADE ?=
FORMAT ?= canvas
TO ?=
FROM ?=
ZIP ?=
ROSTER ?=
TIMEZONE ?=
STUDENT ?=
OLD ?=
NEW ?=
DRY ?=
EXERCISE ?=
REQUEST ?=
WORKSHEET ?=
GRADER ?=
CLUSTER ?=
SITE_VENV ?= .venv-site
CLASS_EDITION ?=
SITE_URL ?=
PDF ?=
PORT ?= 8000
# One thread: the arrays are small, and two processes with two threads each get in each other's way.
export OPENBLAS_NUM_THREADS ?= 1
unexport PYTHONOPTIMIZE  # it would leave out docstrings and assert statements

# An environment holds absolute paths: one that was made in another folder is made anew.
ifeq ($(VENV)$(wildcard $(READY)),.venv$(READY))
ifneq ($(shell cat $(READY)),$(CURDIR))
$(info make: $(VENV) was made for another folder ($(shell cat $(READY))): this checkout was moved or copied, so it is made anew)
$(shell rm -rf $(VENV))
endif
endif

.PHONY: help class intake release collect give-back adopt rename drop migrate essays regrade grade student scheduler worker leaderboard export doctor test test-fast test-browser test-site test-class lab formgrader notebooks check keys exercise gallery slides bench mutation soak clean site serve site-times

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

grade: $(READY) $(if $(CLUSTER),$(VENV)/.cluster)  ## grade the sample class, or CLASS=folder; also CHAPTER= STUDENTS= REGRADE=1 LIMITS= WORKERS= CLUSTER=
	@$(RUN) -m autograder.grade $(if $(CLASS),--class "$(CLASS)") $(if $(CHAPTER),--chapter "$(CHAPTER)") \
	  $(if $(STUDENTS),--students "$(STUDENTS)") $(if $(REGRADE),--regrade) $(if $(LIMITS),--limits "$(LIMITS)") \
	  $(if $(WORKERS),--workers "$(WORKERS)") $(if $(CLUSTER),--cluster "$(CLUSTER)") $(ARGS)

class: $(READY)  ## begin a class in the folder CLASS=, or add what is missing; also ROSTER=students.csv TIMEZONE=Asia/Shanghai
	@$(RUN) -m autograder.new_class "$(CLASS)" $(if $(ROSTER),--roster "$(ROSTER)") $(if $(TIMEZONE),--timezone "$(TIMEZONE)")

intake: $(READY)  ## take in ZIP= (or a folder) of FROM=canvas, moodle, folder or gradescope; also CLASS= CHAPTER= WORKSHEET=
	@$(RUN) -m autograder.take_in "$(CLASS)" "$(ZIP)" $(if $(FROM),--from "$(FROM)") $(if $(CHAPTER),--chapter "$(CHAPTER)") \
	  $(if $(WORKSHEET),--worksheet "$(WORKSHEET)") $(ARGS)

give-back: $(READY)  ## feedback pages for TO=canvas, moodle, folder (a zip with its names) or exchange; also CLASS= CHAPTER=
	@$(RUN) -m autograder.give_back "$(CLASS)" --to "$(TO)" $(if $(CHAPTER),--chapter "$(CHAPTER)") $(ARGS)

rename: $(READY)  ## give a student of CLASS= another id everywhere: OLD= NEW=
	@$(RUN) -m autograder.people rename "$(CLASS)" "$(OLD)" "$(NEW)"

drop: $(READY)  ## take STUDENT= out of CLASS=; all that is theirs is kept in dropped/
	@$(RUN) -m autograder.people drop "$(CLASS)" "$(STUDENT)"

migrate: $(READY)  ## carry CLASS= over to a new release of its chapters; DRY=1: say what would change; also CHAPTER=
	@$(RUN) -m autograder.migrate "$(CLASS)" $(if $(CHAPTER),--chapter "$(CHAPTER)") $(if $(DRY),--dry) $(ARGS)

essays: $(READY)  ## who reads which essays of CLASS= ([graders] in class.toml), and the levels; also GRADER= CHAPTER= LANG=zh
	@$(RUN) -m autograder.essays "$(CLASS)" $(if $(GRADER),--grader "$(GRADER)") $(if $(CHAPTER),--chapter "$(CHAPTER)") \
	  $(if $(findstring command,$(origin LANG)),--lang "$(LANG)")

regrade: $(READY)  ## regrade requests of CLASS= that wait; STUDENT= CHAPTER= EXERCISE= REQUEST= writes a new one
	@$(RUN) -m autograder.regrade "$(CLASS)" $(if $(STUDENT),--student "$(STUDENT)") $(if $(CHAPTER),--chapter "$(CHAPTER)") \
	  $(if $(EXERCISE),--exercise "$(EXERCISE)") $(if $(REQUEST),--request "$(REQUEST)")

scheduler: $(READY) $(VENV)/.cluster  ## the scheduler of a cluster, on port 8786; ARGS="--host 10.0.0.1"
	DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=2 $(RUN) -m distributed.cli.dask_scheduler --dashboard-address 127.0.0.1:0 $(ARGS)

worker: $(READY) $(VENV)/.cluster  ## let this machine grade for CLUSTER=tcp://HOST:8786; WORKERS=processes
	$(RUN) -m autograder.worker "$(CLUSTER)" $(if $(WORKERS),--workers "$(WORKERS)") $(ARGS)

export: $(READY)  ## grades as a CSV for FORMAT=canvas, moodle or moodle-worksheet; also CLASS= CHAPTER= STUDENTS= TO=
	@$(RUN) -m autograder.export "$(FORMAT)" $(if $(CLASS),--class "$(CLASS)") $(if $(CHAPTER),--chapter "$(CHAPTER)") \
	  $(if $(STUDENTS),--students "$(STUDENTS)") $(if $(TO),--to "$(TO)") $(ARGS)

# LANG is also a variable of every shell, so only one that was given to make counts.
release: $(READY)  ## give students a chapter through nbgrader's exchange; CLASS= CHAPTER= LANG=en, zh or en,zh
	@$(RUN) -m autograder.exchange release --class "$(CLASS)" --chapter "$(CHAPTER)" \
	  $(if $(findstring command,$(origin LANG)),--lang "$(LANG)") $(ARGS)

collect: $(READY)  ## bring what students submitted through the exchange into CLASS=; also CHAPTER=
	@$(RUN) -m autograder.exchange collect --class "$(CLASS)" --chapter "$(CHAPTER)" $(ARGS)

adopt: $(READY)  ## take an nbgrader assignment into CLASS=; FROM=path/to/source/ps1, LANG=en or zh of its texts
	@$(RUN) -m autograder.adopt --class "$(CLASS)" --from "$(FROM)" \
	  $(if $(findstring command,$(origin LANG)),--lang "$(LANG)") $(ARGS)

leaderboard: $(READY)  ## the capstone's leaderboard of a graded class; CLASS=folder
	@$(RUN) -m autograder.leaderboard --class "$(CLASS)" $(ARGS)

doctor: $(READY)  ## can submissions be graded safely on this machine? CLASS=: who else can read that class?
	@$(RUN) -m autograder.doctor $(if $(CLASS),--class "$(CLASS)")

test: $(READY) $(VENV)/.cluster  ## all tests but the slow ones, then every solution notebook run by nbval
	$(PYTEST) -q -n 2 -m "not browser and not site and not soak and not install and not hub and not postgres" $(ARGS)
	$(PYTEST) -q -n 2 --dist loadfile -o addopts= -o filterwarnings=default -p no:cacheprovider --nbval-lax solutions/en

test-fast: $(READY)  ## the tests of the edit loop, under a minute on two cores
	$(PYTEST) -q -n 2 -m "not slow and not browser and not site and not soak and not install and not hub and not postgres" $(ARGS)

test-browser: $(READY) $(VENV)/.browser  ## drive JupyterLab, Validate and formgrader in headless Chromium
	$(PYTEST) -q -m browser $(ARGS)

test-class: $(READY) $(VENV)/.browser $(VENV)/.postgres  ## a class for real: three weeks of a term, the student package in a fresh environment, JupyterHub and PostgreSQL here (as root)
	$(PYTEST) -q -s -rs -n 0 -m "install or hub or postgres or term" $(ARGS)

test-site: $(READY) $(VENV)/.browser $(SITE_VENV)/.ready  ## build the site and read it in headless Chromium as a learner would
	DESCENT_NODE_MODULES=$(CURDIR)/$(SITE_VENV)/node_modules DESCENT_SITE_PYTHON=$(CURDIR)/$(SITE_VENV)/bin/python $(PYTEST) -q -m site $(ARGS)

site: $(SITE_VENV)/.ready  ## build the site in build/site; CLASS_EDITION=1: in build/site-class, without answers; SITE_URL=where it will stand; PDF=1
	@PYTHONPATH=site DESCENT_NODE_MODULES=$(SITE_VENV)/node_modules $(SITE_VENV)/bin/python -m book.build \
	  $(if $(CLASS_EDITION),build/site-class --class,build/site) $(if $(SITE_URL),--url "$(SITE_URL)") \
	  $(if $(PDF),--pdf) $(ARGS)

serve: $(SITE_VENV)/.ready  ## show build/site (or build/site-class) on 127.0.0.1; PORT=8000
	@PYTHONPATH=site $(SITE_VENV)/bin/python -m book.serve $(if $(CLASS_EDITION),build/site-class,build/site) $(PORT)

site-times: $(READY) $(VENV)/.browser  ## seconds to the first card and to one after an edit, on build/site, into build/site-times.json
	@PYTHONPATH=site $(VENV)/bin/python -m book.card_times build/site build/site-times.json

student: $(READY)  ## pack dist/descent-student-VERSION.zip: wheel without answers, requirements, notebooks, set-up pages
	@$(RUN) -m autograder.student $(ARGS)

lab: $(READY)  ## JupyterLab on the student notebooks
	$(VENV)/bin/jupyter lab --notebook-dir=notebooks

formgrader: $(READY)  ## JupyterLab with nbgrader's formgrader on the sample class, or on CLASS=folder
	@$(RUN) -m autograder.formgrader $(if $(CLASS),--class "$(CLASS)") $(ARGS)

notebooks: $(READY)  ## rebuild keys, solution and student notebooks from solutions/*.py
	$(RUN) -m autograder.keys
	$(RUN) -m autograder.build $(CHAPTER)

check: $(READY) $(VENV)/.lint  ## ruff, mypy, then fail if a key or notebook is stale or was edited by hand; RELEASE=1: also where Chinese is missing
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(RUN) -m autograder.keys --check
	$(RUN) -m autograder.build --check $(if $(RELEASE),--release) $(CHAPTER)

keys: $(READY)  ## the answers to the visible cases; TOPIC=momentum: of one topic
	$(RUN) -m autograder.keys $(TOPIC)

exercise: $(READY)  ## begin an exercise in every file it touches; NAME=topic.function, also CHAPTER=
	@$(RUN) -m autograder.exercise "$(NAME)" $(CHAPTER)

gallery: $(READY)  ## all figures of the built notebooks on one page, light and dark: build/gallery/index.html
	@$(RUN) -m autograder.gallery $(CHAPTER)

slides: $(READY)  ## the figures of each chapter as slides: build/slides/<lang>/<chapter>.html
	@$(RUN) -m autograder.slides $(CHAPTER)

mutation: $(READY)  ## mutants of every answer against its exercise; writes docs/mutation.md; ARGS=names: only these
	$(RUN) -m autograder.mutation $(ARGS)

bench: $(READY)  ## speed, as ratios measured side by side in one run
	$(RUN) -m bench $(ARGS)

soak: $(READY) $(VENV)/.cluster  ## kill rounds, thousands of submissions; DESCENT_SOAK_ROUNDS=100 DESCENT_SOAK_SUBMISSIONS=2000
	$(PYTEST) -q -s -m soak $(ARGS)

clean:  ## remove what is derived (build/); never a real class, never the environment
	rm -rf build .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find src autograder tests solutions -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than 3.11: install a newer one and say PYTHON=python3.12 make ..."; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment; on Debian: apt install python3-venv"; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@echo "$(CURDIR)" > $(READY)

# The site's own tools: JupyterLite's kernel changes JupyterLab, so they never share the students' environment.
$(SITE_VENV)/.ready: requirements-site.txt site/package.json site/package-lock.json
	@test -x $(SITE_VENV)/bin/python || $(PYTHON) -m venv $(SITE_VENV)
	$(SITE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-site.txt
	@command -v npm >/dev/null || { echo "make site needs node and npm; on Debian: apt install nodejs npm"; exit 1; }
	cp site/package.json site/package-lock.json $(SITE_VENV)/
	npm ci --prefix $(SITE_VENV) --ignore-scripts --no-audit --no-fund --silent
	@touch $(SITE_VENV)/.ready

$(VENV)/.browser: $(READY) requirements-browser.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-browser.txt
	@touch $(VENV)/.browser

$(VENV)/.postgres: $(READY) requirements-postgres.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-postgres.txt
	@touch $(VENV)/.postgres

$(VENV)/.lint: $(READY) requirements-lint.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-lint.txt
	@touch $(VENV)/.lint

$(VENV)/.cluster: $(READY) requirements-cluster.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-cluster.txt
	@touch $(VENV)/.cluster
