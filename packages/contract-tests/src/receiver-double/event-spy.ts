import type { AnyWebhookEvent, HeartbeatRequest, ReconcileRequest } from '@altcontext/webhook-contract'

export interface StoredEvent {
  eventId: string
  /** Parsed, with its private fields. */
  event: AnyWebhookEvent
  /** The outbox that it came from, if it says so. */
  producer?: string | undefined
}

export interface SeenRequest {
  isBatch: boolean
  /** Whether it was `POST <path>/verify`. */
  isVerify?: boolean | undefined
  headers: Readonly<Record<string, string | undefined>>
  body: string
  /** When it came, on a monotonic clock, in milliseconds. */
  atMs: number
}

/** What a receiver has seen so far. */
export interface EventSpy {
  /** Each event once, in the order in which it was stored. */
  readonly stored: readonly StoredEvent[]
  /** Every request with events or to `POST <path>/verify`, including refused ones. */
  readonly requests: readonly SeenRequest[]
  /** Valid bodies of `POST <path>/heartbeat` and of `POST <path>/reconcile`. */
  readonly heartbeats: readonly HeartbeatRequest[]
  readonly reconciliations: readonly ReconcileRequest[]
  /**
   * Resolves with what `look` returns as soon as it finds something, now or after any later request.
   *
   * @example
   * const { event } = await receiver.waitFor(({ stored }) => stored.find(({ event }) => event.tenantId === 'tenant-1'))
   */
  waitFor<Found>(
    look: (
      spy: Pick<EventSpy, 'stored' | 'requests' | 'heartbeats' | 'reconciliations'>,
    ) => Found | undefined | false | null,
    options?: { timeoutMs?: number | undefined },
  ): Promise<Found>
}

export interface SpyRecord {
  event(event: StoredEvent): void
  request(request: SeenRequest): void
  heartbeat(heartbeat: HeartbeatRequest): void
  reconciliation(request: ReconcileRequest): void
  lose(eventId: string): void
  clear(): void
}

export const createEventSpy = (): { spy: EventSpy; record: SpyRecord } => {
  const stored: StoredEvent[] = []
  const requests: SeenRequest[] = []
  const heartbeats: HeartbeatRequest[] = []
  const reconciliations: ReconcileRequest[] = []
  const waiting = new Set<() => void>()
  const changed = () => {
    for (const look of [...waiting]) look()
  }
  const spy: EventSpy = {
    stored,
    requests,
    heartbeats,
    reconciliations,
    waitFor(look, { timeoutMs = 5000 } = {}) {
      return new Promise((resolve, reject) => {
        const timeout = setTimeout(() => {
          waiting.delete(attempt)
          const seen = `${requests.length} requests and ${stored.length} events`
          reject(
            new Error(`Expected something to happen within ${timeoutMs} ms, but it did not. Seen: ${seen}.`),
          )
        }, timeoutMs)
        const attempt = () => {
          const found = look({ stored, requests, heartbeats, reconciliations })
          if (found === undefined || found === false || found === null) return
          clearTimeout(timeout)
          waiting.delete(attempt)
          resolve(found)
        }
        waiting.add(attempt)
        attempt()
      })
    },
  }
  const record: SpyRecord = {
    event(event) {
      stored.push(event)
      changed()
    },
    request(request) {
      requests.push(request)
      changed()
    },
    heartbeat(heartbeat) {
      heartbeats.push(heartbeat)
      changed()
    },
    reconciliation(request) {
      reconciliations.push(request)
      changed()
    },
    lose(eventId) {
      const at = stored.findIndex((event) => event.eventId === eventId)
      if (at !== -1) stored.splice(at, 1)
    },
    clear() {
      for (const list of [stored, requests, heartbeats, reconciliations]) list.length = 0
    },
  }
  return { spy, record }
}
