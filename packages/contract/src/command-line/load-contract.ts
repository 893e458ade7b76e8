import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AnyContract } from '../events/define-contract.ts'
import { singleFile } from './single-file.ts'

/**
 * The contract that `--contract ./contract.js` names: the file's export "contract" or default. Without a file, the contract of
 * AltContext's description service.
 *
 * @throws when the file exports no contract
 */
export const loadContract = async (file: string | undefined): Promise<AnyContract> => {
  if (file === undefined) {
    // Late, because a command's help needs no contract.
    const { descriptionServiceContract } = await import('../events/description-service-contract.ts')
    return descriptionServiceContract
  }
  const path = resolve(file)
  // A single-file executable imports only built-in modules; it may require files beside it.
  const module =
    singleFile() !== undefined ? createRequire(path)(path) : await import(pathToFileURL(path).href)
  const contract = module.contract ?? module.default
  if (typeof contract?.events !== 'object') {
    throw new Error(
      `${file} exports no contract. Export what defineContract() returns as "contract" or default.`,
    )
  }
  return contract
}
