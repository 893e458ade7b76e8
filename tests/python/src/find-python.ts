import { spawnSync } from 'node:child_process'

/** The oldest Python on which the package runs. */
const oldest = [3, 10] as const

// The second line of the output says whether the optional libraries are installed; many machines have two Pythons.
const question = `import sys, importlib.util as util
print(*sys.version_info[:2])
print(sum(util.find_spec(name) is not None for name in ('sqlalchemy', 'fastapi', 'psycopg2', 'psycopg', 'asyncpg')))`

/** The Python of this machine that runs the package: `PYTHON`, or the one with the most optional libraries. */
export const findPython = (): string | undefined => {
  const candidates = process.env.PYTHON === undefined ? ['python3', '/usr/bin/python3'] : [process.env.PYTHON]
  const found = candidates.flatMap((command) => {
    const { status, stdout } = spawnSync(command, ['-c', question], { encoding: 'utf8' })
    const [version = '', libraries = '0'] = status === 0 ? stdout.split('\n') : []
    const [major = 0, minor = 0] = version.split(' ').map(Number)
    return major === oldest[0] && minor >= oldest[1] ? [{ command, libraries: Number(libraries) }] : []
  })
  return found.sort((a, b) => b.libraries - a.libraries)[0]?.command
}
