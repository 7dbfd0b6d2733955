# The instructor's verbs. Each is one line that calls ./classroom; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help provision cards password plan health verify status logs shell teardown test mutate lint bench doors dashboards lock

opt = $(if $($(1)),--$(2)="$($(1))")
yes = $(if $(filter yes,$($(1))),--$(2))

help: ## list the verbs
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

provision: ## build and prove N seats: N=3, SEATS=seat-02, GRAFANA=path, FORCE=yes, CONFIRM=yes
	@./classroom provision $(call opt,N,seats) $(call opt,SEATS,only) $(call opt,GRAFANA,grafana) $(call yes,FORCE,force) $(call yes,CONFIRM,confirm) $(call opt,CLASS,file)

cards: ## the cards to hand out, as a PDF: SEATS=seat-02; new codes with ROTATE=yes
	@./classroom cards $(call opt,SEATS,only) $(call yes,ROTATE,rotate) $(call opt,CLASS,file)

password: ## a new password for the console, shown once
	@./classroom password $(call opt,CLASS,file)

plan: ## print what provision would change and why: N=5, SEATS=seat-02
	@./classroom plan $(call opt,N,seats) $(call opt,SEATS,only) $(call opt,GRAFANA,grafana) $(call opt,CLASS,file)

health: ## probe every component of every seat: JSON=file, JUNIT=file
	@./classroom health $(call opt,JSON,json) $(call opt,JUNIT,junit) $(call opt,CLASS,file)

verify: ## check users, files, ports, limits, versions in the live classroom: DEEP=yes plays the labs, SEATS=seat-02, LABS=D1L3
	@./classroom verify $(call yes,DEEP,deep) $(call opt,SEATS,only) $(call opt,LABS,labs) $(call opt,CLASS,file)

status: ## what exists, and the last health result: JSON=-
	@./classroom status $(call opt,JSON,json) $(call opt,CLASS,file)

logs: ## what a seat's components logged: SEAT=seat-02, COMPONENT=temporal
	@./classroom logs $(call opt,SEAT,seat) $(call opt,COMPONENT,component) $(call opt,CLASS,file)

shell: ## a shell in a seat's workspace: SEAT=seat-02
	@./classroom shell $(call opt,SEAT,seat) $(call opt,CLASS,file)

teardown: ## archive the work, remove the classroom, print the receipt: COLLECT=no, IMAGES=yes, CONFIRM=yes
	@./classroom teardown $(if $(filter no,$(COLLECT)),--no-collect) $(call yes,IMAGES,images) $(call yes,CONFIRM,confirm) $(call opt,CLASS,file)

test: ## lint, unit and integration tests on real containers (installs what it needs)
	@CLASSROOM_LOCKFILE=requirements-dev.txt ./classroom --environment-only && .venv/bin/python tests/run.py

mutate: ## take each security control away from a real room: its test has to notice
	@CLASSROOM_LOCKFILE=requirements-dev.txt ./classroom --environment-only && .venv/bin/python -m tests.security.mutate

lint: ## the linters alone
	@CLASSROOM_LOCKFILE=requirements-dev.txt ./classroom --environment-only && .venv/bin/python tests/run.py lint

bench: ## measure the budgets at N seats: N=10, GRAFANA=path, JSON=file
	@CLASSROOM_LOCKFILE=requirements-dev.txt ./classroom --environment-only && .venv/bin/python bench/run.py $(or $(N),10) $(call opt,GRAFANA,grafana) $(call opt,JSON,json)

doors: ## measure the front door while N attendees come in at once: N=10, GRAFANA=path, JSON=file
	@CLASSROOM_LOCKFILE=requirements-dev.txt ./classroom --environment-only && .venv/bin/python -m bench.doors $(or $(N),10) $(call opt,GRAFANA,grafana) $(call opt,JSON,json)

dashboards: ## write the dashboards' JSON again from their code
	@CLASSROOM_LOCKFILE=requirements-dev.txt ./classroom --environment-only && .venv/bin/python -m dashboards

lock: ## lock the Python dependencies again (needs uv)
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header -o requirements.txt requirements.in
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header -o requirements-dev.txt requirements-dev.in
	uv pip compile --quiet --upgrade --python-version 3.13 --generate-hashes --no-header --no-emit-package lark --no-emit-package rfc3987-syntax -o images/workspace/requirements.txt images/workspace/requirements.in
	uv pip compile --quiet --upgrade --python-version 3.13 --generate-hashes --no-header -o images/portal/requirements.txt images/portal/requirements.in
