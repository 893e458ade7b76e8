import { createInterface } from 'node:readline'
// Each check starts this program: it loads no more than it needs.
import { createEmitterTarget } from '../src/emitter-checks/emitter-target.ts'
import { startReferenceEmitter } from './reference-emitter.ts'

// An emitter behind a command: what a team in another language writes to have its emitter checked.
const settings = { scheduleMs: [300, 600, 900], timeoutMs: 4000 }
const { start } = createEmitterTarget(startReferenceEmitter(settings), settings)
const emitter = await start({
  url: process.env.WEBHOOK_URL ?? '',
  adminKey: process.env.ADMIN_API_KEY ?? '',
  signingSecret: process.env.WEBHOOK_SIGNING_SECRET,
})
for await (const line of createInterface({ input: process.stdin })) {
  try {
    emitter.emit(JSON.parse(line))
  } catch {
    process.stderr.write('refused an event that breaks the contract\n')
  }
}
await emitter.close()
