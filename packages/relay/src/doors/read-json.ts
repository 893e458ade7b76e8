import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'

/** Parses bodies as the receiver does: JSON in UTF-8, and nothing before it. The relay takes nothing that the receiver would refuse. */
export const readJson = (server: FastifyInstance): void => {
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => {
      if (!isUtf8(body)) throw notJson()
      try {
        // JSON.parse refuses a byte order mark, which is just another character to it.
        return JSON.parse(body.toString('utf8'))
      } catch {
        throw notJson()
      }
    },
  )
}

const notJson = (): Error => Object.assign(new Error('The body is not JSON in UTF-8.'), { statusCode: 400 })
