# The lab: Pebble, its name server and booted hosts. Included by the Makefile.

# NAME[:nginx|apache|haproxy|none][+bare], with commas between.
LAB_HOSTS ?= web1:nginx,web2:nginx,web3:apache

.PHONY: lab lab-down lab-packages

lab: $(READY) lab-packages  ## Pebble and three booted hosts, kept up, with an inventory to use by hand
	@python -m tests.lab up --hosts '$(LAB_HOSTS)'

lab-down:  ## take that lab down
	@python3 -m tests.lab down

lab-packages:
	@tests/lab/install-packages

integration fleet demo: lab-packages
