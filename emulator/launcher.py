"""Start the pinned emulator with this project's supplements.

    python launcher.py [--plain]

`--plain` leaves the supplements out: what the emulator does alone. Everything else comes from environment variables
(`emulator.ts` sets them).

The launcher lives as long as its standard input is open. Whoever started it holds the other end, so the emulator
cannot outlive its owner, however the owner ends: on end of file it ends the Lambda workers, removes its state
(`EMULATOR_STATE`) and ends its whole process group.
"""

import importlib
import os
import pathlib
import shutil
import signal
import sys
import threading

SUPPLEMENTS = pathlib.Path(__file__).parent / "supplements"


def apply_supplements() -> None:
    for path in sorted(SUPPLEMENTS.glob("[!_]*.py")):
        importlib.import_module(f"supplements.{path.stem}").apply()
        print(f"supplement: {path.stem}", flush=True)


def end_with_owner() -> None:
    """Wait for the end of standard input, then leave nothing behind."""
    sys.stdin.buffer.read()
    try:
        from ministack.core import lambda_runtime

        # Ends the workers and waits for them, so that none is left as a zombie; the signal below takes what this misses.
        lambda_runtime.reset()
    finally:
        if state := os.environ.get("EMULATOR_STATE"):
            shutil.rmtree(state, ignore_errors=True)
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os._exit(0)


def main() -> None:
    if "--plain" not in sys.argv[1:]:
        try:
            apply_supplements()
        except Exception as error:
            sys.exit(f"{type(error).__name__}: {error}")
    sys.argv = sys.argv[:1]  # the emulator reads its own options from here; it gets none
    threading.Thread(target=end_with_owner, daemon=True).start()
    from ministack.app import main as serve

    serve()


if __name__ == "__main__":
    main()
