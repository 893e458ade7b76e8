import type { AnyContract, BatchResult } from '@altcontext/webhook-contract'
import { clock, contractOption, evenWhenOthersFail } from '@altcontext/webhook-contract/options'
import type { EventTransport, OutboxEvent } from '@altcontext/webhook-emitter'
import { nuid } from '@nats-io/transport-node'
import * as z from 'zod/mini'
import { type Broker, connectBroker } from '../broker/connect-broker.ts'
import { pause } from '../broker/pause.ts'
import { type EventMessage, writeMessage } from '../messages/event-message.ts'
import { createSealFields, isPublicKey, type SealingKey } from '../messages/sealing.ts'
import { StreamError } from '../stream-error.ts'
import { resolveStreamOptions, type StreamOptions, streamNames, streamShape } from '../stream-options.ts'
import { followReceipts } from './follow-receipts.ts'
import { createReceiptWaits } from './receipt-waits.ts'

export interface JetStreamOptions extends StreamOptions {
  /** The emitter's contract: it says which fields are private. @default descriptionServiceContract */
  contract?: AnyContract | undefined
  /**
   * The public key of `createSealingKeys()`, with which private fields are sealed. `false` leaves those fields out: nothing is then
   * linked to a lead. Required where the contract has private fields, so that none ends up on a broker's disk by oversight.
   */
  sealingKey?: SealingKey | false | undefined
  /** The clock, in milliseconds since 1970. @default Date.now */
  now?: (() => number) | undefined
}

const afterFailureMs = 250
const publishTimeoutMs = 2000
const closeTimeoutMs = 2000

/**
 * Sends an emitter's events through NATS JetStream. The broker only carries them: an event is settled by the receipt of a consumer that
 * has committed it, and is published again if no receipt comes within the emitter's `timeoutMs`. It connects with the first event, and its
 * connection keeps the process running until the emitter is closed.
 *
 * @throws {StreamError} `invalid_options`, naming every problem
 *
 * @example
 * const emitter = createEmitter({ transport: jetStream({ servers: 'nats://127.0.0.1:4222', sealingKey }) })
 */
export const jetStream = (options: JetStreamOptions): EventTransport => {
  const { contract, now, sealingKey, ...resolved } = resolveStreamOptions(
    jetStreamSchema,
    options,
    'set up a stream',
  )
  const names = streamNames(resolved)
  const instance = nuid.next()
  const receiptsSubject = `${names.receiptsPrefix}.${instance}`
  const seal = sealingKey ? createSealFields(sealingKey) : undefined
  const waits = createReceiptWaits()
  const closing = new AbortController()
  let sendings = 0
  let open: Promise<{ broker: Broker; followed: Promise<void> }> | undefined

  const openBroker = async () => {
    const broker = await connectBroker({ ...resolved, ...names }, `webhook producer ${instance}`)
    void broker.connection.closed().then(() => {
      open = undefined
    })
    let followed: Promise<void> = Promise.resolve()
    // A receipt is heard only if somebody is already listening.
    await new Promise<void>((noteReady) => {
      followed = followReceipts(broker, {
        stream: names.receiptsStream,
        subject: receiptsSubject,
        note: waits.note,
        noteReady,
        signal: closing.signal,
      })
      void followed.then(noteReady)
    })
    return { broker, followed }
  }

  const useBroker = (): NonNullable<typeof open> => {
    if (closing.signal.aborted) {
      throw new StreamError('closed', 'Failed to send events: the transport is closed. Send before close().')
    }
    open ??= openBroker().catch((error) => {
      open = undefined
      throw error
    })
    return open
  }

  /** Until the broker has it or the time is up: the outcome is in the receipt. */
  const publish = async (
    broker: Broker,
    { id, isFirst, isOver }: { id: string; isFirst: boolean; isOver: () => boolean },
    message: EventMessage,
  ): Promise<void> => {
    // The broker takes a message id once within two minutes. An event without a receipt must not be swallowed by that.
    let messageId = isFirst ? id : anotherId(id)
    let isAsked = false
    while (!isOver()) {
      try {
        const { duplicate } = await broker.jetstream.publish(message.subject, message.body, {
          msgID: messageId,
          headers: message.headers,
          timeout: publishTimeoutMs,
        })
        if (!duplicate || isAsked) return
        // Another process has published it, and its receipt goes there.
        messageId = anotherId(id)
      } catch {
        // The broker may have it all the same. It then says so at the next attempt, and the receipt comes here.
        isAsked = true
        await pause(afterFailureMs)
        if (!isOver()) await broker.ensureStreams().catch(() => {})
      }
    }
  }

  const anotherId = (id: string): string => {
    sendings += 1
    return `${id}.${instance}.${sendings}`
  }

  return {
    async send(events, { timeoutMs, producer, traceparent, signal }) {
      const attempt = startAttempt(timeoutMs, signal)
      try {
        const { broker } = await Promise.race([useBroker(), attempt.failed])
        const settings = { contract, prefix: resolved.prefix, receiptsSubject, seal, nowMs: now() }
        const send = async (event: OutboxEvent): Promise<BatchResult> => {
          const { id } = event
          const givenUp = waits.takeGivenUp(id)
          if (givenUp?.late !== undefined) return givenUp.late
          const traced = { ...event, traceparent: traceparent ?? event.traceparent }
          const message = await writeMessage(traced, producer, settings)
          if ('issues' in message)
            return { status: 'invalid', error: 'invalid_request', issues: message.issues }
          let hasReceipt = false
          const receipt = waits.wait(id, attempt.ended)
          void receipt.then(() => {
            hasReceipt = true
          })
          const isOver = (): boolean => hasReceipt || attempt.isOver()
          await publish(broker, { id, isFirst: givenUp === undefined, isOver }, message)
          return (await receipt) ?? { status: 'retry', error: 'no_receipt' }
        }
        return await Promise.race([Promise.all(events.map(send)), attempt.aborted])
      } finally {
        attempt.end()
      }
    },

    async close() {
      closing.abort()
      const ended = open?.then(
        async ({ broker, followed }) => {
          await followed
          await broker.connection.close()
        },
        () => {},
      )
      // A broker that does not respond must not keep the process from ending; its connection is closed as soon as it is made.
      if (ended !== undefined) await Promise.race([ended, pause(closeTimeoutMs)])
    },
  }
}

/** The time limit of one attempt. It runs out by itself, or the emitter ends it. */
const startAttempt = (timeoutMs: number, signal: AbortSignal) => {
  signal.throwIfAborted()
  let isOver = false
  let end = (): void => {}
  const ended = new Promise<void>((resolve) => {
    end = () => {
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
  })
  const timer = setTimeout(end, timeoutMs)
  signal.addEventListener('abort', end, { once: true })
  const aborted = ended.then((): never | Promise<never> => {
    signal.throwIfAborted()
    return new Promise<never>(() => {})
  })
  const failed = ended.then((): never => {
    signal.throwIfAborted()
    throw new StreamError(
      'broker_unavailable',
      'Failed to send events: the broker does not respond. Check whether it is running.',
    )
  })
  // Both are only evaluated while something waits for them.
  aborted.catch(() => {})
  failed.catch(() => {})
  return { ended, aborted, failed, end, isOver: () => isOver }
}

const jetStreamSchema = z
  .strictObject({
    ...streamShape,
    contract: contractOption(),
    sealingKey: z.optional(
      z.custom<SealingKey | false>(
        (value) => value === false || isPublicKey(value),
        'is not a public key, expected that of createSealingKeys() or false',
      ),
    ),
    now: clock(),
  } satisfies Record<keyof JetStreamOptions, z.core.$ZodType>)
  .check(
    z.refine(({ sealingKey, contract }) => sealingKey !== undefined || !hasPrivateFields(contract), {
      ...evenWhenOthersFail,
      path: ['sealingKey'],
      error:
        'is missing, and events of the contract have private fields; give the public key of createSealingKeys(), or false to leave those fields out',
    }),
  )

export const hasPrivateFields = (contract: AnyContract | undefined): boolean =>
  Object.values(contract?.events ?? {}).some(({ privateFields = [] }) => privateFields.length > 0)
