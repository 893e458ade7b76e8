import { build } from 'esbuild'
import type { PackedPackage } from './public-packages.ts'

interface Bundle {
  code: string
  maxBytes: number
  /** A package that must not be in the bundle. */
  without?: string
}

/** The bundle of a product with the smallest useful program. Peer dependencies that a product brings itself count as well. */
const bundles: Record<string, Bundle> = {
  '@altcontext/webhook-contract': {
    code: "export { parseSigningSecret, verifyWebhook } from '@altcontext/webhook-contract/signing'",
    maxBytes: 15_000,
    without: 'zod',
  },
  '@altcontext/webhook-emitter': {
    code: "export { createEmitter } from '@altcontext/webhook-emitter'",
    maxBytes: 120_000,
  },
}

/** @throws when a bundle is larger than it may be, or holds a package that it must not */
export const checkBundles = async (packages: PackedPackage[], project: string): Promise<string> => {
  const lines: string[] = []
  for (const { name } of packages) {
    const bundle = bundles[name]
    if (bundle === undefined) continue
    const { metafile } = await build({
      stdin: { contents: bundle.code, resolveDir: project },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      write: false,
      metafile: true,
      logLevel: 'silent',
    })
    const [output] = Object.values(metafile.outputs)
    if (output === undefined) throw new Error(`Failed to bundle ${name}: there is no output.`)
    const { bytes, inputs } = output
    const ceiling = `${bundle.maxBytes.toLocaleString('en')} B`
    if (bytes > bundle.maxBytes) {
      throw new Error(
        `${bundle.code} is ${bytes.toLocaleString('en')} B, more than the ${ceiling} it may be.`,
      )
    }
    const part = Object.keys(inputs).find((input) => input.includes(`node_modules/${bundle.without}/`))
    if (part !== undefined) throw new Error(`${bundle.code} holds ${part}.`)
    lines.push(`${bundle.code}: ${bytes.toLocaleString('en')} B minified, at most ${ceiling}`)
  }
  return lines.join('\n')
}
