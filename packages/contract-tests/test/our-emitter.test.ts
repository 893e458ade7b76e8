import type { DescriptionServiceContract, EmittedPayload, EventType } from '@altcontext/webhook-contract'
import { createEmitter } from '@altcontext/webhook-emitter'
import { describeEmitter } from '../src/vitest.ts'

// The roadmap's schedule has a test with a clock of its own; here the order of magnitude is enough.
const delaysMs = [60, 120, 240]
// Long enough that a machine that stands still for seconds is not taken for a receiver that does not respond.
const timeoutMs = 6000

describeEmitter(
  'our emitter',
  ({ url, adminKey, signingSecret }) => {
    const lines: string[] = []
    const write = (...parts: unknown[]) => void lines.push(JSON.stringify(parts))
    const emitter = createEmitter({
      url,
      adminKey,
      signingSecret,
      timeoutMs,
      retry: { delaysMs },
      logger: { debug: write, info: write, warn: write, error: write },
    })
    return {
      emit: ({ eventType, tenantId, occurredAt, payload }) =>
        emitter.emit(
          eventType as EventType<DescriptionServiceContract>,
          { tenantId, ...payload } as EmittedPayload<DescriptionServiceContract, 'scan.completed'>,
          { occurredAt },
        ),
      close: () => emitter.close({ timeoutMs: 9000 }),
      output: () => lines.join('\n'),
    }
  },
  { scheduleMs: delaysMs, timeoutMs },
)
