/** Posts events to a relay. Resolves with their ids after a 202, with `undefined` without such a response. */
export const postEvents = async (url: string, events: readonly object[]): Promise<string[] | undefined> => {
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
      signal: AbortSignal.timeout(5000),
    })
    if (response.status === 202) return ((await response.json()) as { eventIds: string[] }).eventIds
  } catch {
    return undefined
  }
  if (response.status === 400) throw new Error(`The relay refuses: ${await response.text()}`)
  return undefined
}
