"""Makes tipline/static/vendor/world.svg, the map's outlines, from two files of the package world-atlas (TopoJSON):

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python .ci/outlines.py package > tipline/static/vendor/world.svg

Equirectangular: twenty units a degree, from 180 degrees west and 84 degrees north. Lines that cross the 180th meridian
go on beyond it, and are drawn once more on the other side. The Antarctic is left out: nobody is stuck there.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

UNITS, NORTH, SOUTH = 20, 84.0, -58.0
Line = list[tuple[float, float]]


def arcs(topology: dict[str, Any]) -> list[Line]:
    """Each arc in degrees; they are kept as differences of whole numbers."""
    (kx, ky), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        x, y, line = 0, 0, []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * kx + tx, y * ky + ty))
        found.append(line)
    return found


def rings(topology: dict[str, Any]) -> Iterator[list[int]]:
    """The arcs of each ring of every polygon, by number; ~n is arc n the other way."""
    for thing in topology["objects"].values():
        for geometry in thing.get("geometries", [thing]):
            polygons = geometry.get("arcs", [])
            for polygon in polygons if geometry["type"] == "MultiPolygon" else [polygons]:
                yield from polygon


def unwrapped(line: Line) -> Line:
    """Without the jump from one edge of the map to the other."""
    found, turn = line[:1], 0.0
    for (before, _), (lon, lat) in pairwise(line):
        turn += 360 * ((before - lon > 180) - (lon - before > 180))
        found.append((lon + turn, lat))
    return found


def drawn(line: Line, *, closed: bool) -> str:
    """A line as a path, once on each side where it leaves the map."""
    shifts = [0] + ([-360] if max(x for x, _ in line) > 180 else []) + ([360] if min(x for x, _ in line) < -180 else [])
    return "".join(path([(x + shift, y) for x, y in line], closed=closed) for shift in shifts)


def path(line: Line, *, closed: bool) -> str:
    points = [(round((x + 180) * UNITS), round((NORTH - y) * UNITS)) for x, y in line]
    steps, at = [], points[0]
    for point in points[1:]:
        if point != at:
            steps.append(f"{point[0] - at[0]} {point[1] - at[1]}".replace(" -", "-"))
            at = point
    if not steps or (closed and len(steps) < 3):
        return ""
    return f"M{points[0][0]} {points[0][1]}l" + " ".join(steps) + ("z" if closed else "")


def main(folder: Path) -> None:
    land, countries = (json.loads((folder / f"{name}-110m.json").read_text()) for name in ("land", "countries"))
    lines = arcs(land)
    fill = ""
    for ring in rings(land):
        points: Line = []
        for number in ring:
            points += lines[number] if number >= 0 else lines[~number][::-1]
        if max(y for _, y in points) > SOUTH:
            fill += drawn(unwrapped(points), closed=True)
    used = Counter(number if number >= 0 else ~number for ring in rings(countries) for number in ring)
    lines = arcs(countries)
    borders = "".join(drawn(unwrapped(lines[number]), closed=False) for number, n in used.items() if n > 1)
    shapes = f'<path id="land" d="{fill}"/><path id="borders" fill="none" d="{borders}"/>'
    sys.stdout.write(f'<svg xmlns="http://www.w3.org/2000/svg">{shapes}</svg>\n')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
