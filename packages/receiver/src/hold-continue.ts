import type { IncomingMessage, Server, ServerResponse } from 'node:http'

const pathsOfServer = new WeakMap<object, Set<string>>()
const held = new WeakSet<IncomingMessage>()

/**
 * Node answers `Expect: 100-continue` with "go on" before anyone has seen the key. For the given path that answer
 * waits for {@link sayContinue}; all other paths of the server keep Node's behaviour. A host that listens to
 * `checkContinue` itself is left alone.
 */
export const holdContinue = (server: Server, path: string): void => {
  const known = pathsOfServer.get(server)
  if (known !== undefined) {
    known.add(path)
    return
  }
  if (server.listenerCount('checkContinue') > 0) return
  const paths = new Set([path])
  pathsOfServer.set(server, paths)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (paths.has((request.url ?? '').split('?', 1)[0] as string)) held.add(request)
    else response.writeContinue()
    server.emit('request', request, response)
  })
}

/** Lets the sender of a held request go on. */
export const sayContinue = (request: IncomingMessage, response: ServerResponse): void => {
  if (held.delete(request)) response.writeContinue()
}
