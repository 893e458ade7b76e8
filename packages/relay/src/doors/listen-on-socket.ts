import { chmodSync, lstatSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { invalidOptions, type RelayError } from '../relay-error.ts'

/**
 * Listens on a Unix socket that its owner and group may use, instead of a port that every user of the machine can reach.
 * The socket of a relay that was killed is replaced.
 *
 * @returns the address, as other programs write it: `http://unix:/run/webhook-relay.sock:`.
 * @throws {RelayError} `invalid_options` when something else is there, or another relay listens.
 */
export const listenOnSocket = async (server: FastifyInstance, path: string): Promise<string> => {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found !== undefined) {
    if (!found.isSocket()) throw refused(path, 'exists and is not a socket. Give another path')
    if (await isInUse(path)) throw refused(path, 'is in use. Stop what listens there, or give another path')
    rmSync(path)
  }
  await server.listen({ path })
  // Until here only its owner could connect, whatever the umask: connecting takes the right to write.
  chmodSync(path, 0o660)
  return `http://unix:${path}:`
}

const isInUse = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

const refused = (path: string, why: string): RelayError => invalidOptions(`Failed to listen: ${path} ${why}.`)
