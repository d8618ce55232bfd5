PYTHON ?= python3
BIN := .venv/bin

METHODS := mean random-backbone scratch resnet18 adapt

.PHONY: demo test results lint types constraints clean

# The whole benchmark on synthetic faces, from nothing: train, test, table.
demo: .venv/installed
	$(BIN)/aubench run --method adapt --protocol disfa3fold
	$(BIN)/aubench table --metric icc

# Everything that continuous integration checks.
test: .venv/installed-test lint types
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto -m "not gpu and not slurm"

# The records and tables kept in results/, on the synthetic twin.
results: .venv/installed
	for method in $(METHODS); do \
		OMP_NUM_THREADS=1 $(BIN)/aubench run --method $$method --protocol disfa3fold --results results || exit 1; \
	done
	for metric in icc mse; do \
		$(BIN)/aubench table --metric $$metric --protocol disfa3fold --results results \
			--format markdown > results/disfa3fold-$$metric.md || exit 1; \
	done

lint: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-test
	$(BIN)/mypy

# Pins for every platform and extra; run it after changing the dependencies in pyproject.toml.
constraints: .venv/installed
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras \
		--no-annotate --no-header pyproject.toml --output-file constraints.txt

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/installed-test: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf .venv runs
