"""An import contract for import-linter: a domain uses of another domain its service, its errors and its manifest, nothing else."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

PUBLIC = ("service", "errors", "manifest")


class DomainsMeetInTheirServices(Contract):
    """Holds for every package below `ancestor`, so that a new domain needs no contract of its own."""

    ancestor = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find every import of one domain from another that passes by its public modules."""
        del verbose
        prefix = f"{self.ancestor}."
        found = [
            (importer, imported)
            for importer in sorted(graph.find_descendants(str(self.ancestor)))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported.startswith(prefix) and not self._is_allowed(importer, imported)
        ]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that is not allowed."""
        for importer, imported in check.metadata["found"]:
            output.print_error(f"{importer} imports {imported}")

    def _is_allowed(self, importer: str, imported: str) -> bool:
        prefix = f"{self.ancestor}."
        own, other = (name.removeprefix(prefix).split(".") for name in (importer, imported))
        return own[0] == other[0] or (len(other) > 1 and other[1] in PUBLIC)
