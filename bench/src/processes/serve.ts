import type { FastifyInstance } from 'fastify'
import { answer } from './process-channel.ts'

/** What a server process says first. */
export interface ServerReady {
  url: string
}

/** Listens on a free loopback port and says where, until the benchmark lets go. */
export const serve = async (
  app: FastifyInstance,
  close: () => Promise<unknown> = async () => {},
): Promise<void> => {
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  answer({ url }, () => app.close().then(close))
}
