import type { AnyContract, DescriptionServiceContract } from '@altcontext/webhook-contract'
import { startEmitter } from './create-emitter.ts'
import type { Emitter } from './emitter.ts'
import type { EmitterOptions } from './emitter-options.ts'
import { resolveEmitterOptions } from './resolve-emitter-options.ts'

/**
 * {@link createEmitter} from `WEBHOOK_URL`, `ADMIN_API_KEY` and `WEBHOOK_SIGNING_SECRET` (roadmap §9, phase D).
 * The last is optional; several secrets, for a rotation, are separated by spaces or commas.
 *
 * @param overrides - Options that replace the variables or are added to them.
 * @param env - @default process.env
 * @throws {EmitterError} `invalid_options`, naming every variable that is missing or wrong
 */
export const createEmitterFromEnv = <C extends AnyContract = DescriptionServiceContract>(
  overrides: Partial<EmitterOptions<C>> = {},
  env: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {},
): Emitter<C> => {
  const secrets = env.WEBHOOK_SIGNING_SECRET?.split(/[\s,]+/).filter((secret) => secret !== '')
  const options = {
    ...overrides,
    url: overrides.url ?? env.WEBHOOK_URL?.trim(),
    adminKey: overrides.adminKey ?? env.ADMIN_API_KEY?.trim(),
    // A variable that is set but blank means a secret is missing, not that requests should be unsigned.
    signingSecret: overrides.signingSecret ?? (secrets?.length === 0 ? '' : secrets),
  } as Partial<EmitterOptions<AnyContract>>
  return startEmitter<C>(
    resolveEmitterOptions(options, {
      url: overrides.url === undefined ? 'WEBHOOK_URL' : 'url',
      adminKey: overrides.adminKey === undefined ? 'ADMIN_API_KEY' : 'adminKey',
      signingSecret: overrides.signingSecret === undefined ? 'WEBHOOK_SIGNING_SECRET' : 'signingSecret',
    }),
  )
}
