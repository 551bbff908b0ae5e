// Starts dist/cli/router.cjs with its functions compiled already: `npm run build` leaves them beside it as V8's code cache, which halves what
// a start adds to that of Node itself. Another build of Node refuses the cache and compiles as it goes along.
const major = Number.parseInt(process.versions.node, 10)
if (major < 24) {
  process.stderr.write(`egress-router: Node 24 or newer is needed, and this is ${process.version} (${process.execPath})\n`)
  process.exit(4)
}

const { readFileSync } = require('node:fs')

const folder = `${__dirname.slice(0, __dirname.lastIndexOf('/'))}/dist/cli`
const file = `${folder}/router.cjs`

/**
 * koffi's binary without its search for the platform, which costs more than the binary: that of this machine's architecture and the GNU C
 * library, where a checkout and the container have it. Anywhere else koffi itself searches.
 */
function loadKoffi() {
  const loaded = { exports: {} }
  try {
    process.dlopen(loaded, `${folder}/../../node_modules/@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`)
    return loaded.exports
  } catch {
    return require('koffi')
  }
}

/** node:v8 can do this, with thirty modules that it brings along. */
function setFlags(koffi, flags) {
  try {
    koffi.load(null).func('_ZN2v82V818SetFlagsFromStringEPKc', 'void', ['str'])(flags)
  } catch {
    // a Node that does not show this function: it compiles what it needs
  }
}

/**
 * The flags that bin/egress-router gives have had their effect when this runs. V8 refuses code that was compiled under other flags, that of
 * Node's own modules as well: so they are as they were again.
 */
const resetFlags = koffi => setFlags(koffi, '--rehash-snapshot --min-semi-space-size=0 --sparkplug')

/** Hands the functions of one who only starts, which are called a few times each, to no compiler: that costs more than it saves. */
function compileNothing(koffi) {
  // a module of Node's that every start needs, loaded while V8 takes its code as Node has it
  globalThis.AbortController
  setFlags(koffi, '--no-sparkplug')
}

/** What a router that only watches would hold on to: a thread for work that it has none of, and what malloc(3) keeps of large pieces. */
function saveMemory(koffi) {
  process.env.UV_THREADPOOL_SIZE ??= '1'
  const M_MMAP_THRESHOLD = -3
  koffi.load('libc.so.6').func('int mallopt(int parameter, int value)')(M_MMAP_THRESHOLD, 64 * 1024)
}

/** Its linking takes a millisecond, which another processor may have to spare. Where it is missing, that is told when it is needed. */
function loadAhead(koffi) {
  const RTLD_NOW = 2
  koffi
    .load('libc.so.6')
    .func('void *dlopen(const char *file, int mode)')
    .async('libnftables.so.1', RTLD_NOW, () => {})
}

function compiled() {
  try {
    return readFileSync(`${file}.cache`)
  } catch {
    return undefined
  }
}

/** What a CommonJS file is, as a function of what Node gives it. On one line with the source, so that lines in stacks are right. */
function scriptOf(options) {
  const { Script } = require('node:vm')
  const source = readFileSync(file, 'latin1')
  return new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, { filename: file, ...options })
}

let loaded
module.exports = {
  file,
  scriptOf,
  /** For what this starts, all of which has the one that is loaded. */
  get koffi() {
    loaded ??= loadKoffi()
    return loaded
  }
}

if (require.main === module) {
  const { koffi } = module.exports
  if (process.execArgv.length > 0) {
    resetFlags(koffi)
    saveMemory(koffi)
  }
  loadAhead(koffi)
  const script = scriptOf({ cachedData: compiled() })
  if (process.execArgv.includes('--no-sparkplug')) compileNothing(koffi)
  const main = { exports: {} }
  const requireThere = id => {
    if (id === 'koffi') return koffi
    return require(id.startsWith('./') ? `${folder}${id.slice(1)}` : id)
  }
  script.runInThisContext()(main.exports, requireThere, main, file, folder)
}
