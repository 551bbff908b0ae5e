// The command line itself: what is typed wrong, the help, and the executable.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { settingKeys, settings } from '../../src/config/settings.ts'
import { executable, run, sound } from './spawn.ts'

const folder = mkdtempSync(join(tmpdir(), 'egress-router-'))
t.teardown(() => rmSync(folder, { recursive: true }))

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

t.test('a slip on the command line is told in one line', async t => {
  const slips: readonly (readonly [string[], RegExp])[] = [
    [['confg'], /^unknown command 'confg'.*config$/],
    [['config', '--outptu', 'json'], /^unknown option '--outptu' .*--output/],
    [['config', '--output', 'xml'], /'xml' is invalid.*text, json, yaml/],
    [['config', '--mtu'], /argument missing/],
    [['config', 'more'], /^unexpected argument 'more'/],
    [['--netns', 'x', 'config'], /^the command 'config' comes first/],
    [['show', '--exit-code'], /^unknown option '--exit-code'/],
    [['--nonsense'], /^unknown option '--nonsense'/]
  ]
  for (const [args, expected] of slips) {
    const { stdout, lines, code } = run(args, { env: sound })
    t.match(lines, [expected], args.join(' '))
    t.same({ stdout, code, lines: lines.length }, { stdout: '', code: 2, lines: 1 })
  }
})

t.test('the help of every command shows each of its flags, and examples', async t => {
  const whole = run(['--help'])
  t.match(whole, { code: 0, stderr: '' })
  t.same(run(['help']), whole, 'asked for by the word')
  t.same(run(['help', 'plan']), run(['plan', '--help']))
  for (const name of ['run', 'config', 'plan', 'check', 'show', 'clean']) {
    t.match(whole.stdout, new RegExp(`^  ${name} `, 'm'))
    const { stdout, stderr, code } = run([name, '--help'])
    t.same({ stderr, code }, { stderr: '', code: 0 }, name)
    const flags = ['--config', '--netns', ...settingKeys.map(key => settings[key].flag)]
    t.same(
      flags.filter(flag => !new RegExp(`^ +${flag}( |$)`, 'm').test(stdout)),
      []
    )
    t.match(stdout, /\nExamples:\n {2}.*egress-router/)
  }
})

t.test('the version', async t => {
  t.match(run(['--version']), { stdout: `${version}\n`, stderr: '', code: 0 })
})

t.test('without a command and without anything given the router says what it lacks', async t => {
  const { lines, code } = run([])
  t.match(lines, [/^EGRESS_SOURCE unspecified/, /^EGRESS_GATEWAY unspecified/, /^EGRESS_DESTINATION unspecified/])
  t.equal(code, 2)
})

t.test('the executable works from anywhere and through links', async t => {
  const link = join(folder, 'link')
  const second = join(folder, 'second')
  symlinkSync(executable, link)
  symlinkSync('link', second)
  for (const file of [link, second, executable]) t.equal(run(['--version'], { file, cwd: '/' }).stdout, `${version}\n`, file)
  t.equal(run(['--version'], { file: `./${basename(executable)}`, cwd: dirname(executable) }).stdout, `${version}\n`)
  t.equal(
    run(['second', '--version'], { file: '/usr/bin/env', env: { PATH: `${folder}:${process.env.PATH}` } }).stdout,
    `${version}\n`,
    'on PATH'
  )
})

t.test('the executable without its build, and without a Node of its own', async t => {
  const bin = join(folder, 'package', 'bin')
  const file = join(bin, 'egress-router')
  mkdirSync(bin, { recursive: true })
  copyFileSync(executable, file)
  const missing = run([], { file })
  t.match(missing.lines, [/^egress-router: .*dist\/cli is missing: run npm ci && npm run build$/])
  t.same([missing.code, missing.lines.length, missing.stdout], [1, 1, ''])
  const dist = join(folder, 'package', 'dist', 'cli')
  const own = join(folder, 'own')
  mkdirSync(dist, { recursive: true })
  mkdirSync(own)
  writeFileSync(join(dist, 'router.cjs'), '')
  writeFileSync(join(own, 'node'), '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n')
  chmodSync(join(own, 'node'), 0o755)
  const found = run(['a b', '*'], { file, env: { PATH: `${own}:${process.env.PATH}` } })
  t.same([found.stdout.split('\n').slice(1), found.code], [['a b', '*', ''], 7], 'arguments and exit code pass through')
})

t.test('an old Node is told so', async t => {
  const preload = join(folder, 'old.cjs')
  writeFileSync(preload, "Object.defineProperty(process.versions, 'node', { value: '20.1.0' })\n")
  const { lines, stdout, code } = run([], { env: { NODE_OPTIONS: `--require=${preload}` } })
  t.match(lines, [/^egress-router: Node 24 or newer is needed/])
  t.same([stdout, code], ['', 4])
})

t.test('another build of Node compiles by itself what ours has compiled already', async t => {
  const bin = join(folder, 'stale', 'bin')
  const dist = join(folder, 'stale', 'dist', 'cli')
  for (const made of [bin, dist]) mkdirSync(made, { recursive: true })
  const built = fileURLToPath(new URL('../../dist/cli', import.meta.url))
  for (const name of ['egress-router', 'start.cjs']) copyFileSync(join(dirname(executable), name), join(bin, name))
  copyFileSync(join(built, 'router.cjs'), join(dist, 'router.cjs'))
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'stale', 'node_modules'))
  const cache = readFileSync(join(built, 'router.cjs.cache'))
  // spoilt as a foreign one is: in the hash of V8's version
  const foreign = Buffer.from(cache).fill(7, 4, 8)
  const ask = `const { scriptOf } = require('./start.cjs')
    console.log(scriptOf({ cachedData: require('node:fs').readFileSync('../dist/cli/router.cjs.cache') }).cachedDataRejected)`
  for (const [data, rejected] of [
    [cache, 'false\n'],
    [foreign, 'true\n']
  ] as const) {
    writeFileSync(join(dist, 'router.cjs.cache'), data)
    t.equal(run(['-e', ask], { file: process.execPath, cwd: bin }).stdout, rejected)
  }
  t.match(run([], { file: join(bin, 'egress-router') }), { code: 2, stderr: /^EGRESS_SOURCE unspecified/ }, 'with a foreign one')
  rmSync(join(dist, 'router.cjs.cache'))
  t.match(run([], { file: join(bin, 'egress-router') }), { code: 2, stderr: /^EGRESS_SOURCE unspecified/ }, 'with none')
})

t.test('output that is lost is a failure, a reader that stopped is none', async t => {
  const to = (command: string) => run(['-c', command, 'sh', executable], { file: '/bin/sh', env: sound }).code
  t.equal(to('"$1" config >/dev/full'), 1)
  t.equal(to('"$1" config | true'), 0)
})
