import { defineContract } from '@altcontext/webhook-contract'
import { createEmitter, type DeliveryOutcome, type EmitReceipt } from '@altcontext/webhook-emitter'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Knex } from 'knex'
import type { Kysely, Transaction } from 'kysely'
import type { Client, Pool, PoolClient } from 'pg'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const emitter = createEmitter({
  url: 'https://receiver.example/hooks',
  adminKey: 'test-key-of-24-characters',
})
const scan = { tenantId: 't', jobId: 'j', mediaCount: 1, identitiesDetected: 2, durationMs: 3 }

test('the payload belongs to its event type', () => {
  expectTypeOf(emitter.emit('scan.completed', scan)).resolves.toEqualTypeOf<EmitReceipt>()
  expectTypeOf(emitter.deliver('scan.completed', scan)).resolves.toEqualTypeOf<DeliveryOutcome>()
  void emitter.emit('suggestion.resolved', { tenantId: 't', suggestionId: 's', resolution: 'accepted' })
  // @ts-expect-error: an event type that the contract does not know
  void emitter.emit('scan.exploded', scan)
  // @ts-expect-error: a field is missing
  void emitter.emit('scan.completed', { tenantId: 't', jobId: 'j', mediaCount: 1, identitiesDetected: 2 })
  // @ts-expect-error: the tenant is missing
  void emitter.emit('scan.completed', { jobId: 'j', mediaCount: 1, identitiesDetected: 2, durationMs: 3 })
  // @ts-expect-error: a count is not text
  void emitter.emit('scan.completed', { ...scan, mediaCount: '1' })
  // @ts-expect-error: the payload of another event
  void emitter.emit('scan.failed', { tenantId: 't', clusterId: 'c', identityCount: 1, algorithm: 'centroid' })
  // @ts-expect-error: one of two words
  void emitter.emit('suggestion.resolved', { tenantId: 't', suggestionId: 's', resolution: 'maybe' })
  void emitter.emit('tenant.created', {
    tenantId: 't',
    email: null,
    // @ts-expect-error: a field that the contract does not name
    phone: '1',
  })
})

test('event types are completed', () => {
  expectTypeOf(emitter.emit)
    .parameter(0)
    .toEqualTypeOf<
      | 'tenant.created'
      | 'apikey.created'
      | 'scan.completed'
      | 'scan.failed'
      | 'cluster.created'
      | 'suggestion.generated'
      | 'suggestion.resolved'
    >()
})

test('a contract of one’s own brings its own types', () => {
  const contract = defineContract({
    name: 'shop',
    events: {
      'order.paid': {
        description: 'Paid.',
        payload: z.object({ orderId: z.string(), paidAt: z.iso.datetime().optional() }),
        timestamp: 'paidAt',
        sample: { orderId: 'o' },
      },
    },
  })
  const shop = createEmitter({ url: 'https://x.example', adminKey: 'test-key-of-24-characters', contract })
  void shop.emit('order.paid', { tenantId: 't', orderId: 'o-1' })
  // @ts-expect-error: not an event of this contract
  void shop.emit('scan.completed', scan)
})

test('outcomes are distinguished by their status', () => {
  const outcome = {} as DeliveryOutcome
  if (outcome.status === 'dead') expectTypeOf(outcome.detail).toBeString()
  // @ts-expect-error: only dead events have a detail
  else void outcome.detail
})

test('a transaction comes from a known library, and is not the pool or client that begins it', () => {
  void emitter.emit('scan.completed', scan, { tx: {} as PoolClient })
  void emitter.emit('scan.completed', scan, { tx: {} as Client })
  void emitter.emit('scan.completed', scan, { tx: {} as Transaction<{ jobs: { id: string } }> })
  void emitter.emit('scan.completed', scan, { tx: {} as Knex.Transaction })
  void ({} as NodePgDatabase).transaction((tx) => emitter.emit('scan.completed', scan, { tx }))
  // @ts-expect-error: a pool, each of whose statements may take another connection
  void emitter.emit('scan.completed', scan, { tx: {} as Pool })
  // @ts-expect-error: kysely itself
  void emitter.emit('scan.completed', scan, { tx: {} as Kysely<{ jobs: { id: string } }> })
  // @ts-expect-error: knex itself
  void emitter.emit('scan.completed', scan, { tx: {} as Knex })
  // @ts-expect-error: drizzle itself
  void emitter.emit('scan.completed', scan, { tx: {} as NodePgDatabase })
  // @ts-expect-error: nothing is delivered before its commit
  void emitter.deliver('scan.completed', scan, { tx: {} as PoolClient })
})
