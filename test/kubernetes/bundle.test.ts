// The libraries for Kubernetes cost tens of megabytes and a tenth of a second: nothing but the agent in a cluster may load them.
import { join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import t from 'tap'
import { root } from '../kit/process.ts'

const heavy = /node_modules\/(@kubernetes|@grpc|protobufjs|prom-client|undici|zod)\//

/** Everything that is read before the first line of a module runs. */
function inputsOf({ outputs }: Metafile, module: string): string[] {
  const seen = new Set<string>()
  const visit = (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { path: next, kind } of outputs[path]?.imports ?? []) if (kind === 'import-statement') visit(next)
  }
  visit(Object.keys(outputs).find(path => outputs[path]?.entryPoint === module) ?? '')
  return [...seen].flatMap(path => Object.keys(outputs[path]?.inputs ?? {}))
}

t.test('what a command loads', async t => {
  const commands = ['run', 'config', 'plan', 'check', 'show', 'clean', 'agent'].map(name => `src/commands/${name}.ts`)
  const modules = ['src/main.ts', 'src/commands/invoke.ts', 'src/kubernetes/standalone.ts', ...commands]
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...modules, 'src/commands/agent-kubernetes.ts'],
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['koffi'],
    outdir: join(root, 'dist/none'),
    logLevel: 'error'
  })
  for (const module of modules) {
    const inputs = inputsOf(metafile, module)
    t.ok(inputs.includes(module), `${module}: ${inputs.length} files`)
    t.same(
      inputs.filter(path => heavy.test(path)),
      [],
      'and none of the libraries for Kubernetes'
    )
  }
  t.ok(
    inputsOf(metafile, 'src/commands/agent-kubernetes.ts').some(path => heavy.test(path)),
    'which the agent loads in a cluster'
  )
})
