import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { EmitterSettings } from '../src/emitter-checks/emitter-target.ts'
import { startReferenceEmitter } from './reference-emitter.ts'

const settings = { scheduleMs: [300, 600, 900], timeoutMs: 6000 }

/**
 * An emitter behind a command, as a team with another language would have its own checked. Each check starts the command, which
 * only passes on what it is given; the emitters are in this process.
 */
export const serveEmitters = async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => void serveOne(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ...settings,
    command: `"${process.execPath}" --eval '${passOn(port)}'`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

/** The first line is the environment, the others are the standard input; what comes back is the log. */
const passOn = (port: number): string => `
  const { WEBHOOK_URL: url, ADMIN_API_KEY: adminKey, WEBHOOK_SIGNING_SECRET: signingSecret } = process.env
  const socket = require("node:net").connect(${port}, "127.0.0.1")
  socket.write(JSON.stringify({ url, adminKey, signingSecret }) + "\\n")
  process.stdin.pipe(socket).pipe(process.stderr)`

const serveOne = async (socket: Socket): Promise<void> => {
  // A check that gives up ends the command.
  socket.on('error', () => {})
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const { value: environment = '' } = await lines.next()
  const { adminKey, url, signingSecret } = JSON.parse(environment) as Partial<EmitterSettings>
  const emitter = await startReferenceEmitter(settings)({
    url: url ?? '',
    adminKey: adminKey ?? '',
    signingSecret,
  })
  for await (const line of lines) {
    try {
      emitter.emit(JSON.parse(line))
    } catch {
      socket.write('refused an event that breaks the contract\n')
    }
  }
  await emitter.close()
  socket.end()
}
