"""The modules of the package import each other in one direction."""

import ast
import graphlib
import pathlib
import unittest

import jitgemm

PACKAGE = pathlib.Path(jitgemm.__file__).parent


def imports_of(path):
    """The modules of the package that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [[*node.module.split("."), alias.name] for alias in node.names]
        else:
            continue
        for package, *module in names:
            if package == "jitgemm":
                found = module and (PACKAGE / f"{module[0]}.py").exists()
                yield module[0] if found else "__init__"


class ImportTest(unittest.TestCase):
    def test_there_is_no_circle(self):
        graph = {path.stem: set(imports_of(path)) for path in PACKAGE.glob("*.py")}
        self.assertIn("_tensors", graph["_library"])
        graphlib.TopologicalSorter(graph).prepare()  # raises CycleError


if __name__ == "__main__":
    unittest.main()
