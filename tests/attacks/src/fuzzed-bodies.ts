import { descriptionServiceContract } from '@altcontext/webhook-contract'

/** Bodies that are nearly right, made from a seed one after the other: the same seed gives the same bodies. */
export interface FuzzedBodies {
  event(): Buffer
  batch(): Buffer
}

const samples = Object.entries(descriptionServiceContract.events).map(([eventType, { sample }]) => ({
  eventType,
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00Z',
  payload: sample as Record<string, unknown>,
}))
const fields = [
  ...new Set([
    ...['id', 'eventType', 'tenantId', 'occurredAt', 'payload', '__proto__', 'constructor', 'toString'],
    ...samples.flatMap(({ payload }) => Object.keys(payload)),
  ]),
]
const texts = [
  ...['', '\0', 'a\0b', '\ud800', '\udfff\ud800', '\u202e', '\u001b[2J', 'x'.repeat(129), 'x'.repeat(2000)],
  ...[
    '9999-12-31T23:59:59Z',
    '0000-01-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-02-13T12:00:00.9999999+14:00',
  ],
  ...[
    'fuzz.ada@canary.example',
    'fuzz.ada\u00a0@ canary.example',
    "'; DROP TABLE tenant_events; --",
    '{"a":1}',
    '\\u0000',
  ],
]
const values: readonly unknown[] = [
  ...texts,
  ...[-1, -0, 1e21, 1.5, 2 ** 31, 2 ** 53, 5e-324, null, true, [], {}, [[[[]]]], { toString: 1 }],
]

export const createFuzzedBodies = (seed: number): FuzzedBodies => {
  let state = seed >>> 0
  // Mulberry32: small, quick, and the same everywhere.
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(random() * limit)
  const one = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item

  // A copy, because values within an event may be changed as well.
  const nasty = (): unknown => structuredClone(one(values))

  const envelope = (): unknown => {
    const sample = one(samples)
    const event: Record<string, unknown> = {
      ...sample,
      tenantId: `tenant-${below(1000)}`,
      occurredAt: new Date(Date.UTC(2026, 0, 1) + below(30 * 86_400_000)).toISOString(),
      payload: { ...sample.payload, tenantId: undefined },
    }
    for (let changes = below(4); changes > 0; changes -= 1) {
      const { payload } = event
      const target = random() < 0.5 && typeof payload === 'object' && payload !== null ? payload : event
      const name = one(fields)
      if (random() < 0.3) Reflect.deleteProperty(target, name)
      // A field of the object itself, although it is called __proto__.
      else
        Object.defineProperty(target, name, {
          value: nasty(),
          enumerable: true,
          configurable: true,
          writable: true,
        })
    }
    return random() < 0.02 ? nasty() : event
  }

  /** Now and then the bytes themselves are broken: cut, repeated, one of them changed, or not JSON at all. */
  const toBytes = (value: unknown): Buffer => {
    const bytes = Buffer.from(JSON.stringify(value) ?? '')
    const kind = random()
    if (kind < 0.85) return bytes
    const place = below(bytes.length + 1)
    if (kind < 0.9) return bytes.subarray(0, place)
    if (kind < 0.95) {
      bytes[Math.min(place, bytes.length - 1)] = below(256)
      return bytes
    }
    if (kind < 0.97) return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])
    return Buffer.from(Array.from({ length: below(64) }, () => below(256)))
  }
  return {
    event: () => toBytes(envelope()),
    batch: () => {
      const events = Array.from({ length: 1 + below(3) }, envelope)
      return toBytes(
        random() < 0.95 ? { events } : one<unknown>([events, { events: nasty() }, { events: [] }]),
      )
    },
  }
}
