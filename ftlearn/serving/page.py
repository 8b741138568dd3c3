"""The page on which a served model can be tried in a browser; it loads nothing from elsewhere."""

from __future__ import annotations

import html

from ftlearn.serving.model import ServedModel

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:42em;margin:2em auto;padding:0 1em;color:#222}}
pre{{background:#f3f5f7;padding:.8em;overflow-x:auto}}</style>
<h1>{name}</h1>
<p>A classifier of {count} classes: {classes}. It takes {wanted}.</p>
<p><label>Try an image: <input type="file" id="file" accept="image/png,image/jpeg"></label></p>
<pre id="said" role="status" aria-live="polite">No image sent yet.</pre>
<p>The same from a terminal:</p>
<pre>curl --data-binary @picture.png -H "Content-Type: image/png" <span id="here">http://ADDRESS</span>/predict
curl <span>http://ADDRESS</span>/health</pre>
<script>
for (const one of document.querySelectorAll("pre span")) one.textContent = location.origin;
document.getElementById("file").onchange = async (event) => {{
  const file = event.target.files[0], said = document.getElementById("said");
  if (!file) return;
  said.textContent = "Asking …";
  try {{
    const answer = await fetch("predict", {{method: "POST", body: file, headers: {{"Content-Type": file.type}}}});
    const told = await answer.json();
    said.textContent = told.error || told.predictions.map(
      (p) => p.class + " (" + Math.round(100 * p.probability) + " %)").join("\\n");
  }} catch (error) {{ said.textContent = "No answer: " + error; }}
}};
</script></html>
"""


def page(model: ServedModel) -> str:
    """Write the page of a model.

    Parameters
    ----------
    model : ServedModel
        What is served.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> "<title>a&lt;b</title>" in page(ServedModel(None, "a<b", ("no", "yes"), (8, 8, 1)))
    True
    """
    shown = ", ".join(model.classes[:20]) + (" …" if len(model.classes) > 20 else "")
    return _PAGE.format(
        name=html.escape(model.name), count=len(model.classes), classes=html.escape(shown),
        wanted=html.escape(model.wanted),
    )  # fmt: skip
