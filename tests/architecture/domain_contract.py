"""An import contract for import-linter: a domain uses of another domain its service, its errors and its manifest, nothing else."""

import ast
from importlib.util import find_spec
from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

ALWAYS_PUBLIC = frozenset({"service", "errors", "manifest"})


class DomainsMeetInTheirServices(Contract):
    """Holds for every package below `ancestor`, so that a new domain needs no contract of its own.

    A domain may open further modules by `PUBLIC = ("sync_rows",)` in its `__init__.py`, for functions that return frozen values.
    """

    ancestor = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find every import of one domain from another that passes by its public modules."""
        del verbose
        imports = [
            (importer, imported)
            for importer in sorted(graph.find_descendants(str(self.ancestor)))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported.startswith(f"{self.ancestor}.") and not self._is_allowed(importer, imported)
        ]
        return ContractCheck(kept=not imports, metadata={"imports": imports})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that is not allowed."""
        for importer, imported in check.metadata["imports"]:
            output.print_error(f"{importer} imports {imported}")

    def _is_allowed(self, importer: str, imported: str) -> bool:
        prefix = f"{self.ancestor}."
        own, other = (name.removeprefix(prefix).split(".") for name in (importer, imported))
        if own[0] == other[0]:
            return True
        return len(other) > 1 and other[1] in ALWAYS_PUBLIC | public_modules(prefix + other[0])


def public_modules(package: str) -> frozenset[str]:
    """Return what a package lists in `PUBLIC`, without importing it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return frozenset()
    for node in ast.parse(Path(spec.origin).read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PUBLIC":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()
