import type { FastifyInstance } from 'fastify'
import { guardPages } from '../http/guard-pages.ts'
import { type ApiDocument, docsPage } from '../pages/docs-page.ts'
import { pageStyles } from '../pages/page-styles.ts'
import { welcomePage } from '../pages/welcome-page.ts'

/** The first page for a browser, and the routes of this server, as a page and as an OpenAPI document. */
export const pageRoutes = async (app: FastifyInstance): Promise<void> => {
  guardPages(app)
  const hidden = { schema: { hide: true } }
  const html = 'text/html; charset=utf-8'
  app.get('/', hidden, (request, reply) =>
    reply.type(html).header('vary', 'accept-language').send(welcomePage(request.headers['accept-language'])),
  )
  let page: string | undefined
  app.get('/docs/', hidden, (_request, reply) => {
    page ??= docsPage(app.swagger() as ApiDocument)
    return reply.type(html).send(page)
  })
  app.get('/docs', hidden, (_request, reply) => reply.redirect('./docs/'))
  app.get('/docs/json', hidden, () => app.swagger())
  app.get('/docs/pages.css', hidden, (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'max-age=3600').send(pageStyles),
  )
}
