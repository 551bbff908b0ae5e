// Makes dist/cli, the command line, of src/main.ts: what a start in a pod needs in one file, compiled, and beside it what is loaded when it
// is asked for; dist/native/pause, of native/pause, and dist/cni/egress-router, of native/cni-shim. Usage: node bundle.ts
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { build, type Plugin } from 'esbuild'

/**
 * Flags for a start with the Node that builds it. The hash tables of Node's snapshot are taken as they are, rather than made anew with a seed
 * of this process, which takes a fifth of the start of Node: the seed protects from who can choose keys, and of a router that is the
 * administrator, while the agent, which listens, starts without the flags. V8 collects in the thread of the event loop alone: who collects
 * with other threads waits for the slowest of them, which where the kernel keeps a processor busy with thousands of redirects gets its turn
 * when the kernel is done. One thread is left to V8, for compiling. Nor does V8 look for garbage again and again when nothing happens any
 * more: the router gives its own back at rest.
 */
const flags = ['--no-rehash-snapshot', '--single-threaded-gc', '--v8-pool-size=1', '--no-memory-reducer']

/** Each becomes a file of its own; the first is loaded at every start, the others by an `import()` of it. */
const files = { router: 'src/main.ts', program: 'src/commands/program.ts', file: 'src/config/file.ts', yaml: 'src/commands/yaml.ts' }
/** What stays for long and has libraries that only some need: in modules that share what they share. */
const apartFiles = { agent: 'src/commands/agent-apart.ts' }

/** An `import()` of one of the files is left to the run time, any other goes into the bundle. */
const apart: Plugin = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ kind, path, importer }) => {
      if (kind !== 'dynamic-import') return undefined
      const target = new URL(path, `file://${importer}`).pathname
      const named = (list: Readonly<Record<string, string>>) => Object.entries(list).find(([, file]) => target.endsWith(`/${file}`))?.[0]
      const [name, other] = [named(files), named(apartFiles)]
      if (name !== undefined) return { path: `./${name}.cjs`, external: true }
      return other === undefined ? undefined : { path: `./${other}.mjs`, external: true }
    })
  }
}

/** koffi as bin/start.cjs has loaded it, for what is loaded beside the router. */
const foreign: Plugin = {
  name: 'foreign',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^koffi$/, namespace: 'file' }, () => ({ path: 'koffi', namespace: 'foreign' }))
    onLoad({ filter: /./, namespace: 'foreign' }, () => ({
      contents: "module.exports = require(__dirname + '/../../bin/start.cjs').koffi"
    }))
  }
}

for (const folder of ['dist/cli', 'dist/cni', 'dist/native']) rmSync(folder, { recursive: true, force: true })
for (const [name, file] of Object.entries(files)) {
  await build({
    entryPoints: { [name]: file },
    outdir: 'dist/cli',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    // CommonJS is linked while it is read, and needs no loader that has to be started first
    format: 'cjs',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
    external: ['koffi'],
    // bin/start.cjs gives koffi to what it starts
    plugins: name === 'router' ? [apart] : [apart, foreign],
    // of the router all of it, names as well: a third of its text, which stays in memory
    minifyIdentifiers: name === 'router',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning'
  })
}

await build({
  entryPoints: apartFiles,
  outdir: 'dist/cli',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'agent-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // libraries in CommonJS ask for these
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname;"
  },
  external: ['koffi'],
  plugins: [foreign],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning'
})

const { file: router, scriptOf } = createRequire(import.meta.url)('./bin/start.cjs')
// every function, also those that no one has called yet
setFlagsFromString('--no-lazy')
const script = scriptOf()
setFlagsFromString('--lazy')
writeFileSync(`${router}.cache`, script.createCachedData())
writeFileSync('dist/cli/flags', `flags='${flags.join(' ')}'\n`)

// what EGRESS_AFTER=pause becomes, and the CNI plugin; a machine without a compiler does without
if (spawnSync('cc', ['--version']).error || spawnSync('make', ['--version']).error) {
  process.stderr.write(
    'build: no C compiler or no make here: dist/native/pause is left out, so that EGRESS_AFTER=pause will be refused, and dist/cni/egress-router, the CNI plugin of the agent; everything else is built\n'
  )
} else {
  const { status } = spawnSync('make', ['-s', '-C', 'native', 'pause', 'cni-shim', 'OUT=../dist/native'], {
    stdio: ['ignore', 'inherit', 'inherit']
  })
  if (status !== 0) process.exit(1)
}
