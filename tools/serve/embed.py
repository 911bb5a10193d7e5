#!/usr/bin/env python3
"""Writes the C++ source that holds the files of the page. usage: embed.py OUTPUT FILE..."""

import os
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
PIECE = 8000  # bytes of a literal: compilers limit their length


def literal(data):
    """The bytes as C++ string literals, one after the other."""
    pieces = []
    for start in range(0, max(len(data), 1), PIECE):
        text = "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in data[start:start + PIECE])
        pieces.append(f'"{text}"')
    return "\n    ".join(pieces)


def main():
    output, paths = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
    rows = []
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        name = os.path.basename(path)
        rows.append(f'    {{"{name}", "{TYPES[os.path.splitext(name)[1]]}",\n    std::string_view({literal(data)}, {len(data)})}},\n')
    with open(output, "w", encoding="ascii") as file:
        file.write('#include "tools/serve/page_files.h"\n\nnamespace gyre {\nnamespace {\nconstexpr PageFile kFiles[] = {\n')
        file.writelines(rows)
        file.write("};\n}  // namespace\nabsl::Span<const PageFile> PageFiles() { return kFiles; }\n}  // namespace gyre\n")


if __name__ == "__main__":
    main()
