import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { aborted } from 'node:util'
import type { Access } from '@altcontext/webhook-receiver'
import type { FastifyInstance } from 'fastify'
import { bridgeState } from './bridge-state.ts'
import { createServer } from './create-server.ts'
import { openDatabase } from './database/open-database.ts'
import type { Environment } from './environment.ts'
import { closeServer } from './http/close-server.ts'
import { localSecrets } from './local-secrets.ts'
import { hasSite } from './routes/site-route.ts'
import { StartError } from './start-error.ts'
import { welcome } from './welcome.ts'

interface RunOptions {
  /** Called with what is going on, one line at a time. */
  say: (line: string) => void
  /** Aborts when the server is to stop. */
  stopped: AbortSignal
}

/**
 * Starts everything in order, serves until `stopped` aborts, and stops everything in the opposite order.
 *
 * @throws {StartError} when it could not start; what had been started is stopped.
 */
export const runServer = async (given: Environment, { say, stopped }: RunOptions): Promise<void> => {
  const dataDirectory = resolve(given.dataDirectory)
  const isLocal = given.databaseUrl === undefined
  const secrets = isLocal ? await localSecrets(dataDirectory) : undefined
  const environment: Environment = {
    ...given,
    access: withGeneratedKey(given.access, secrets?.adminApiKey),
    ipHashPepper: given.ipHashPepper ?? secrets?.ipHashPepper,
  }

  await using running = new AsyncDisposableStack()
  const database = await openDatabase({ databaseUrl: environment.databaseUrl, dataDirectory, say })
  running.defer(() => database.close())
  if (stopped.aborted) return

  const { app, dailyRollup } = await createServer({ environment, database })
  running.defer(() => closeServer(app, environment.shutdownTimeoutSeconds * 1000))
  const origin = await listen(app, environment)
  if (environment.rollupIntervalSeconds > 0) dailyRollup.start(environment.rollupIntervalSeconds)

  if (environment.sample) {
    // Not in the production image, where it is off.
    const { startSample } = await import('./sample/start-sample.ts')
    const sample = await startSample({ app, environment, origin, database, say, stopped })
    running.defer(() => sample.close())
  }
  if (!stopped.aborted) {
    const isKeyGenerated = given.access.admin.length === 0 && isLocal
    const generatedAdminKey = isKeyGenerated ? environment.access.admin[0] : undefined
    const embeddedDatabaseUrl = isLocal ? database.url : undefined
    const hasAdminKey = environment.access.read.length > 0
    say(welcome({ origin, hasAdminKey, generatedAdminKey, embeddedDatabaseUrl, hasSite }))
    say(await bridgeState(database))
    await aborted(stopped, app)
  }
  say('Stopping')
}

const withGeneratedKey = (access: Access, generated: string | undefined): Access =>
  generated === undefined || access.admin.length > 0
    ? access
    : {
        ...access,
        ingest: [...access.ingest, generated],
        read: [...access.read, generated],
        admin: [generated],
      }

const listen = async (app: FastifyInstance, { host, port }: Environment): Promise<string> => {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw new StartError('cannot_listen', `Failed to listen on ${host}:${port}: ${listenProblem(error)}.`, {
      cause: error,
    })
  }
  const { port: boundPort } = app.server.address() as AddressInfo
  const shownHost = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host
  return `http://${shownHost.includes(':') ? `[${shownHost}]` : shownHost}:${boundPort}`
}

const listenProblem = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return 'the port is in use. Stop what uses it, or set PORT to another one'
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return 'this machine has no such address. Correct HOST'
  if (code === 'EACCES') return 'the port is reserved. Set PORT to one above 1023'
  return message
}
