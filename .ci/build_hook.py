"""What building the package needs beyond copying files: compiled catalogues, and the templates inside the wheel."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for po in sorted(Path(self.root, "tipline", "translations").glob("*/LC_MESSAGES/*.po")):
            mo = po.with_suffix(".mo")
            with po.open("rb") as source, mo.open("wb") as target:
                write_mo(target, read_po(source, locale=po.parents[1].name))
            build_data["artifacts"].append(mo.relative_to(self.root).as_posix())
        # An editable install reads the templates beside the package; a copy inside it would go stale.
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"]["templates"] = "tipline/templates"
