/** The colours and the type of the dashboard, for the pages that lead to it. */
export const pageStyles = `:root {
  color-scheme: light dark;
  --page: light-dark(#f5f6f8, #0e1015);
  --card: light-dark(#ffffff, #171a21);
  --sunken: light-dark(#eef0f4, #1f232c);
  --text: light-dark(#15181e, #eceef3);
  --muted: light-dark(#525a69, #a4abba);
  --line: light-dark(#dfe3ea, #2b303b);
  --accent-text: light-dark(#2b3bb3, #a9b6ff);
  font-family: Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  line-height: 1.5;
  color: var(--text);
  background: var(--page);
}

*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; min-width: 320px; }
header, main { max-width: 64rem; margin: 0 auto; padding: 1rem 1.5rem; }
header { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; align-items: baseline; }
header p, header ul { margin: 0; padding: 0; }
header ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; }
.brand { font-weight: 650; letter-spacing: -0.01em; }
main { padding-bottom: 4rem; }
main.short { max-width: 44rem; font-size: 1.125rem; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.02em; }
h2 { margin: 2.5rem 0 1rem; font-size: 1.25rem; letter-spacing: -0.01em; }
h3 { margin: 0; font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; }
h4 { margin: 1rem 0 0.25rem; font-size: 0.875rem; }
a { color: var(--accent-text); }
:focus-visible { outline: 2px solid var(--accent-text); outline-offset: 2px; }
.muted { color: var(--muted); }
article { margin-bottom: 1rem; padding: 1.25rem; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
article p { margin: 0.375rem 0; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.875em; }
.method { display: inline-block; min-width: 4ch; margin-inline-end: 0.5rem; color: var(--accent-text); font-weight: 700; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
th, td { padding: 0.375rem 0.75rem 0.375rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
th { font-weight: 600; }
details { margin-top: 0.75rem; }
summary { cursor: pointer; font-size: 0.875rem; font-weight: 600; }
pre { max-height: 28rem; margin: 0.5rem 0 0; padding: 0.75rem; border-radius: 8px; background: var(--sunken); overflow: auto; }
@media (max-width: 40rem) { header, main { padding-inline: 1rem; } article { padding: 1rem; } }
`
