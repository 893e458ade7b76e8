interface Page {
  title: string
  language: 'en' | 'fr'
  /** The path from the page to the root: `.` or `..`; it also holds behind a proxy that strips a path. */
  root: string
  /** Markup. */
  body: string
}

/** A document in the style of the dashboard, without a script. */
export const toPage = ({ title, language, root, body }: Page): string => `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${root}/docs/pages.css">
</head>
<body>
${body}
</body>
</html>
`

export const text = (value: string): string =>
  value.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
