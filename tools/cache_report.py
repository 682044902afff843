"""cache_report.py FOLDER: prints, as Markdown, the report of the results that tools/cache_faults.sh left in a folder."""

import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

ABOUT = {
    "CacheDamageTest": "A real entry, damaged or in another's place",
    "CacheHostileTest": "Cost of a lookup where a hostile file is in the entry's place",
    "CacheKillTest": "Writers killed",
    "CacheErrnoTest": "Every call of the store fails, at its seam",
    "CacheErrnoTracedTest": "Every call of the store fails, as the kernel sees it (strace)",
    "CacheFlightTest": "Single flight over processes",
    "CacheEnvironmentTest": "Users, folders, environments",
    "CacheHostsTest": "Two hosts on one share",
    "ForgeryTest": "Signed mode: entries by an attacker who knows the format",
}
FIXED = {"name", "value_param", "file", "line", "status", "result", "timestamp", "time", "classname", "failures",
         "skipped"}


def words(name):
    """EveryFlippedBitIsRefused -> every flipped bit is refused"""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower()


def outcome(test):
    if test.get("failures"):
        return "FAILED"
    return "skipped" if test["result"] == "SKIPPED" else "ok"


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def file_system():
    command = ["stat", "--file-system", "--format=%T", tempfile.gettempdir()]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def print_tests(path):
    for suite in load(path)["testsuites"]:
        print(f"\n## {ABOUT[suite['name'].split('/')[-1]]}\n\n| | outcome | s | counts |\n|---|---|---:|---|")
        for test in suite["testsuite"]:
            case = words(test["name"].replace("/", ": "))
            counts = "; ".join(f"{key.replace('_', ' ')} {value}" for key, value in test.items() if key not in FIXED)
            print(f"| {case} | {outcome(test)} | {test['time'].rstrip('s')} | {counts} |")


def print_benchmark(path):
    print("\n## Costs (`tests/benchmarks/cache_benchmark.cc`)\n\n| | mean | |\n|---|---:|---|")
    for run in load(path)["benchmarks"]:
        own = [f"{key.replace('_', ' ')} {value:.3g}" for key, value in run.items()
               if key.endswith("p50_us") or key == "ratio"]
        print(f"| {words(run['name'].split('/')[0].replace('_', ' '))} | {run['real_time']:.3g} {run['time_unit']} "
              f"| {'; '.join(own)} |")


def print_fuzz(log):
    print("\n## Fuzzing (`tools/fuzz.sh`, libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer)\n\n"
          "| reader | executions | s | findings |\n|---|---:|---:|---:|")
    text = log.read_text(encoding="utf-8", errors="replace")
    executed, seconds = re.search(r"Done (\d+) runs in (\d+) second", text).groups()
    findings = len(re.findall(r"^SUMMARY: ", text, re.MULTILINE))
    print(f"| {log.stem} | {int(executed):,} | {seconds} | {findings} |")


def print_portability(path):
    print("\n## Where compiled kernels may move (`tools/portability.sh`)\n\n"
          f"```text\n{path.read_text(encoding='utf-8').strip()}\n```")


def main():
    folder = pathlib.Path(sys.argv[1])
    print("# What the cache withstands\n\n"
          "Written by `tools/cache_faults.sh`: the tests of `tests/faults/` in their full form, forgeries, fuzzing,\n"
          "moved folders, and costs.\n\n"
          f"Linux {platform.release().split('-')[0]}, {file_system()}, {os.cpu_count()} cores, "
          f"as {'root' if os.geteuid() == 0 else 'a user'}.")
    for tests in ("faults", "trust"):
        print_tests(folder / f"{tests}.json")
    print_fuzz(folder / "entry.log")
    print_portability(folder / "portability.txt")
    print_benchmark(folder / "benchmark.json")


if __name__ == "__main__":
    main()
