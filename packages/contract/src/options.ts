export { nearestName } from './options/nearest-name.ts'
export {
  adminKeyOption,
  adminKeysOption,
  callback,
  clientAddressOption,
  clock,
  contractOption,
  evenWhenOthersFail,
  falseOr,
  oneOf,
  readOption,
  registerOptions,
  schemaNameOption,
  signingSecretsOption,
  text,
  wholeNumber,
  withMethods,
} from './options/option-schemas.ts'
export { type ResolveOptionsSettings, resolveOptions } from './options/resolve-options.ts'
export { isSchemaName, maxNameBytes } from './options/schema-name.ts'
