"""How help is printed: docstrings as paragraphs that fill the terminal, without a markdown parser's start-up time."""

from typing import Any


class HelpText:
    """The formatter of every help page; the work is done by the library's own, imported when a page is printed."""

    def __call__(self, console: Any, options: Any, panel: Any) -> None:
        """Print a panel of commands or parameters."""
        _default()(console, options, panel)

    def render_usage(self, console: Any, options: Any, usage: Any) -> None:
        """Print the usage line."""
        _default().render_usage(console, options, usage)

    def render_description(self, console: Any, options: Any, description: Any) -> None:
        """Print the description: lines of the source that belong to one paragraph flow together."""
        text = getattr(description, "primary_renderable", None)
        plain = getattr(text, "plain", None)
        if plain is None:
            _default().render_description(console, options, description)
            return
        paragraphs = [" ".join(paragraph.split()) for paragraph in plain.split("\n\n")]
        console.print("\n\n".join(paragraphs) + "\n", markup=False, highlight=False)


def _default() -> Any:
    from cyclopts.help.formatters import DefaultFormatter

    return DefaultFormatter()
