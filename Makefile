# Lacuna. On a fresh Debian 12 with Rust, g++ and Python two commands do everything:
#
#   make demo     our face detector becomes Verilog, Verilator runs a photograph through it, the faces are drawn
#   make test     all tests, those with HDL tools included; a tool that is missing is a failure
#
# Both install what they lack (tools/setup.sh). `cargo test` alone needs no HDL tool.

LACUNA := target/release/lacuna
DEMO   := build/demo
PHOTO  := models/cff/astronaut.jpg
DATA   ?=
CALIBRATION ?=

.PHONY: demo test lint sets data digits bench clean

demo:
	@echo "Three steps, two to six minutes: build Lacuna (release), make the core, simulate a photograph through it"
	@tools/setup.sh demo
	cargo build --release --package lacuna
	@mkdir -p $(DEMO)
	@$(LACUNA) generate models/cff -o $(DEMO)/core
	@$(LACUNA) detect models/cff --image $(PHOTO) -o $(DEMO)/faces.png
	@$(LACUNA) simulate $(DEMO)/core --input $(PHOTO)
	@echo "Look at $(DEMO)/faces.png, and at the core in $(DEMO)/core/rtl/cff.v"

test: lint
	@tools/setup.sh test
	cargo test --quiet
	cargo test --quiet --package lacuna-testbenches

lint:
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- --deny warnings

# Quality and adders against the dyadic set, for docs/sets.md: make sets DATA=folder-with-boxes.txt CALIBRATION=folder
sets:
	@cargo build --release --quiet --package lacuna
	@tools/sets.sh $(LACUNA) models/cff "$(DATA)" "$(CALIBRATION)"

# MNIST as idx files in data/mnist, a folder that Git ignores
data:
	@tools/mnist.sh data/mnist

# Accuracy and cost of the digit network against the dyadic set, for docs/digits.md:
# make digits DATA=data/mnist [CALIBRATION=digits.npy]
digits:
	@cargo build --release --quiet --package lacuna
	@tools/digits.sh $(LACUNA) models/digits "$(DATA)" "$(CALIBRATION)"

# Adder graphs on a folder of matrices: make bench DATA=folder-of-matrices
bench:
	cargo bench --package lacuna-adder-graph -- $(abspath $(DATA))

clean:
	cargo clean
	rm -rf build
