// Only the version check may be loaded by an old Node: everything else is imported after it.
const major = Number.parseInt(process.versions.node, 10)
if (major < 24) {
  process.stderr.write(`egress-router: Node 24 or newer is needed, and this is ${process.version} (${process.execPath})\n`)
  process.exit(4)
}

const { env, stdout, stderr } = process
const argv = process.argv.slice(2)

// a reader may stop reading, as `head` does, and a router must not end for want of one: only output lost otherwise is a failure
let lost = false
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    lost ||= error.code !== 'EPIPE'
  })
}

// in a pod there is at most the word `run` on the command line, and the library that reads one would cost a third of the start
const code =
  argv.length === 0 || (argv.length === 1 && argv[0] === 'run')
    ? await (await import('./commands/invoke.ts')).invoke('run', { flags: {}, env, stdout, stderr })
    : await (await import('./commands/program.ts')).execute(argv, { env, stdout, stderr })

// what is written is flushed in order, and its errors are told a turn later: the end comes after both, even if something holds the loop
const end = () => process.exit(lost && code === 0 ? 1 : code)
stdout.write('', () => stderr.write('', () => setImmediate(end)))

export {}
