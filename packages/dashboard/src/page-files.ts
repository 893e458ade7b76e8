import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DashboardError } from './dashboard-error.ts'

// The same folder from src/ and from dist/.
const pageDirectory = new URL('../dist/app/', import.meta.url)

/**
 * Serves the built page: the document at the prefix with a slash, everything else under `assets/` with a
 * content hash in its name.
 *
 * @throws {DashboardError} `page_not_built`
 */
export const pageFiles = async (app: FastifyInstance): Promise<void> => {
  const document = await readDocument()
  const unlimited = { config: { rateLimit: false as const } }

  app.get('/', unlimited, async (request, reply) => {
    if (!pathOf(request).endsWith('/')) return addSlash(request, reply)
    return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(document)
  })
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...unlimited.config }
    })
    await scope.register(fastifyStatic, {
      root: fileURLToPath(new URL('assets/', pageDirectory)),
      prefix: '/assets/',
      decorateReply: false,
      wildcard: false,
      index: false,
      preCompressed: true,
      immutable: true,
      maxAge: '1y',
    })
  })
}

const readDocument = async (): Promise<Buffer> => {
  try {
    return await readFile(new URL('index.html', pageDirectory))
  } catch (cause) {
    throw new DashboardError(
      'page_not_built',
      'Failed to serve the dashboard: its page is not built. Run "npm run build:app" in packages/dashboard.',
      { cause },
    )
  }
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? ''

// The page's addresses are relative, so they need the slash; the response's is too, because a reverse proxy may
// have taken the front of the path away.
const addSlash = (request: FastifyRequest, reply: FastifyReply) => {
  const query = request.url.slice(pathOf(request).length)
  const lastSegment = pathOf(request).split('/').at(-1)
  return reply.header('cache-control', 'no-store').redirect(`./${lastSegment}/${query}`, 302)
}
