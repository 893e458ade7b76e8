import { afterAll, describe, test } from 'vitest'
import { emitterChecks } from './emitter-checks/emitter-checks.ts'
import {
  createEmitterTarget,
  type EmitterFactory,
  type EmitterTargetOptions,
} from './emitter-checks/emitter-target.ts'
import { receiverChecks } from './receiver-checks/receiver-checks.ts'
import { createReceiverTarget, type ReceiverTargetOptions } from './receiver-checks/receiver-target.ts'
import { type ListeningApp, serveFastify } from './receiver-checks/serve-app.ts'
import { applicable } from './suite/check.ts'

/** A receiver behind a URL, or a Fastify app, which is then served on a free port of loopback. */
export type ReceiverUnderTest = Omit<ReceiverTargetOptions, 'url'> &
  (
    | { url: string; app?: undefined }
    | { app: ListeningApp | (() => ListeningApp | Promise<ListeningApp>); url?: undefined }
  )

/**
 * A vitest suite: every promise of a receiver as a test, over real HTTP.
 *
 * @example
 * describeReceiver('our receiver', { app: () => createApp(), adminKey, signingSecret })
 */
export const describeReceiver = (name: string, options: ReceiverUnderTest): void => {
  const server = createLazyServer(options)
  // Which checks apply is known before the server runs, its URL only afterwards.
  const { app: _app, ...settings } = options
  const target = (address: string) => createReceiverTarget({ ...settings, url: address })
  describe(name, () => {
    afterAll(() => server.close())
    for (const check of applicable(receiverChecks, target('http://127.0.0.1/'))) {
      test(check.title, { timeout: checkTimeoutMs }, async () => check.run(target(await server.url())))
    }
  })
}

/**
 * A vitest suite: every promise of an emitter as a test, each against a receiver of its own, several at once.
 * With the roadmap's schedule it takes about a minute.
 *
 * @example
 * describeEmitter('our emitter', ({ url, adminKey, signingSecret }) => {
 *   const emitter = createEmitter({ url, adminKey, signingSecret })
 *   return {
 *     emit: ({ eventType, tenantId, occurredAt, payload }) => emitter.emit(eventType, { tenantId, ...payload }, { occurredAt }),
 *     close: () => emitter.close(),
 *   }
 * })
 */
export const describeEmitter = (
  name: string,
  start: EmitterFactory,
  options?: EmitterTargetOptions,
): void => {
  const target = createEmitterTarget(start, options)
  describe(name, () => {
    for (const check of applicable(emitterChecks, target)) {
      test.concurrent(check.title, { timeout: checkTimeoutMs }, () => check.run(target))
    }
  })
}

const checkTimeoutMs = 240_000

interface LazyServer {
  url(): Promise<string>
  close(): Promise<void>
}

const createLazyServer = ({ url, app }: ReceiverUnderTest): LazyServer => {
  if (url !== undefined) return { url: async () => url, close: async () => {} }
  let served: Promise<{ app: ListeningApp; origin: string }> | undefined
  return {
    async url() {
      served ??= Promise.resolve(typeof app === 'function' ? app() : app).then(async (ready) => ({
        app: ready,
        origin: await serveFastify(ready),
      }))
      return (await served).origin
    },
    async close() {
      await (await served)?.app.close()
    },
  }
}
