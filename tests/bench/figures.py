"""What a measurement says: one line each, as a Markdown table and as JSON."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One number. ``met`` is None where no target was agreed."""

    name: str
    value: float
    unit: str = ""
    target: str = ""
    met: bool | None = None

    @property
    def shown(self) -> str:
        number = f"{self.value:,.0f}" if abs(self.value) >= 100 else f"{self.value:.3g}"
        return f"{number} {self.unit}".strip()


def at_most(name: str, value: float, unit: str, limit: float) -> Figure:
    return Figure(name, value, unit, f"≤ {limit:g} {unit}".strip(), value <= limit)


def at_least(name: str, value: float, unit: str, limit: float) -> Figure:
    return Figure(name, value, unit, f"≥ {limit:g} {unit}".strip(), value >= limit)


def percentile(values: Sequence[float], part: float) -> float:
    """The value that ``part`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def middle(values: Iterable[float]) -> float:
    return statistics.median(values)


def table(title: str, figures: Iterable[Figure]) -> str:
    answer = {None: "", True: "yes", False: "**no**"}
    rows = [f"| {f.name} | {f.shown} | {f.target} | {answer[f.met]} |" for f in figures]
    return "\n".join([f"### {title}", "", "| measure | figure | target | met |", "|---|--:|---|---|", *rows])


def keep(folder: Path, name: str, figures: Iterable[Figure]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(figure) for figure in figures], indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
