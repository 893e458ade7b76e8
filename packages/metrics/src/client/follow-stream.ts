import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { KyInstance } from 'ky'
import { type FollowedEvent, storedEventSchema } from '../responses/events-response.ts'

interface FollowStreamOptions {
  searchParams: [string, string][]
  /** The server sends something every three seconds; silence for longer than this ends the stream. */
  silenceMs: number
  signal: AbortSignal | undefined
}

class Silence extends Error {}

/** Whether the stream ended because nothing came for too long. */
export const isSilence = (error: unknown): boolean => error instanceof Silence

/** The events of the live route; throws when the stream ends, for whatever reason. */
export async function* followStream(
  client: KyInstance,
  { searchParams, silenceMs, signal }: FollowStreamOptions,
): AsyncGenerator<FollowedEvent, void> {
  const silence = new AbortController()
  const ended = AbortSignal.any([silence.signal, ...(signal === undefined ? [] : [signal])])
  const timer = setTimeout(() => silence.abort(new Silence()), silenceMs)
  try {
    const response = await client.get('v1/metrics/events', {
      searchParams,
      headers: { accept: 'text/event-stream' },
      timeout: false,
      signal: ended,
    })
    const heard = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        timer.refresh()
        controller.enqueue(chunk)
      },
    })
    const messages = response.body
      ?.pipeThrough(heard, { signal: ended })
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
    for await (const { id = '', event, data } of messages ?? []) {
      // The same events, ahead of their turn: for screens.
      if (event === 'arriving') continue
      yield { cursor: id, event: storedEventSchema.parse(JSON.parse(data)) }
    }
  } catch (error) {
    throw silence.signal.aborted ? silence.signal.reason : error
  } finally {
    clearTimeout(timer)
  }
  throw new TypeError('the server ended the stream')
}
