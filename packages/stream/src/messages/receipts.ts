import { type BatchResult, batchResultSchema } from '@altcontext/webhook-contract'

/** What a consumer says about one event. */
export interface Receipt {
  id: string
  result: BatchResult
}

/** Few enough that a message of `invalid` receipts only stays far below the broker's megabyte. */
const maxReceiptsInMessage = 200

export const writeReceipts = (receipts: readonly Receipt[]): string[] => {
  const messages: string[] = []
  for (let start = 0; start < receipts.length; start += maxReceiptsInMessage) {
    messages.push(JSON.stringify({ receipts: receipts.slice(start, start + maxReceiptsInMessage) }))
  }
  return messages
}

/** Anything that is not a receipt is left out: its event is sent again. */
export const readReceipts = (text: string): Receipt[] => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  const { receipts } = (value ?? {}) as { receipts?: unknown }
  if (!Array.isArray(receipts)) return []
  return receipts.flatMap((receipt): Receipt[] => {
    const { success, data } = batchResultSchema.safeParse(receipt?.result)
    return success && typeof receipt.id === 'string' ? [{ id: receipt.id, result: data }] : []
  })
}
