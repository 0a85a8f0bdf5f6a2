# make report   run every notebook, then typeset report/report.pdf    (PROFILE=smoke: a quick look, in build/smoke)
# make test     lint, type check, unit tests, every notebook in the smoke profile
# make assets   bring the photographed light of the face generator (installation tries it, and goes on without)
# make grid     train the runs of notebooks 12 and 13, those that are left (PROFILE=smoke, laptop or paper)
# make html     the notebooks and the README as pages for a browser, in build/html
# make lab      open the notebooks in JupyterLab
# Each installs what it needs into .venv first. REQUIREMENTS=requirements.lock repeats our exact versions.

PROFILE ?= laptop
PYTHON ?= python3
REQUIREMENTS ?= requirements.txt
BIN := .venv/bin
export PYTHONWARNINGS := ignore::DeprecationWarning

.PHONY: report test grid html lab install assets lock clean
.DEFAULT_GOAL := report

report: install
	$(BIN)/python notebooks/run.py --profile $(PROFILE)

test: install
	@echo "== ruff"
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@echo "== mypy"
	$(BIN)/mypy
	@echo "== pytest"
	$(BIN)/pytest
	@echo "== notebooks, smoke profile"
	$(BIN)/python notebooks/run.py --profile smoke --prepare-only
	FLM_CACHE=build/cache $(BIN)/pytest --nbval-lax --nbval-cell-timeout=600 -v build/smoke/notebooks

grid: install
	$(BIN)/snakemake -s notebooks/workflow/Snakefile grid --cores all --keep-going --rerun-triggers mtime --config profile=$(PROFILE)

html: install
	$(BIN)/python notebooks/browse.py

lab: install
	$(BIN)/jupyter lab notebooks

install: .venv/installed
.venv/installed: $(REQUIREMENTS) pyproject.toml
	@echo "== installing into .venv (about 8 GB with PyTorch; minutes, the first time)"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --progress-bar off --quiet -r $(REQUIREMENTS) -e .
	@$(BIN)/flm synth assets || echo "== going on without photographed light; make assets tries again"
	@touch $@

assets: install
	$(BIN)/flm synth assets

lock: install
	@echo "# Exact versions of a working installation: make REQUIREMENTS=requirements.lock" > requirements.lock
	$(BIN)/pip freeze --exclude-editable >> requirements.lock

clean:
	rm -rf build cache
