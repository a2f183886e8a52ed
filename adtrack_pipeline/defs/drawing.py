"""Small pictures and tables for metadata: markdown text from plain values. Pure.

Does not belong here: knowing what the numbers mean.
"""

import base64
from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

BAR_WIDTH, GAP, HEIGHT, MARGIN = 9, 3, 56, 16
INK, PALE = "#4f46e5", "#94a3b8"


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """A markdown table of equally shaped rows, without columns that are empty; "" without rows.

    Text is shown as it is, whatever is in it.
    """
    names = [name for name in rows[0] if any(row[name] not in {None, ""} for row in rows)] if rows else []
    if not names:
        return ""
    lines = [names, ["---"] * len(names), *([_cell(row[name]) for name in names] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def bars(values: Mapping[str, Decimal | float | int], unit: str) -> str:
    """A markdown image of one bar per label (a day, oldest first); "" without values."""
    if not values:
        return ""
    labels, numbers = list(values), [max(float(value), 0.0) for value in values.values()]
    top = max(numbers) or 1.0
    width = max(len(numbers) * (BAR_WIDTH + GAP), 220)
    parts = [
        _bar(n, label, value, top, unit) for n, (label, value) in enumerate(zip(labels, numbers, strict=True))
    ]
    caption = f"{labels[0]} … {labels[-1]}, highest {top:,.0f} {unit}"
    style = f'font-family="sans-serif" font-size="10" fill="{PALE}"'
    parts.append(f'<text x="0" y="{HEIGHT + 12}" {style}>{escape(caption)}</text>')
    size = f'width="{width}" height="{HEIGHT + MARGIN}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'
    return f"![{caption}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _bar(n: int, label: str, value: float, top: float, unit: str) -> str:
    tall = max(round(value / top * HEIGHT), 1)
    title = f"<title>{escape(label)}: {value:,.2f} {escape(unit)}</title>"
    place = f'x="{n * (BAR_WIDTH + GAP)}" y="{HEIGHT - tall}" width="{BAR_WIDTH}" height="{tall}"'
    return f'<rect {place} fill="{INK}">{title}</rect>'


def _cell(value: object) -> str:
    """Names of campaigns and accounts are other people's text: no markup, no line break, no new column."""
    text = "" if value is None else str(value)
    for char in "\\`*_[]<>|#!":
        text = text.replace(char, f"\\{char}")
    return " ".join(text.split())
