"""A `yosys` command for the Python package pyosys, which ships Yosys as a library only.

Understands the options that scripts use; an option it does not know is an error, never ignored.
"""

import argparse
import ctypes
import os
import re
import signal
import sys

READERS = {
    ".v": "read_verilog",
    ".sv": "read_verilog -sv",
    ".il": "read_rtlil",
    ".json": "read_json",
    ".blif": "read_blif",
    ".lib": "read_liberty",
}
PR_SET_PDEATHSIG = 1


class InOrder(argparse.Action):
    """Collects -p and -s in one list, since Yosys runs them in the order given."""

    def __call__(self, _parser, namespace, value, option=None):
        namespace.commands.append(value if option == "-p" else f"script {value}")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="yosys-current", add_help=False, allow_abbrev=False)
    parser.set_defaults(commands=[])
    parser.add_argument("--help", action="help", help="show this list")
    parser.add_argument("-V", "--version", action="store_true", help="print the version")
    parser.add_argument("-q", action="count", default=0, help="only warnings and errors; twice: only errors")
    parser.add_argument("-Q", action="store_true", help="no banner (there is none)")
    parser.add_argument("-T", action="store_true", help="no footer (there is none)")
    parser.add_argument("-l", metavar="FILE", help="write the log to this file too")
    parser.add_argument("-p", metavar="COMMANDS", action=InOrder, help="run these commands, after reading the files")
    parser.add_argument("-s", metavar="FILE", action=InOrder, help="run the commands in this file")
    parser.add_argument("-D", metavar="NAME[=VALUE]", action="append", default=[], help="define a Verilog macro")
    parser.add_argument("files", metavar="FILE", nargs="*", help=f"design files to read first: {' '.join(READERS)}")
    options = parser.parse_intermixed_args(arguments)
    for file in options.files:
        if os.path.splitext(file)[1] not in READERS:
            parser.error(f"cannot tell from its name how to read {file}; read it in -p")
    if not (options.version or options.commands or options.files):
        parser.error("nothing to do: give files, -p or -s (there is no interactive shell)")
    return options


def script(options):
    """The command line as one Yosys script."""
    lines = [f"read -define {definition}" for definition in options.D]
    lines += [f'{READERS[os.path.splitext(file)[1]]} "{file}"' for file in options.files]
    return "\n".join(lines + options.commands) + "\n"


def run_yosys(options, log):
    """Runs what the options ask for. Yosys itself ends the process, with exit code 1, at an error."""
    from pyosys import libyosys as ys

    if options.version:
        print(ys.yosys_maybe_version())
        return

    # The library can redirect the log of one command only, its `tee`; so everything becomes one command, a script.
    commands = os.memfd_create("script")
    os.write(commands, script(options).encode())
    call = ["script", f"/dev/fd/{commands}"]
    logs = [name for name in (log, options.l) if name]
    if logs or options.q:
        quiet = ["-q"] if options.q else []
        call = ["tee", *quiet, *(word for name in logs for word in ("-o", name)), *call]
    # A design of our own: at exit the library frees the one of yosys_get_design() twice.
    ys.Pass.call(ys.Design(), ys.StringVector(call))


def copy_problems(log, warnings):
    """Copies warnings (each once) and everything from the first error on to stderr, as `yosys -q` does."""
    seen = set()
    failed = False
    for line in log:
        failed = failed or re.match(r"(\S+:\d\S*: )?ERROR: ", line)
        if failed or (warnings and line not in seen and re.match(r"(\S+:\d\S*: )?Warning: ", line)):
            seen.add(line)
            sys.stderr.write(line)
            sys.stderr.flush()


def run_quietly(options):
    """Runs Yosys in a child whose log comes through a pipe, and shows what `yosys -q` would show of it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        # Whoever kills this command means Yosys.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        run_yosys(options, f"/dev/fd/{writer}")
        return
    os.close(writer)
    with open(reader, encoding="utf-8", errors="replace") as log:
        copy_problems(log, warnings=options.q == 1)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    sys.exit(code if code >= 0 else 128 - code)


def main():
    options = parse(sys.argv[1:])
    if options.q and not options.version:
        run_quietly(options)
    else:
        run_yosys(options, None)


if __name__ == "__main__":
    main()
