import { readFile } from 'node:fs/promises'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** Every package is ESM only: whoever resolves as CommonJS does cannot use it anyway. */
const unsupportedResolutions = ['node10', 'node16-cjs']

/**
 * What publint (with warnings as errors) and attw find in a tarball. All tarballs are checked in this process: most of the time of
 * either goes into its start.
 *
 * @throws naming every problem.
 */
export const checkPublished = async (name: string, tarball: string): Promise<void> => {
  const data = new Uint8Array(await readFile(tarball))
  const { messages, pkg } = await publint({
    pack: { tarball: data.buffer },
    level: 'suggestion',
    strict: true,
  })
  const { types, ...analysis } = await checkPackage(createPackageFromTarballData(data))
  const wrong = ('problems' in analysis ? analysis.problems : []).filter(
    (problem) => !('resolutionKind' in problem && unsupportedResolutions.includes(problem.resolutionKind)),
  )
  const problems = [
    ...messages
      .filter(({ type }) => type === 'error')
      .map((message) => formatMessage(message, pkg) ?? message.code),
    ...(types === false ? ['There are no types.'] : []),
    ...wrong.map((problem) => JSON.stringify(problem)),
  ]
  if (problems.length > 0) throw new Error(`Failed to check ${name}: ${problems.join('\n')}`)
}
