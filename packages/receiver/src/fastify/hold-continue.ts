import type { IncomingMessage, Server, ServerResponse } from 'node:http'

const pathsOfServer = new WeakMap<object, Set<string>>()
const held = new WeakSet<IncomingMessage>()

/**
 * Node responds to `Expect: 100-continue` with "continue" before anyone has seen the key. For the given path that interim
 * response waits for {@link sayContinue}; all other paths of the server keep Node's behaviour. A host that listens to
 * `checkContinue` itself is left alone.
 */
export const holdContinue = (server: Server, path: string): void => {
  const known = pathsOfServer.get(server)
  if (known !== undefined) {
    known.add(normalise(path))
    return
  }
  if (server.listenerCount('checkContinue') > 0) return
  const paths = new Set([normalise(path)])
  pathsOfServer.set(server, paths)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (paths.has(normalise(request.url ?? ''))) held.add(request)
    else response.writeContinue()
    server.emit('request', request, response)
  })
}

/** Lets the sender of a held request continue. */
export const sayContinue = (request: IncomingMessage, response: ServerResponse): void => {
  if (held.delete(request)) response.writeContinue()
}

/**
 * Everything that a router may take for the same path: an absolute address, encoded characters, doubled and closing
 * slashes, another case. Holding the response for one path too many is harmless (clients continue by themselves), for one too few it is not.
 */
const normalise = (url: string): string => {
  const path = url.replace(/^https?:\/\/[^/]*/i, '').split(/[?;#]/, 1)[0] as string
  return decode(path).replaceAll(/\/+/g, '/').replace(/\/$/, '').toLowerCase()
}

const decode = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
