import { invoke } from './commands/invoke.ts'
import { outputTo } from './commands/output.ts'
import { run } from './commands/run.ts'

async function main(argv: readonly string[]): Promise<number> {
  const { env } = process
  const [stdout, stderr] = [outputTo(1), outputTo(2)]
  // in a pod there is at most the word `run` on the command line, and the library that reads one would cost a third of the start
  const code =
    argv.length === 0 || (argv.length === 1 && argv[0] === 'run')
      ? await invoke(run, { flags: {}, env, stdout, stderr })
      : await (await import('./commands/program.ts')).execute(argv, { env, stdout, stderr })
  return code === 0 && (stdout.lost || stderr.lost) ? 1 : code
}

// what holds the loop (a descriptor that is still watched) does not hold up the end
main(process.argv.slice(2)).then(code => process.exit(code))
