import { randomBytes } from 'node:crypto'
import { loadContract } from '@altcontext/webhook-contract/command-line'
import type { EventLine, Exchange } from './describe-exchange.ts'
import { createFaultPlan } from './fault-plan.ts'
import { serveDevReceiver } from './serve-dev-receiver.ts'

export interface DevFlags {
  port: number
  adminKey?: string | undefined
  signingSecret?: string | undefined
  contract?: string | undefined
  fail?: number | undefined
  every?: number | undefined
  delay?: number | undefined
  dropResponses?: true | undefined
}

export interface DevHost {
  write(text: string): void
  env: Readonly<Record<string, string | undefined>>
  /** Single characters, if somebody is at the terminal. */
  keys?: AsyncIterable<string> | undefined
  /** Ends the command. */
  signal: AbortSignal
}

/** Receives and prints until the signal, or `q`. */
export const runDev = async (flags: DevFlags, { write, env, keys, signal }: DevHost): Promise<void> => {
  const adminKey = flags.adminKey ?? env.ADMIN_API_KEY ?? randomBytes(24).toString('base64url')
  const signingSecret = flags.signingSecret ?? env.WEBHOOK_SIGNING_SECRET
  const faults = createFaultPlan({
    failStatus: flags.fail,
    every: flags.every,
    delayMs: flags.delay,
    dropsResponses: flags.dropResponses,
  })
  const contract = await loadContract(flags.contract)
  const receiver = await serveDevReceiver({
    adminKey,
    signingSecret,
    contract,
    port: flags.port,
    faults,
    onExchange: (exchange) => write(formatExchange(exchange)),
  })
  try {
    write(
      [
        `Receiving events of ${contract.name}. In the product's terminal:`,
        '',
        `  export WEBHOOK_URL=${receiver.url}`,
        `  export ADMIN_API_KEY=${adminKey}`,
        ...(signingSecret === undefined ? [] : [`  export WEBHOOK_SIGNING_SECRET=${signingSecret}`]),
        '',
        `As a page: ${receiver.pageUrl}`,
        ...(keys === undefined ? [] : ['Keys: f fail, d delay, a drop responses, q quit']),
        '',
        '',
      ].join('\n'),
    )
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([stopped, ...(keys === undefined ? [] : [obey(keys, faults, write)])])
  } finally {
    await receiver.close()
  }
}

const faultOfKey = { f: 'fail', d: 'delay', a: 'drop' } as const

/** Resolves when the person at the terminal quits. */
const obey = async (
  keys: AsyncIterable<string>,
  faults: ReturnType<typeof createFaultPlan>,
  write: (text: string) => void,
): Promise<void> => {
  for await (const key of keys) {
    // Ctrl-C and Ctrl-D: a terminal in raw mode sends keys, not signals.
    if (['q', '\u0003', '\u0004'].includes(key)) return
    if (key in faultOfKey)
      write(`From now on ${faults.toggle(faultOfKey[key as keyof typeof faultOfKey])}.\n`)
  }
}

const marks: Record<EventLine['outcome'], string> = {
  stored: '✓ stored',
  duplicate: '= duplicate',
  refused: '✗ refused',
  retry: '↻ to be sent again',
  unknown: '? no result',
}

const formatExchange = ({ what, response, reasons, events }: Exchange): string =>
  [
    `${new Date().toISOString().slice(11, 19)} UTC  ${what} → ${response}`,
    ...reasons.map((reason) => `  ${reason}`),
    ...events.flatMap(({ outcome, eventType, tenantId, fields, reasons: why }) => [
      `  ${marks[outcome]}  ${eventType}  ${tenantId}  ${fields}`.trimEnd(),
      ...why.map((reason) => `      ${reason}`),
    ]),
    '',
  ].join('\n')
