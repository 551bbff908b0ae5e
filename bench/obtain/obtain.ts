// Gets what the peers need, and says what could not be had; the bench goes on without it.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Need, recipes } from './needs.ts'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const sources = folder('../peers/')
const built = folder('../../node_modules/.cache/egress-bench/bench/')

/** Where a need's program is. */
export const programPath = (need: Need): string => `${built}${need}`
export const peerSource = (name: string): string => `${sources}${name}`

export interface Obtained {
  /** Why a need could not be met. */
  readonly missing: ReadonlyMap<Need, string>
}

/** @param install whether Debian packages that are missing may be installed; otherwise they count as missing */
export function obtain(needs: Iterable<Need>, install: boolean, say: (text: string) => void): Obtained {
  const missing = new Map<Need, string>()
  const wanted = [...new Set(needs)]
  const absent = new Set(absentPackages([...new Set(wanted.flatMap(need => recipes[need].packages))]))
  if (install && absent.size > 0) {
    say(`installing ${[...absent].join(' ')}`)
    if (!aptInstall([...absent])) for (const name of absent) aptInstall([name])
    for (const name of absent) if (absentPackages([name]).length === 0) absent.delete(name)
  }
  for (const need of wanted) {
    const lacking = recipes[need].packages.filter(name => absent.has(name))
    if (lacking.length > 0) missing.set(need, `no Debian package ${lacking.join(', ')}${install ? '' : ' here'}`)
    else {
      const reason = build(need, say)
      if (reason) missing.set(need, reason)
    }
  }
  return { missing }
}

function absentPackages(names: readonly string[]): string[] {
  if (names.length === 0) return []
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names], { encoding: 'utf8' })
  const there = new Set(
    (stdout ?? '')
      .split('\n')
      .filter(line => line.endsWith(' installed'))
      .map(line => line.split(' ')[0])
  )
  return names.filter(name => !there.has(name))
}

function aptInstall(names: readonly string[]): boolean {
  const apt = (...words: string[]) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...words], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: 'ignore'
    }).status === 0
  const get = () => apt('install', '-qq', '-y', '--no-install-recommends', ...names)
  return get() || (apt('update', '-qq') && get())
}

/** Builds a program when its source is newer; gives the reason when that fails. */
function build(need: Need, say: (text: string) => void): string | undefined {
  const { source, link = [] } = recipes[need]
  if (source === undefined) return undefined
  const target = programPath(need)
  const from = `${sources}${source}`
  const inputs = source.endsWith('.c') ? [from, `${sources}answer.h`] : readdirSync(from).map(name => `${from}/${name}`)
  if (existsSync(target) && inputs.every(path => statSync(path).mtimeMs <= statSync(target).mtimeMs)) return undefined
  mkdirSync(built, { recursive: true })
  say(`building ${need}`)
  try {
    if (source.endsWith('.c')) {
      execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', '-o', target, from, ...link], { stdio: 'pipe' })
    } else {
      const env = { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '', CGO_ENABLED: '0' }
      execFileSync('go', ['build', '-o', target, '.'], { cwd: from, env, stdio: 'pipe' })
    }
  } catch (error) {
    return `does not build: ${String((error as { stderr?: Buffer }).stderr ?? error)
      .split('\n')
      .slice(0, 3)
      .join(' ')}`
  }
  return undefined
}
