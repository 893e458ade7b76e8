import { descriptionServiceContract, safeParseEvent } from '@altcontext/webhook-contract'
import type { AttackReport, AttackTarget } from './attack.ts'
import { createFuzzedBodies } from './fuzzed-bodies.ts'
import { createKeepAliveClient } from './keep-alive-client.ts'
import type { Memory } from './memory-of.ts'
import type { RelayTarget } from './start-relay.ts'

interface FuzzReport extends AttackReport {
  /** Each server's memory, after a tenth of the bodies and at the end. */
  memory: Record<'receiver' | 'relay', { early: Memory; late: Memory }>
  seconds: number
}

const connections = 16
const path = '/v1/webhooks/description-service'

/**
 * Sends bodies that are nearly right, with a valid key, to the three routes of the receiver and to the relay's route. Responses of
 * 5xx, connections cut without a response, and stored rows that the contract would refuse or that
 * hold an address, got through.
 */
export const sendFuzzedBodies = async (
  receiver: AttackTarget,
  relay: RelayTarget,
  { bodies, seed }: { bodies: number; seed: number },
): Promise<FuzzReport> => {
  const startMs = performance.now()
  const fuzzed = createFuzzedBodies(seed)
  const routes = [
    { at: receiver, path, body: fuzzed.event },
    { at: receiver, path: `${path}/batch`, body: fuzzed.batch },
    { at: receiver, path: `${path}/verify`, body: fuzzed.event },
    { at: relay, path: '/events', body: fuzzed.event },
  ]
  const both = (): Promise<[Memory, Memory]> => Promise.all([receiver.memory(), relay.memory()])
  let sent = 0
  let broken = 0
  let early: Promise<[Memory, Memory]> | undefined
  const statuses = new Map<string, number>()
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const clients = routes.map(({ at }) => createKeepAliveClient(at))
      while (sent < bodies) {
        const turn = sent % routes.length
        sent += 1
        if (sent === Math.ceil(bodies / 10)) early = both()
        const route = routes[turn] as (typeof routes)[number]
        const response = await clients[turn]?.send(toRequest(receiver.adminKey, route.path, route.body()))
        const status = response?.status ?? 0
        statuses.set(`${route.path} ${status}`, (statuses.get(`${route.path} ${status}`) ?? 0) + 1)
        if (status === 0 || status >= 500) broken += 1
      }
      for (const client of clients) client.close()
    }),
  )
  const [receiverEarly, relayEarly] = (await early) ?? (await both())
  const [receiverLate, relayLate] = await both()
  const memory = {
    receiver: { early: receiverEarly, late: receiverLate },
    relay: { early: relayEarly, late: relayLate },
  }
  const { rows, wrong, firstWrong } = await judgeRows(receiver)
  const seconds = Math.round((performance.now() - startMs) / 1000)
  const seen = [...statuses].toSorted().map(([name, count]) => `${name.replace(path, '')} × ${count}`)
  return {
    attack: `break four routes with fuzzed bodies (seed ${seed}, ${seconds} s, ${rows} rows stored; ${Object.entries(memory).map(describeMemory).join('; ')}; ${seen.join(', ')}${firstWrong === undefined ? '' : `; wrong is ${firstWrong}`})`,
    tried: sent,
    gotThrough: broken + wrong + (rows === 0 ? 1 : 0),
    memory,
    seconds,
  }
}

const describeMemory = ([name, { early, late }]: [string, { early: Memory; late: Memory }]): string => {
  const change = (figure: keyof Memory) => `${early[figure].toFixed(1)} → ${late[figure].toFixed(1)} MB`
  return `${name}: heap after gc ${change('heapMb')}, external ${change('externalMb')}, rss ${change('rssMb')}`
}

// A site's address keeps the host of the e-mail address in the bodies, as it should. A broken byte may remove the dot of
// its domain: then it is not an address.
const holdsAddress = /fuzz\.ada\s*@\s*[^\s"@]*\.[a-z]{2}/i

interface JudgedRows {
  rows: number
  wrong: number
  /** Shows what is wrong with it. */
  firstWrong?: string | undefined
}

/** Counts stored rows, and those of them that the contract would refuse or that hold an address; a page at a time. */
const judgeRows = async ({ query }: AttackTarget): Promise<JudgedRows> => {
  let [rows, wrong, last] = [0, 0, '']
  let firstWrong: string | undefined
  for (;;) {
    const page = await query<{ id: string }>(
      `SELECT id, event_type AS "eventType", tenant_id AS "tenantId", payload,
         to_char(occurred_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "occurredAt"
       FROM tenant_events WHERE id > $1 ORDER BY id LIMIT 20000`,
      [last],
    )
    rows += page.length
    for (const { id: _id, ...row } of page) {
      const isValid = safeParseEvent(descriptionServiceContract, row).success
      if (isValid && !holdsAddress.test(JSON.stringify(row))) continue
      wrong += 1
      firstWrong ??= JSON.stringify(row)
    }
    if (page.length < 20_000) return { rows, wrong, firstWrong }
    last = page.at(-1)?.id ?? ''
  }
}

const toRequest = (adminKey: string, route: string, body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `POST ${route} HTTP/1.1\r\nhost: localhost\r\nx-admin-key: ${adminKey}\r\ncontent-type: application/json\r\ncontent-length: ${body.byteLength}\r\n\r\n`,
    ),
    body,
  ])
