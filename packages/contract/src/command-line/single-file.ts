/** The files inside a single-file executable; `undefined` where Node, Bun or Deno runs files. */
export const singleFile = (): Pick<typeof import('node:sea'), 'getAsset'> | undefined => {
  // Bun and Deno have no such module.
  const sea = process.getBuiltinModule('node:sea') as typeof import('node:sea') | undefined
  return sea?.isSea() ? sea : undefined
}
