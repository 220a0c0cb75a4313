"""Draws a captured terminal screen as an SVG: draw.py COLUMNS SCREEN.ansi OUT.svg

Needs rich. The picture names no web font, so that nothing is loaded from elsewhere.
"""

import pathlib
import sys

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

# The sixteen colours: (background, text, the dark ones, the bright ones).
THEME = TerminalTheme(
    (22, 27, 34),
    (201, 209, 217),
    [(72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34), (88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196)],
    [(110, 118, 129), (255, 161, 152), (86, 211, 100), (227, 179, 65), (121, 192, 255), (210, 168, 255), (86, 212, 221), (240, 246, 252)],
)

SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img"
  aria-label="A terminal: docker build fails, and whyfail tells why below its output">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    columns, screen, out = int(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    lines = screen.read_text(encoding="utf-8").rstrip("\n").split("\n")
    with open("/dev/null", "w") as nowhere:
        console = Console(width=columns, record=True, file=nowhere, force_terminal=True, color_system="truecolor", legacy_windows=False)
        for line in lines:
            console.print(Text.from_ansi(line.rstrip()), no_wrap=True, overflow="crop")
    out.write_text(console.export_svg(title="", theme=THEME, code_format=SVG, unique_id="tour"), encoding="utf-8")


if __name__ == "__main__":
    main()
