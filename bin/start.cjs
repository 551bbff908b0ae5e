// Starts dist/cli/router.cjs with its functions compiled already: `npm run build` leaves them beside it as V8's code cache, which halves what
// a start adds to that of Node itself. Another build of Node refuses the cache, and compiles as it goes along.
const major = Number.parseInt(process.versions.node, 10)
if (major < 24) {
  process.stderr.write(`egress-router: Node 24 or newer is needed, and this is ${process.version} (${process.execPath})\n`)
  process.exit(4)
}

const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { Script } = require('node:vm')

const file = `${__dirname.slice(0, __dirname.lastIndexOf('/'))}/dist/cli/router.cjs`

function compiled() {
  try {
    return readFileSync(`${file}.cache`)
  } catch {
    return undefined
  }
}

/** What a CommonJS file is, as a function of what Node gives it. On one line with the source, so that lines in stacks are right. */
function scriptOf(options) {
  const source = readFileSync(file, 'latin1')
  return new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, { filename: file, ...options })
}

if (require.main === module) {
  const script = scriptOf({ cachedData: compiled() })
  const main = { exports: {} }
  script.runInThisContext()(main.exports, createRequire(file), main, file, file.slice(0, file.lastIndexOf('/')))
}

module.exports = { file, scriptOf }
