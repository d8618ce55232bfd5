PYTHON ?= python3
BIN := .venv/bin

KEEP := OMP_NUM_THREADS=1 $(BIN)/aubench run --results results
FLOORS := mean geometric-svr
TRAINED := adapt scratch random-backbone resnet18 attention finetune reparam hr2018 g2rl
ORDER := adapt:geometric-svr adapt:mean adapt:scratch scratch:random-backbone scratch:resnet18 \
	random-backbone:mean resnet18:mean

CARRIERS := scratch finetune adapt attention reparam random-backbone hr2018 hr2018-single \
	g2rl g2rl-baseline resnet18 timm/resnet50 timm/vit_base_patch16_224

# What a local build of torch replaces: its files are not those of the public index.
TORCH = $(shell sed -n 's/^\(torch\|torchvision\|triton\|cuda-[a-z]*\|nvidia-[a-z0-9-]*\)==.*/\1/p' constraints.txt | sort -u)

.PHONY: demo test results results-tables recipes lint types constraints verified licences sbom clean

# The whole benchmark on synthetic faces, from nothing: train, test, table.
demo: .venv/installed
	$(BIN)/aubench run --method adapt --protocol disfa3fold
	$(BIN)/aubench table --metric icc

# Everything that continuous integration checks.
test: .venv/installed-test lint types
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto -m "not gpu and not slurm"

# The records and tables kept in results/, on the synthetic twins: many hours on two cores.
results: .venv/installed
	for method in $(FLOORS); do $(KEEP) --method $$method --protocol disfa3fold || exit 1; done
	$(KEEP) --method mean --protocol disfa-arl
	$(KEEP) --method hr2018 --protocol fera2015
	for method in $(TRAINED); do \
		$(KEEP) --method $$method --protocol disfa3fold --seeds 0-2 || exit 1; \
	done
	$(MAKE) results-tables

# The tables and comparisons of the records in results/, as many as there are.
results-tables: .venv/installed
	for protocol in $(notdir $(wildcard results/disfa3fold results/fera2015)); do \
		for metric in icc mse; do \
			$(BIN)/aubench table --metric $$metric --protocol $$protocol --results results \
				--format markdown > results/$$protocol-$$metric.md || exit 1; \
		done; \
	done
	for pair in $(ORDER); do for metric in icc mse; do \
		one=results/disfa3fold/$${pair%:*}; two=results/disfa3fold/$${pair#*:}; \
		[ ! -d $$one ] || [ ! -d $$two ] || \
			$(BIN)/aubench compare --metric $$metric $$one/* $$two/* || exit 1; \
	done; done > results/disfa3fold-order.txt

# docs/recipes.md, from what the methods carry.
recipes: .venv/installed
	( printf '# Recipes\n\nEvery value that the methods carry, stated by the paper or assumed. `aubench info METHOD` prints the same; `make recipes` makes this page.\n\n'; \
	$(BIN)/aubench info $(CARRIERS) --format markdown ) > docs/recipes.md

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
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra test \
		--extra tensorboard --constraint constraints.txt --generate-hashes --no-annotate \
		--no-header $(TORCH:%=--no-emit-package %) pyproject.toml --output-file hashes.txt

# The environment of `make test`, every file of it but torch's checked against hashes.txt. pip takes
# hashes for a whole list of files or not at all, and for no editable package (docs/supply.md).
verified:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --no-deps --requirement hashes.txt
	$(BIN)/pip install --quiet --constraint constraints.txt torch torchvision
	$(BIN)/pip install --quiet --no-deps --editable .
	touch .venv/installed .venv/installed-test

# docs/licences.md, of everything that is installed.
licences: .venv/installed-test .venv/tools
	( printf '# Licences\n\nOf every package that `make test` installs, as it states them; `make licences` makes this page. What the wheels carry besides: [supply.md](supply.md).\n\n'; \
	.venv/tools/bin/pip-licenses --python $(BIN)/python --format markdown --from mixed ) > docs/licences.md

# sbom.json: the software bill of materials (CycloneDX) of what is installed.
sbom: .venv/installed-test .venv/tools
	.venv/tools/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml \
		--of JSON --output-file sbom.json

.venv/tools: .venv/installed
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet cyclonedx-bom==7.5.0 pip-licenses==5.5.5

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/installed-test: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

clean:
	rm -rf .venv runs
