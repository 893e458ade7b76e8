/**
 * The body of an answer as text, or `undefined` when it is longer than `maxBytes`. Either way nothing is left unread:
 * the rest is cancelled, so that no socket stays occupied by an answer that nobody wants.
 */
export const readLimited = async (response: Response, maxBytes: number): Promise<string | undefined> => {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    if (bytes > maxBytes) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
}
