"""A lesson's scene as one self-contained HTML file, which asks for nothing from anywhere."""

from chainrule.lesson._static import plain_script, stylesheet

__all__ = ["saved_page"]

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
script-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body class="lesson-page">
<div id="lesson"></div>
<script type="application/json" id="scene">{scene}</script>
<script>
const render = {script};
const scene = JSON.parse(document.getElementById("scene").textContent);
const nothing = () => {{}};
const model = {{ scene, page: true, on: nothing, off: nothing, send: nothing }};
render({{ model, el: document.getElementById("lesson") }});
</script>
</body>
</html>
"""


def saved_page(scene: str, title: str = "How a network learns") -> str:
    """Return a page that shows a scene and still answers to the mouse, for what needs no new numbers.

    Parameters
    ----------
    scene : str
        As `Scene.to_json` writes it.
    title : str

    Returns
    -------
    str
        HTML. What stands in the scene is data: ``<``, ``>`` and ``&`` are written as ``\\u003c`` and so on,
        which no browser takes for a tag.
    """
    return _PAGE.format(
        title=_in_html(title), style=stylesheet(), scene=_in_script(scene), script=plain_script()
    )


def _in_script(text: str) -> str:
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _in_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
