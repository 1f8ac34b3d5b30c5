"""Pages for people, from templates: each one file that needs no other, light or dark as its reader's screen.

    environment = templates(Path(__file__).parent)
    text = environment.get_template("contact_sheet.html.j2").render(title="Sample: what the check found", …)

What is put into a template is escaped, and a name that it was not given is an error.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent


def templates(folder: Path) -> Environment:
    """The templates of a folder; they may build on those beside this file.

    Of these, `page.html.j2` is a whole page with its blocks `style` and `body`; `parts.html.j2` has what
    stands on several pages.
    """
    return Environment(
        loader=FileSystemLoader([folder, _HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
