"""Wall time of ``import skemotion`` and ``skemotion --help`` in new processes.

Run: python benchmarks/speed/imports.py
"""

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import skemotion": ["-c", "import skemotion"],
    "skemotion --help": ["-m", "skemotion", "--help"],
}


def main(repeats=9):
    seconds = {name: [] for name in COMMANDS}
    for _ in range(repeats):
        for name, arguments in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - start)
    empty = statistics.median(seconds["python -c pass"])
    for name, values in seconds.items():
        middle = statistics.median(values)
        print(f"{name:20} {middle:.3f} s, {middle - empty:.3f} s over an empty interpreter")


if __name__ == "__main__":
    main()
