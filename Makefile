# Two commands on a fresh machine with Python >= 3.11: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check fix bench docs lock clean validate-measure validate-ablate validate-physics validate-hold regold fuzz

demo: $(STAMP) ## plan the bundled real-CT case and print where the report is
	$(BIN)/buttress demo

test: $(STAMP) ## every test
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(STAMP) ## style, types, floors, sizes, sources
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_sizes.py
	$(BIN)/python tools/check_sources.py
	$(BIN)/python tools/build_docs.py --check

fix: $(STAMP) ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

validate-measure: $(STAMP) ## 360 lesions of known truth, by mask and by click; writes docs/validation/measure.md
	$(BIN)/python tools/validate_measure.py

validate-ablate: $(STAMP) ## simulated ablations beside published ones; writes docs/validation/ablate.md
	$(BIN)/python tools/validate_ablate.py

validate-physics: $(STAMP) ## what cortex, vessels and ice do to each energy; writes docs/validation/paper-physics.md
	$(BIN)/python tools/validate_physics.py

validate-hold: $(STAMP) ## strength beside the paper's claims, published tests and real shafts; writes docs/validation/hold.md
	$(BIN)/python tools/validate_hold.py

fuzz: $(STAMP) ## feed 5,040 damaged files to the readers: each must end in a volume or a refusal
	$(BIN)/python tools/fuzz_readers.py

bench: $(STAMP) ## where the time goes, as a table
	$(BIN)/python benchmarks/main_job.py
	$(BIN)/python benchmarks/judge_cases.py
	$(BIN)/python benchmarks/heat.py
	$(BIN)/python benchmarks/potential.py
	$(BIN)/python benchmarks/radiofrequency.py
	$(BIN)/python benchmarks/elasticity.py

docs: $(STAMP) ## write the generated pages again
	$(BIN)/python tools/build_docs.py
	$(BIN)/python tools/build_picture.py

regold: $(STAMP) ## write the golden answers again; look at the difference before committing it
	$(BIN)/python tools/regold.py

lock: $(STAMP) ## resolve and pin all dependencies with hashes (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra ui --extra registry --extra cohort \
		--extra fhir --extra dev --no-emit-index-url --generate-hashes --quiet --upgrade -o requirements.lock

clean: ## remove what was built
	rm -rf $(VENV) dist build out buttress-demo-* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(STAMP): requirements.lock pyproject.toml
	@echo "setting up $(VENV): about a minute the first time"
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "buttress needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	@# --no-deps: the lock is complete; an older pip asked to resolve extras takes newer releases than the lock's and refuses them
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	$(BIN)/python -m pip check
	@touch $(STAMP)
