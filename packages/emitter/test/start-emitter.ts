import { type AttemptReport, createEmitter, type LostEvent } from '@altcontext/webhook-emitter'
import { adminKey, createStubReceiver, type StubReply, type StubRequest, url } from './stub-receiver.ts'

/** An emitter with a stub receiver behind its `fetch`, and what it reported. */
export const startEmitter = (
  reply?: (request: StubRequest) => StubReply | undefined | Promise<StubReply | undefined>,
  options: Partial<Parameters<typeof createEmitter>[0]> = {},
) => {
  const receiver = createStubReceiver(reply)
  const attempts: AttemptReport[] = []
  const dead: LostEvent[] = []
  const emitter = createEmitter({
    url,
    adminKey,
    fetch: receiver.fetch,
    onAttempt: (report) => attempts.push(report),
    onDead: (event) => dead.push(event),
    ...options,
  })
  return { emitter, receiver, attempts, dead }
}
