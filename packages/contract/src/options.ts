export { nearestName } from './options/nearest-name.ts'
export {
  adminKeyOption,
  adminKeysOption,
  callback,
  clock,
  contractOption,
  evenWhenOthersFail,
  falseOr,
  oneOf,
  readOption,
  registerOptions,
  signingSecretsOption,
  text,
  wholeNumber,
  withMethods,
} from './options/option-schemas.ts'
export { type ResolveOptionsSettings, resolveOptions } from './options/resolve-options.ts'
