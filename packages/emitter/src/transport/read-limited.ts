/**
 * The body of a response as text, or `undefined` when it is longer than `maxBytes`. Either way nothing is left unread:
 * the rest is cancelled, so that no socket stays occupied by a response that nobody wants.
 */
export const readLimited = async (
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<string | undefined> => {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
