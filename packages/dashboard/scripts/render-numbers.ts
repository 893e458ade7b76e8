import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import MarkdownIt from 'markdown-it'

const repository = join(import.meta.dirname, '..', '..', '..')
const numbersFile = join(repository, 'docs', 'numbers.md')
const sources = 'https://github.com/altcontext/webhooks/blob/main/docs/'

/** As GitHub names headings, so that the document's own links work here too. */
const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')

type Tokens = ReturnType<MarkdownIt['parse']>

/** Gives every heading its name, and every field that begins a row of a table `<heading>.<field>`. */
const nameLines = (tokens: Tokens): Set<string> => {
  const names = new Set<string>()
  let heading = ''
  let column = 0
  for (const [index, token] of tokens.entries()) {
    const inline = tokens[index + 1]
    if (token.type === 'heading_open' && inline) {
      heading = slugOf(inline.content)
      token.attrSet('id', heading)
      names.add(heading)
    }
    if (token.type === 'tr_open') column = 0
    if (token.type === 'td_open') {
      column += 1
      if (column > 1) continue
      for (const code of (inline?.children ?? []).filter(({ type }) => type === 'code_inline')) {
        const name = `${heading}.${code.content}`
        if (names.has(name)) continue
        code.attrSet('id', name)
        names.add(name)
      }
    }
    for (const link of token.children ?? []) {
      const href = link.attrGet('href')
      if (typeof href === 'string' && !/^(#|\w+:)/.test(href))
        link.attrSet('href', new URL(href, sources).href)
    }
  }
  return names
}

/** `docs/numbers.md` as a page beside the dashboard, which a definition can link to line by line. */
export const renderNumbers = async (
  styleSheet: string,
): Promise<{ html: string; names: ReadonlySet<string> }> => {
  const markdown = new MarkdownIt({ html: false })
  // A wide table scrolls by itself, and can be reached by keyboard.
  markdown.renderer.rules.table_open = () =>
    '<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>\n'
  markdown.renderer.rules.table_close = () => '</table></div>\n'
  const tokens = markdown.parse(await readFile(numbersFile, 'utf8'), {})
  const names = nameLines(tokens)
  const body = markdown.renderer.render(tokens, markdown.options, {})
  const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex" />
    <title>The numbers</title>
    <link rel="stylesheet" href="${styleSheet}" />
  </head>
  <body>
    <main class="document">
${body}    </main>
  </body>
</html>
`
  return { html, names }
}
