# What CI checks, without its fresh environments: run it inside an environment made with pip install -e '.[dev]'.
.PHONY: check format lint types imports readme test

check: lint types imports readme test

format:
	ruff format .
	ruff check --fix .

lint:
	ruff check .
	ruff format --check .

types:
	mypy --strict validator

imports:
	lint-imports

readme:
	python docs/refresh.py --check

test:
	pytest
