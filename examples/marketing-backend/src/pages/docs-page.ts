import { text, toPage } from './to-page.ts'

/** The parts of an OpenAPI document that the page shows. */
export interface ApiDocument {
  info: { title: string }
  paths?: Record<string, Record<string, Operation>>
}

interface Operation {
  summary?: string
  description?: string
  tags?: readonly string[]
  security?: readonly unknown[]
  parameters?: readonly Parameter[]
  requestBody?: { content?: Record<string, { schema?: unknown }> }
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: unknown }> }>
}

interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: { type?: string; format?: string; enum?: readonly unknown[] }
}

const parts: Record<string, string> = {
  webhooks: 'Webhooks: what the product sends',
  metrics: 'Metrics: what can be asked',
  marketing: 'The marketing site and its leads',
}

/** Every route of the document on one page, without a script. */
export const docsPage = ({ info, paths = {} }: ApiDocument): string => {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const sections = Object.entries(parts).map(([tag, title]) => {
    const ofPart = operations.filter(({ operation }) => operation.tags?.includes(tag))
    return `<h2 id="${tag}">${text(title)}</h2>\n${ofPart.map(article).join('\n')}`
  })
  return toPage({
    title: `Routes · ${info.title}`,
    language: 'en',
    root: '..',
    body: `<header>
<p class="brand"><a href="../">${text(info.title)}</a></p>
<nav aria-label="Parts"><ul>
${Object.keys(parts)
  .map((tag) => `<li><a href="#${tag}">${text(tag)}</a></li>`)
  .join('\n')}
<li><a href="./json">OpenAPI document</a></li>
</ul></nav>
</header>
<main>
<h1>Routes</h1>
<p>Bodies and responses are JSON. Errors are <code>{ "ok": false, "error": "&lt;name&gt;" }</code>. Days are UTC.</p>
${sections.join('\n')}
</main>`,
  })
}

const article = ({
  path,
  method,
  operation,
}: {
  path: string
  method: string
  operation: Operation
}): string => {
  const { summary, description, parameters = [], requestBody, responses = {} } = operation
  const wantsKey = operation.security !== undefined || parameters.some(({ name }) => name === 'x-admin-key')
  const route = `${method.toUpperCase()} ${path}`
  const body = requestBody?.content?.['application/json']?.schema
  const response = responses['200']?.content?.['application/json']?.schema
  return `<article>
<h3><code><span class="method">${method.toUpperCase()}</span>${text(path)}</code></h3>
<p>${text(summary ?? '')}.${wantsKey ? ' <span class="muted">Needs <code>x-admin-key</code>.</span>' : ''}</p>
${description === undefined ? '' : `<p class="muted">${text(description)}</p>`}
${parametersTable(parameters, route)}
${schemaOf('Body', body, route)}
${responsesTable(responses, route)}
${schemaOf('Response', response, route)}
</article>`
}

const table = (caption: string, columns: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="scroll" role="region" aria-label="${text(caption)}" tabindex="0"><table>
<thead><tr>${columns.map((column) => `<th scope="col">${text(column)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(([first = '', ...rest]) => `<tr><th scope="row">${first}</th>${rest.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')}
</tbody></table></div>`

const parametersTable = (parameters: readonly Parameter[], route: string): string => {
  const rows = parameters
    .filter(({ name }) => name !== 'x-admin-key')
    .map(({ name, in: place, required, description, schema }) => [
      `<code>${text(name)}</code>`,
      text(place),
      text(schema?.enum?.join(', ') ?? schema?.format ?? schema?.type ?? ''),
      `${required ? 'required. ' : ''}${inline(description ?? '')}`,
    ])
  if (rows.length === 0) return ''
  return `<h4>Parameters</h4>\n${table(`Parameters of ${route}`, ['Name', 'In', 'Form', 'Meaning'], rows)}`
}

const responsesTable = (responses: NonNullable<Operation['responses']>, route: string): string =>
  `<h4>Responses</h4>\n${table(
    `Responses of ${route}`,
    ['Status', 'Meaning'],
    Object.entries(responses).map(([status, { description }]) => [text(status), inline(description ?? '')]),
  )}`

const schemaOf = (title: string, schema: unknown, route: string): string =>
  schema === undefined
    ? ''
    : `<details><summary>${title} of ${text(route)}, as JSON Schema</summary>
<pre tabindex="0" role="region" aria-label="${text(`${title} of ${route}`)}">${text(JSON.stringify(schema, undefined, 2))}</pre>
</details>`

/** The descriptions quote names with backticks. */
const inline = (description: string): string => text(description).replace(/`([^`]+)`/g, '<code>$1</code>')
