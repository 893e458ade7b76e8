import type { FastifyInstance } from 'fastify'
import { report } from './process-channel.ts'

/** The first message of a server process. */
export interface ServerReady {
  url: string
}

/** Listens on a free loopback port and reports it, until the benchmark closes the channel. */
export const serve = async (
  app: FastifyInstance,
  close: () => Promise<unknown> = async () => {},
): Promise<void> => {
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  report({ url }, () => app.close().then(close))
}
