/**
 * The body of an answer as text, or `undefined` when it is longer than `maxBytes`. Either way nothing is left unread:
 * the rest is cancelled, so that no socket stays occupied by an answer that nobody wants.
 */
export const readLimited = async (
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<string | undefined> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) return undefined
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}
