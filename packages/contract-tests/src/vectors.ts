import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Vectors {
  signing: {
    sign: { title: string; secret: string; id: string; timestamp: string; body: string; signature: string }[]
    verify: {
      title: string
      secrets: string[]
      nowMs: number
      headers: Record<string, string>
      body: string
      expected: string
    }[]
  }
  'dedupe-ids': {
    namespace: string
    vectors: Record<
      'title' | 'eventType' | 'tenantId' | 'occurredAt' | 'normalisedOccurredAt' | 'id',
      string
    >[]
  }
  parsing: { now: string; vectors: { title: string; input: unknown; event?: unknown; issues?: string[] }[] }
  redaction: {
    texts: { input: string; expected: string }[]
    siteUrls: { input: string; expected: string | null }[]
  }
  'retry-decisions': {
    now: string
    eventId: string
    scheduleMs: number[]
    vectors: {
      title: string
      response: { status?: number; headers?: Record<string, string>; body?: unknown; networkError?: string }
      decision: 'delivered' | 'retry' | 'pause' | 'dead'
      waitAtLeastMs?: number
    }[]
  }
}

/** The contract's vectors for implementations in any language, as files and as values. */
export const vectorFile = (name: keyof Vectors): URL =>
  new URL(`vectors/${name}.json`, import.meta.resolve('@altcontext/webhook-contract/package.json'))

export const readVectors = <Name extends keyof Vectors>(name: Name): Vectors[Name] =>
  JSON.parse(readFileSync(fileURLToPath(vectorFile(name)), 'utf8'))
