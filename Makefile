# Every target works from a fresh clone: .venv is made when missing and refreshed when the lock changes.
# Kept to what GNU Make 3.81 (macOS) understands.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

VENV := .venv/.installed
PY := .venv/bin/python
NB :=
WORKERS := 2

# TensorFlow's C++ log lines would otherwise stand in every terminal and notebook.
export TF_CPP_MIN_LOG_LEVEL := 3

.PHONY: help setup lab test test-plain test-fast test-browser lint format lock bench notebooks exercises links clean

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

$(VENV): requirements.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh

setup: $(VENV) ## Make or refresh .venv (PYTHON=... chooses the interpreter)

# The sentence encoder of lesson 08: without a network its parts are skipped by name, so this never stops anybody.
.PHONY: encoder
encoder: $(VENV)
	@.venv/bin/ftlearn fetch minilm --quiet || echo "Lesson 08 will skip what needs the sentence encoder." >&2

lab: encoder ## Open the first lesson in JupyterLab
	@.venv/bin/ftlearn lab

# Two notebooks at a time, each from a clean kernel; a warm one has TensorFlow imported already. For a core each, so
# TensorFlow and linear algebra compute in one thread: two would wait for each other.
ALONE = TF_NUM_INTRAOP_THREADS=1 OMP_NUM_THREADS=1
PROVE = $(PY) -m pytest -n $(WORKERS) --dist loadfile --nbval-lax --nbval-cell-timeout 300

test: encoder ## Prove everything: unit tests, docstring examples, every lesson from a clean kernel
	@.venv/bin/ftlearn kernel install
	@FTLEARN_WARM_IDLE=60 $(ALONE) $(PROVE) --nbval-kernel-name ftlearn-warm \
	    --doctest-modules ftlearn tests/unit tests/notebooks tests/grading tests/doctor notebooks exercises solutions

test-plain: encoder ## The notebooks again, from kernels that import everything themselves: the results are the same
	@$(PROVE) --nbval-current-env notebooks exercises solutions

test-fast: $(VENV) ## Unit tests and docstring examples only
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --doctest-modules ftlearn tests/unit tests/notebooks tests/grading tests/doctor

test-browser: encoder ## Drive the lessons in JupyterLab with headless Chromium
	@$(ALONE) $(PY) -m pytest -rs -n $(WORKERS) --dist worksteal tests/browser

lint: $(VENV) ## Check style, and that generated parts are up to date
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && $(PY) -m tools.links --check && $(PY) -m tools.coverage --check && \
	    $(PY) -m tools.exercises --check && $(PY) -m tools.doctor_page --check && .venv/bin/ftlearn release --check

format: $(VENV) ## Put the code into the house style
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

lock: $(VENV) ## Pin every dependency anew in requirements.lock, for Python 3.11 to 3.13 and every system
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra cluster --extra serve --extra text --upgrade \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	    pyproject.toml -o requirements.lock
	@git diff --stat -- requirements.lock 2>/dev/null || true

bench: encoder ## Seconds and peak memory of each lesson, and what cached features save (WRITE=1 keeps them)
	@$(PY) -m tools.bench $(if $(WRITE),--write) $(NB)

.PHONY: bench-grading
bench-grading: $(VENV) ## Grading against nbgrader, and the memory of a class (PART=trivial, tensorflow, real; WRITE=1)
	@$(PY) -m tools.bench_grading $(if $(WRITE),--write) $(PART)

.PHONY: bench-doctor
bench-doctor: $(VENV) ## The doctor's recall on seeded faults, its alarms on correct programs, its price (ONLY=rule; QUICK=1; FRESH=1)
	@$(PY) -m tools.bench_doctor $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick) $(if $(FRESH),--fresh)$(if $(ONLY),, && \
	    $(PY) -m tools.doctor_healthy && $(PY) -m tools.bench_doctor.speed)

notebooks: encoder ## Run the lessons and keep their outputs (NB=04 for one)
	@$(PY) -m tools.execute $(NB) && $(PY) -m tools.links && $(PY) -m tools.coverage

exercises: $(VENV) ## Make exercises/ from solutions/, and prove them (NB=04 for one)
	@.venv/bin/ftlearn release $(NB) && $(PY) -m tools.exercises && $(PY) -m tools.coverage && \
	    $(PY) -m pytest tests/notebooks/test_exercises.py $(if $(NB),-k $(NB))

links: $(VENV) ## Write what is generated: Binder and Colab links, the README's table, the pages in docs/
	@$(PY) -m tools.links && $(PY) -m tools.coverage && $(PY) -m tools.exercises && $(PY) -m tools.doctor_page

clean: ## Remove .venv and whatever tests and builds left
	@rm -rf .venv reports build dist ftlearn.egg-info .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} + ; find . -name .ipynb_checkpoints -prune -exec rm -rf {} +
