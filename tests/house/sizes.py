#!/usr/bin/env python3
"""sizes.py ROOT: fails if a source file has over 300 lines or a function over 60, and names each.

Functions of C++ and CUDA are found by their braces: at namespace or class scope, a brace that
follows a parameter list opens one. Comments, strings and preprocessor lines are blanked first.
"""
import ast
import pathlib
import re
import sys

FILE_LINES, FUNCTION_LINES = 300, 60
FOLDERS = ("include", "src", "cache", "kernels", "tools", "tests", "cmake", ".ci", "CMakeLists.txt")
SUFFIXES = {".h", ".c", ".cc", ".cu", ".cuh", ".py", ".sh", ".cmake", ".txt"}
LONG_FILES = (
    "include/jitgemm/jitgemm.h",  # the C ABI is one header, most of it contracts
    "src/plan/tuned/",  # tables of measurements
)
BLANKED = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'
    r"(?<!\w)'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*",
    re.DOTALL | re.MULTILINE)
PARAMETERS_END = re.compile(
    r"(\)|\{\}|\b(const|noexcept|override|final|mutable|try)|\)\s*->[^;{}()]*)$")
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


def cpp_functions(text):
    """Yields (name, first line, last line) of each function."""
    text = BLANKED.sub(lambda match: re.sub(r"[^\n]+", "", match[0]) or " ", text)
    head, first, line = "", 1, 1  # the text since the last statement or block, and its first line
    outer = []  # one entry per open brace: the head before it if it is an initialiser, else None
    function = None  # the open one: name, first line, number of braces around it
    for char in text:
        if not head.strip():
            first = line
        line += char == "\n"
        if char == "{":
            plain = re.sub(r"__\w+__\([^)]*\)", "", head).strip()
            if function:
                outer.append(None)
            elif PARAMETERS_END.search(plain) and "(" in plain:
                test = re.match(r"TEST\w*\(([^)]*)\)", plain)
                name = test or re.search(r"([^\s*&(]+)\(", plain) or re.match("()", plain)
                function = (name[1].replace(", ", "."), first, len(outer))
                outer.append(None)
            else:
                outer.append(None if SCOPE.search(plain) and "=" not in plain else head)
            head = ""
        elif char == "}":
            restored = outer.pop()
            head = "" if restored is None else restored + "{}"
            if function and function[2] == len(outer):
                yield function[0], function[1], line
                function = None
        elif char == ";" and not (function or head.count("(") > head.count(")")):
            head = ""
        elif not function:
            head += char


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.lineno, node.end_lineno


def shell_functions(text):
    for match in re.finditer(r"^(\w+)\(\) \{\n.*?^\}", text, re.DOTALL | re.MULTILINE):
        first = text.count("\n", 0, match.start()) + 1
        yield match[1], first, first + match[0].count("\n")


def too_long(root, path):
    name = path.relative_to(root).as_posix()
    text = path.read_text()
    lines = text.count("\n")
    if lines > FILE_LINES and not name.startswith(LONG_FILES):
        yield f"{name}: {lines} lines, at most {FILE_LINES}"
    functions = {".py": python_functions, ".sh": shell_functions}.get(path.suffix)
    if path.suffix in {".h", ".c", ".cc", ".cu", ".cuh"}:
        functions = cpp_functions
    for function, first, last in functions(text) if functions else ():
        if last - first + 1 > FUNCTION_LINES:
            lines = last - first + 1
            yield f"{name}:{first}: {function} has {lines} lines, at most {FUNCTION_LINES}"


def check_this_script():
    body = "  x = {'}', \"}\"};  // }\n" * 60
    text = "namespace a {\nstruct B : C {\n  B() : x{1} {}\n};\ntemplate <int N>\nint f(int x) {\n"
    found = list(cpp_functions(text + body + "}\n}\n"))
    assert found == [("B", 3, 3), ("f", 5, 67)], found


def main(root):
    check_this_script()
    paths = [path for folder in FOLDERS for path in [root / folder, *(root / folder).rglob("*")]]
    files = [path for path in sorted(paths) if path.suffix in SUFFIXES and path.is_file()]
    found = [line for path in files for line in too_long(root, path)]
    print("\n".join([*found, f"{len(files)} files, {len(found)} findings"]))
    return 1 if found or len(files) < 100 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
