// What the comparison of two result files says, on files that are made up.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { compareResults } from '../../bench/report/compare.ts'
import type { Results } from '../../bench/report/results.ts'

const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))
const bench = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })

const row = (peer: string, n: number, p50_us: number, p99_us = p50_us * 1.05) => ({ peer, n, runs: 30, p50_us, p99_us })
const results = (...install: object[]) => ({ install }) as unknown as Results
const base = results(row('ours', 1, 500), row('ours', 1000, 2000), row('floor', 1, 100), row('floor', 1000, 1000), row('nft', 1, 12_000))

const verdicts = (before: Results, after: Results) =>
  compareResults(before, after).comparisons.map(({ what, verdict }) => `${what}: ${verdict}`)
const scaled = (factor: (peer: string) => number) =>
  results(...(base.install ?? []).map(entry => row(entry.peer, entry.n, entry.p50_us * factor(entry.peer))))
const ours = (verdict: string) => [`install ours N=1: ${verdict}`, `install ours N=1000: ${verdict}`]

t.test('verdicts', async t => {
  t.same(verdicts(base, base).slice(0, 2), ours('same'))
  t.same(
    verdicts(
      base,
      scaled(peer => (peer === 'ours' ? 1.5 : 1))
    ).slice(0, 2),
    ours('slower')
  )
  t.same(
    verdicts(
      base,
      scaled(peer => (peer === 'ours' ? 0.5 : 1))
    ).slice(0, 2),
    ours('faster')
  )
  t.same(
    verdicts(
      base,
      scaled(peer => (peer === 'ours' ? 1.05 : 1))
    ).slice(0, 2),
    ours('same'),
    'a little is noise'
  )
  t.same(
    verdicts(
      base,
      scaled(() => 1.3)
    ).slice(0, 2),
    ours('same'),
    'a machine that is slower today'
  )
  t.same(
    verdicts(
      base,
      scaled(() => 2.5)
    ).slice(0, 2),
    ours('slower'),
    'more than a machine drifts'
  )
})

t.test('noise widens what is let through', async t => {
  const noisy = (p50: number) => results(row('ours', 1, p50, p50 * 6), row('floor', 1, 100), row('nft', 1, 12_000))
  const quiet = (p50: number) => results(row('ours', 1, p50), row('floor', 1, 100), row('nft', 1, 12_000))
  t.match(verdicts(noisy(500), noisy(700))[0], /same/)
  t.match(verdicts(quiet(500), quiet(700))[0], /slower/)
})

t.test('exit codes', async t => {
  const folder = t.testdir()
  const file = (name: string, value: unknown) => {
    const path = join(folder, name)
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
    return path
  }
  const a = file('a.json', base)
  const same = bench('compare', a, a)
  t.equal(same.status, 0, same.stderr)
  t.match(same.stdout, /0 slower, 0 faster, of 5 compared/)
  const worse = bench(
    'compare',
    a,
    file(
      'b.json',
      scaled(peer => (peer === 'ours' ? 2 : 1))
    )
  )
  t.equal(worse.status, 1, worse.stderr)
  t.match(worse.stdout, /\| install ours N=1000 \| 2000 \| 4000 \| \+100\.0 % \| .* \| slower \|/)
  const others = bench(
    'compare',
    a,
    file(
      'c.json',
      scaled(peer => (peer === 'nft' ? 2 : 1))
    )
  )
  t.equal(others.status, 0, 'what others do is not our regression')
  for (const [name, value, words] of [
    ['d.json', 'x', /d\.json is not JSON/],
    ['e.json', { machine: {} }, /e\.json holds no results/],
    ['f.json', { install: [{ peer: 'ours' }] }, /f\.json: 'install' is not a list of rows/],
    ['g.json', { link: [{ peer: 'ours', n: 1, runs: 2, p50_us: 1, p99_us: 1 }] }, /a\.json and .*g\.json have no figure in common/]
  ] as const) {
    const refused = bench('compare', a, file(name, value))
    t.equal(refused.status, 2)
    t.match(refused.stderr, words)
    t.equal(refused.stderr.trim().split('\n').length, 1, 'one line')
  }
})

t.test('what cannot be asked is refused in one line before anything is done', async t => {
  for (const [args, words] of [
    [['install', '--peers', 'nft,zork'], /unknown peer 'zork': choose from ours, ours-json, floor/],
    [['link', '--peers', 'nft'], /peer 'nft' takes no part in 'link'/],
    [['install', '--sizes', '0'], /size '0' is not a whole number/],
    [['install', '--sizes', '1,,2'], /has an empty entry/],
    [['install', '--runs', 'x'], /runs 'x'/],
    [['install', '--frob'], /unknown option '--frob'/],
    [['frob'], /unknown command 'frob': choose from all, quick, install/],
    [['install', '--output', 'xml'], /xml/],
    [['install', '--ruleset', '/nowhere/list'], /cannot read \/nowhere\/list: ENOENT/]
  ] as const) {
    const { status, stderr, stdout } = bench(...args)
    t.equal(status, 2, args.join(' '))
    t.match(stderr, words)
    t.equal(stdout, '')
  }
})
