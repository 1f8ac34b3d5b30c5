"""How a report looks: light or dark as the reader's screen is, from 360 px wide, in one file of its own.

page("Sample: what the doctor found", "<h1>Sample</h1>…")
"""

from html import escape


def page(title: str, body: str, style: str = "") -> str:
    """A whole page that needs no other file.

    Args:
        title: plain text.
        body: HTML inside `main`.
        style: CSS beside STYLE.
    """
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head><body><main>"
        f"{body}</main></body></html>\n"
    )


STYLE = """
:root { color-scheme: light dark; --paper: #faf8f5; --card: #fff; --ink: #221d18; --soft: #6d645a;
  --line: #e2dbd1; --fault: #a8261c; --fault-bg: #fbe9e6; --warning: #8a5a00; --warning-bg: #fdf2da;
  --fine: #2c6b3a; --fine-bg: #e6f3e8; }
@media (prefers-color-scheme: dark) { :root { --paper: #181512; --card: #221e1a; --ink: #efe9e1;
  --soft: #a89e92; --line: #3a342d; --fault: #ff9c90; --fault-bg: #3a1d19; --warning: #f0c36a;
  --warning-bg: #352a14; --fine: #93d3a1; --fine-bg: #1b2f20; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 20px 16px 64px; }
h1 { font-size: 1.75rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 40px 0 12px; }
h3 { font-size: 1rem; margin: 0 0 8px; }
small { color: var(--soft); font-weight: normal; font-size: .8em; }
code { font: .85em ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
#summary p { margin: 4px 0; color: var(--soft); }
.tiles { list-style: none; padding: 0; margin: 16px 0 0; display: grid; gap: 10px;
  grid-template-columns: repeat(auto-fit, minmax(100px, 1fr)); }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 14px; }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles .fault { background: var(--fault-bg); color: var(--fault); }
.tiles .warning { background: var(--warning-bg); color: var(--warning); }
.tiles .fine, p.fine { background: var(--fine-bg); color: var(--fine); }
p.fine { padding: 10px 14px; border-radius: 10px; }
nav { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 14px; }
nav a { color: var(--ink); text-decoration: none; background: var(--card); border: 1px solid var(--line);
  border-radius: 99px; padding: 3px 12px; font-size: .875rem; }
nav a:hover, nav a:focus-visible { text-decoration: underline; }
nav .fault { color: var(--fault); background: var(--fault-bg); }
nav .warning { color: var(--warning); background: var(--warning-bg); }
nav a small { color: inherit; }
details { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--warning);
  border-radius: 8px; margin: 0 0 12px; padding: 0 14px; }
details.fault { border-left-color: var(--fault); }
summary { cursor: pointer; padding: 10px 0; font-weight: 600; }
.level { font-size: .75rem; padding: 2px 8px; border-radius: 99px; margin-right: 4px;
  background: var(--warning-bg); color: var(--warning); }
.fault .level { background: var(--fault-bg); color: var(--fault); }
details ul { margin: 0 0 12px; padding-left: 20px; }
details li { margin: 2px 0; overflow-wrap: anywhere; }
.sheet { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr));
  margin-bottom: 14px; }
@media (min-width: 1000px) { #problems { display: grid; gap: 0 12px; align-items: start;
  grid-template-columns: repeat(2, minmax(0, 1fr)); grid-auto-flow: dense; }
  #problems > * { grid-column: 1 / -1; } #problems > .half { grid-column: auto; height: calc(100% - 12px); } }
.one { display: grid; gap: 0 16px; align-items: start; grid-template-columns: 170px minmax(0, 1fr); }
.one .sheet { grid-row: 1; grid-template-columns: 1fr; }
.several .sheet { grid-template-columns: repeat(auto-fill, 170px); }
@media (max-width: 560px) { .sheet, .several .sheet { gap: 8px;
  grid-template-columns: repeat(2, minmax(0, 1fr)); } .one { grid-template-columns: 44% minmax(0, 1fr); }
  figcaption { padding: 6px 8px 8px; } }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  overflow: hidden; display: flex; flex-direction: column; }
figure img, .broken { width: 100%; aspect-ratio: 1; object-fit: contain; background: #0e0d0c;
  display: block; }
.broken { display: grid; place-items: center; color: #cfc6ba; }
figcaption { padding: 8px 10px 10px; font-size: .85rem; line-height: 1.4; }
.labels { display: flex; flex-wrap: wrap; gap: 2px 10px; }
.chip { white-space: nowrap; }
.chip i { display: inline-block; width: .8em; height: .8em; border-radius: 3px; margin-right: 5px;
  border: 1px solid #0006; vertical-align: -1px; }
.retake { color: var(--warning); background: var(--warning-bg); border-radius: 99px; padding: 0 8px; }
.facts { margin-top: 2px; }
.name { color: var(--soft); font: .72rem/1.35 ui-monospace, SFMono-Regular, Menlo, monospace;
  overflow-wrap: anywhere; margin-top: 4px; }
.tables { display: flex; flex-wrap: wrap; gap: 24px; }
.tables > div { min-width: 0; max-width: 100%; }
.tables p { max-width: 46ch; color: var(--soft); font-size: .875rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; background: var(--card); border: 1px solid var(--line);
  font-size: .875rem; }
th, td { padding: 4px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { text-align: right; color: var(--soft); font-weight: 600; }
thead th:first-child, tbody th { text-align: left; }
tbody th { font-weight: 500; }
td { text-align: right; font-variant-numeric: tabular-nums; }
td.none { color: var(--soft); opacity: .55; }
"""
