import { redactText } from '@altcontext/webhook-contract'

/** The query of a view without addresses and credentials in its names and values; as it was where there are none. */
export const redactView = (view: string): string => {
  const pairs = [...new URLSearchParams(view)]
  const kept = pairs.map(([name, value]): [string, string] => [redactPart(name), redactPart(value)])
  const isSame = kept.every(
    ([name, value], index) => name === pairs[index]?.[0] && value === pairs[index]?.[1],
  )
  return isSame ? view : `?${new URLSearchParams(kept)}`
}

// The long id of a tenant looks like a token, but without it the view would show other tenants: it stays, as it does in events.
const redactPart = (text: string): string => (/^[\da-z-]{1,128}$/.test(text) ? text : redactText(text))
