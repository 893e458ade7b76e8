import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { DashboardError } from './dashboard-error.ts'

// The same folder from src/ and from dist/.
const pageDirectory = new URL('../dist/app/', import.meta.url)
const assetDirectory = new URL('assets/', pageDirectory)

const contentTypes: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}
/** The compressed copies that the build makes of a file, the best first, and how their names end. */
const compressions: Readonly<Record<string, string>> = { br: '.br', gzip: '.gz' }

/**
 * Serves the built page: the document at the prefix with a slash, the definitions of the numbers beside it, and everything else
 * under `assets/` with a content hash in its name. Each of these few files has a route of its own: a static file server would cost the
 * host several MB of memory.
 *
 * @throws {DashboardError} `page_not_built`
 */
export const pageFiles = async (app: FastifyInstance): Promise<void> => {
  const [document, numbers] = await Promise.all([readDocument('index.html'), readDocument('numbers.html')])
  const unlimited = { config: { rateLimit: false as const } }

  app.get('/', unlimited, async (request, reply) => {
    if (!pathOf(request).endsWith('/')) return addSlash(request, reply)
    return sendDocument(reply, document)
  })
  app.get('/numbers', unlimited, (_request, reply) => sendDocument(reply, numbers))
  const files = await readdir(assetDirectory)
  for (const file of files.filter((name) => extensionOf(name) in contentTypes)) {
    const copies = Object.keys(compressions).filter((name) => files.includes(`${file}${compressions[name]}`))
    app.get(`/assets/${file}`, unlimited, (request, reply) => sendAsset(request, reply, { file, copies }))
  }
}

const sendDocument = (reply: FastifyReply, document: Buffer) =>
  reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(document)

const sendAsset = (
  request: FastifyRequest,
  reply: FastifyReply,
  { file, copies }: { file: string; copies: readonly string[] },
) => {
  const accepted = new Negotiator(request.raw).encodings([...copies])
  const encoding = copies.find((name) => accepted.includes(name))
  const suffix = encoding === undefined ? '' : compressions[encoding]
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply
    .header('vary', 'accept-encoding')
    .header('cache-control', 'public, max-age=31536000, immutable')
    .type(contentTypes[extensionOf(file)] ?? '')
    .send(createReadStream(new URL(`${file}${suffix}`, assetDirectory)))
}

const extensionOf = (file: string): string => file.split('.').at(-1) ?? ''

const readDocument = async (name: string): Promise<Buffer> => {
  try {
    return await readFile(new URL(name, pageDirectory))
  } catch (cause) {
    throw new DashboardError(
      'page_not_built',
      'Failed to serve the dashboard: its page is not built. Run "npm run build:app" in packages/dashboard.',
      { cause },
    )
  }
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? ''

// The page's addresses are relative, so they need the slash; the response's is relative too, because a reverse proxy
// may have removed the front of the path.
const addSlash = (request: FastifyRequest, reply: FastifyReply) => {
  const query = request.url.slice(pathOf(request).length)
  const lastSegment = pathOf(request).split('/').at(-1)
  return reply.header('cache-control', 'no-store').redirect(`./${lastSegment}/${query}`, 302)
}
