// The package as others get it: packed from a clean checkout, unpacked elsewhere, compiled against strictly, and run.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openStage } from '../router/stage.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const env = { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` }

const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string; dependencies: object }

/** Packs a copy that was never built, and unpacks it as a dependency of a new project. */
function install(t: { testdir(): string }): string {
  const folder = t.testdir()
  const [checkout, project] = [join(folder, 'checkout'), join(folder, 'project')]
  for (const name of ['src', 'bin', 'native', 'bundle.ts', 'package.json', 'README.md', 'LICENSE', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(join(root, name), join(checkout, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: checkout, env })
  const modules = join(project, 'node_modules')
  mkdirSync(join(modules, '@types'), { recursive: true })
  execFileSync('tar', ['-xf', join(folder, `egress-router-${version}.tgz`), '-C', modules])
  execFileSync('mv', [join(modules, 'package'), join(modules, 'egress-router')])
  symlinkSync(join(root, 'node_modules/@types/node'), join(modules, '@types/node'))
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  return project
}

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  module: 'nodenext',
  target: 'esnext',
  types: ['node'],
  noEmit: true
}

t.test('packed, installed and used', async t => {
  const project = install(t)
  const consumer = join(project, 'consumer.ts')
  cpSync(fileURLToPath(new URL('consumer.ts', import.meta.url)), consumer)
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }')
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
  const types = spawnSync('tsc', ['-p', project], { encoding: 'utf8', env })
  t.equal(types.status, 0, 'its types hold, strictly', { output: types.stdout })

  const { node, pods } = openStage(t)
  const [pod = ''] = pods
  const inside = spawnSync('ip', ['netns', 'exec', pod, 'sh', '-c', 'sleep 60 >/dev/null 2>&1 & echo $!'], { encoding: 'utf8' })
  const pid = inside.stdout.trim()
  t.teardown(() => process.kill(Number(pid)))
  for (const namespace of [pod, `/run/netns/${pod}`, pid]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [consumer, namespace, node], { encoding: 'utf8' })
    t.equal(status, 0, `by ${namespace}`, { stderr })
    t.match(JSON.parse(stdout), { link: 'macvlan0', left: 0, heard: true, foreign: { code: 'EUSAGE' }, repaired: true, present: false })
  }

  const bin = join(project, 'node_modules/egress-router/bin/egress-router')
  t.match(spawnSync(bin, ['--version'], { encoding: 'utf8', env }), { status: 0, stdout: `${version}\n` }, 'and its command runs')
})
