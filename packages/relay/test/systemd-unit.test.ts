import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const unit = new URL('../examples/webhook-relay.service', import.meta.url).pathname
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

/** Each line that confines an attacker who takes over the relay, and what `systemd-analyze` says about a unit without it. */
const walls: Record<string, string> = {
  'NoNewPrivileges=yes': 'NoNewPrivileges',
  'CapabilityBoundingSet=': 'CapabilityBoundingSet_CAP_SYS_ADMIN',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX': 'RestrictAddressFamilies_AF_PACKET',
  'SystemCallFilter=~@privileged @resources': 'SystemCallFilter_resources',
  'SystemCallArchitectures=native': 'SystemCallArchitectures',
  'ProtectSystem=strict': 'ProtectSystem',
  'ProtectHome=yes': 'ProtectHome',
  'PrivateDevices=yes': 'PrivateDevices',
  'RestrictNamespaces=yes': 'RestrictNamespaces_user',
}

interface Assessment {
  json_field: string
  set: boolean | null
}

describe.skipIf(!hasSystemd)('the unit for systemd (left out: systemd-analyze is not installed)', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'webhook-relay-unit-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const analyze = (args: string[]): { status: number | null; output: string } => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, '--no-pager'], {
      encoding: 'utf8',
    })
    return { status, output: stdout + stderr }
  }
  // A dynamic user implies some of the lines; they are there for whoever replaces it with a user of their own.
  const lines = readFileSync(unit, 'utf8').replace('DynamicUser=yes', 'User=webhook-relay').split('\n')

  /** What systemd would leave open of such a unit. */
  const openOf = (unitLines: string[]): string[] => {
    const file = join(folder, 'webhook-relay.service')
    writeFileSync(file, unitLines.join('\n'))
    const { output } = analyze(['security', '--offline=true', '--json=short', file])
    return (JSON.parse(output) as Assessment[])
      .filter(({ set }) => set === false)
      .map((each) => each.json_field)
  }

  test('has no line that systemd does not know', () => {
    expect(analyze(['verify', '--man=no', unit])).toEqual({ status: 0, output: '' })
  })

  test('leaves an exposure of at most 2.0 out of 10', () => {
    expect(analyze(['security', '--offline=true', '--threshold=20', unit])).toMatchObject({ status: 0 })
  })

  test.each(Object.entries(walls))('needs the line %s for what systemd calls %s', (line, name) => {
    expect(lines).toContain(line)
    expect(openOf(lines)).not.toContain(name)
    expect(openOf(lines.filter((each) => each !== line))).toContain(name)
  })
})
