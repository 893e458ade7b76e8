import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type AnyContract, type JsonSchema, toPayloadSchema } from '@altcontext/webhook-contract'
import { loadContract } from '@altcontext/webhook-contract/command-line'
import { type EventFixture, validFixtures } from '../fixtures.ts'
import {
  createWebhookClient,
  type WebhookClient,
  type WebhookResponse,
} from '../receiver-checks/webhook-client.ts'
import { describeExchange } from './describe-exchange.ts'

export interface TriggerFlags {
  url?: string | undefined
  adminKey?: string | undefined
  signingSecret?: string | undefined
  contract?: string | undefined
  tenant: string
  /** `name=value` settings, as they were given. */
  set: readonly string[]
  count: number
  /** Events per second. @default one after the other */
  rate?: number | undefined
}

export interface TriggerHost {
  write(text: string): void
  env: Readonly<Record<string, string | undefined>>
}

/**
 * Sends samples of one event to a receiver, each with an id of its own and the current time.
 *
 * @throws for an unknown event type, or when no receiver or key is named
 * @returns whether every one was stored
 */
export const runTrigger = async (
  eventType: string,
  flags: TriggerFlags,
  { write, env }: TriggerHost,
): Promise<boolean> => {
  const url = flags.url ?? env.WEBHOOK_URL
  const adminKey = flags.adminKey ?? env.ADMIN_API_KEY
  if (url === undefined || adminKey === undefined) {
    throw new Error('no receiver is named. Set WEBHOOK_URL and ADMIN_API_KEY, as "dev" prints them.')
  }
  const contract = await loadContract(flags.contract)
  const sample = sampleOf(contract, eventType, flags)
  const client = createWebhookClient({
    url,
    adminKey,
    signingSecret: flags.signingSecret ?? env.WEBHOOK_SIGNING_SECRET,
  })
  const outcomes: Record<string, number> = {}
  const sendOne = async (): Promise<void> => {
    const { outcome, line } = await send(contract, client, sample)
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    if (flags.count === 1 || outcome !== 'stored') write(`${line}\n`)
  }

  const startMs = performance.now()
  const sending: Promise<void>[] = []
  for (let index = 0; index < flags.count; index += 1) {
    if (flags.rate === undefined) {
      await sendOne()
      continue
    }
    await delay(Math.max(0, startMs + (index * 1000) / flags.rate - performance.now()))
    sending.push(sendOne())
  }
  await Promise.all(sending)
  if (flags.count > 1) {
    const parts = Object.entries(outcomes).map(([outcome, events]) => `${events} ${outcome}`)
    write(`${flags.count} sent: ${parts.join(', ')}\n`)
  }
  return outcomes.stored === flags.count
}

const send = async (
  contract: AnyContract,
  client: WebhookClient,
  sample: EventFixture,
): Promise<{ outcome: string; line: string }> => {
  const id = randomUUID()
  const event = { ...sample, occurredAt: new Date().toISOString() }
  const response = await client.post(event, { id }).catch((error: Error) => error)
  if (response instanceof Error) {
    return { outcome: 'without a response', line: `${sample.eventType}: no response (${codeOf(response)})` }
  }
  const { response: words, reasons, events } = describe(contract, event, response)
  const [line] = events
  const outcome = line === undefined || line.outcome === 'unknown' ? `got ${words}` : line.outcome
  const why = [...reasons, ...(line?.reasons ?? [])].map((reason) => `\n  ${reason}`).join('')
  return { outcome, line: `${sample.eventType} ${outcome}${outcome === 'stored' ? ` as ${id}` : why}` }
}

const describe = (contract: AnyContract, event: EventFixture, { status, body }: WebhookResponse) =>
  describeExchange(
    contract,
    { isBatch: false, headers: {}, body: JSON.stringify(event) },
    { status, headers: {}, body: typeof body === 'object' && body !== null ? body : {} },
  )

/** `ECONNREFUSED`: the code of the innermost error that has one. */
const codeOf = (error: unknown): string => {
  const { code, cause, name } = error as { code?: unknown; cause?: unknown; name?: unknown }
  const inner = cause === undefined ? undefined : codeOf(cause)
  return inner ?? (typeof code === 'string' ? code : String(name))
}

const sampleOf = (
  contract: AnyContract,
  eventType: string,
  { tenant, set }: Pick<TriggerFlags, 'tenant' | 'set'>,
): EventFixture => {
  const definition = Object.hasOwn(contract.events, eventType) ? contract.events[eventType] : undefined
  const sample = validFixtures(contract, tenant).find((event) => event.eventType === eventType)
  if (definition === undefined || sample === undefined) {
    throw new Error(
      `there is no such event in ${contract.name}. Choose one of ${Object.keys(contract.events).join(', ')}.`,
    )
  }
  const { properties = {} } = toPayloadSchema(definition)
  const payload: Record<string, unknown> = { ...sample.payload }
  // It repeats the envelope's time, which is the current one.
  if (definition.timestamp !== undefined) delete payload[definition.timestamp]
  for (const setting of set) {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(setting) ?? []
    if (name === undefined || text === undefined) {
      throw new Error('--set is not of the form name=value, such as --set durationMs=5.')
    }
    payload[name] = readValue(text, properties[name])
  }
  return { ...sample, payload }
}

/** As the contract requires: text for a field of text, else JSON such as a number. `null` is null. */
const readValue = (text: string, schema: JsonSchema | undefined): unknown => {
  if (text === 'null') return null
  if (JSON.stringify(schema ?? {}).includes('"string"')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
