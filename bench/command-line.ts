import { Command, Option } from 'commander'
import { Mistake } from './choices.ts'
import { type Question, questions } from './measure/row.ts'
import { titles } from './report/table.ts'

export interface QuestionOptions {
  readonly peers: string
  readonly sizes?: string
  readonly runs?: string
  readonly output: 'text' | 'json'
  readonly ruleset?: string
}

export interface Actions {
  all(options: Pick<QuestionOptions, 'output'>, quick: boolean): Promise<number>
  ask(question: Question, options: QuestionOptions): Promise<number>
  compare(before: string, after: string): number
}

/** Runs what the words ask for and gives the exit code. Errors: Mistake, for words that make no sense. */
export async function runCommandLine(words: readonly string[], actions: Actions): Promise<number> {
  let code = 0
  const output = () => new Option('--output <form>', 'what goes to the standard output').choices(['text', 'json']).default('text')
  const program = new Command('bench')
    .usage('[command] [options]')
    .description('Measures this router beside what one would use instead, in network namespaces of its own. Needs root.')
  program
    .command('all', { isDefault: true })
    .description('every question; writes bench/results and docs/benchmarks.md (under 15 minutes)')
    .addOption(output())
    .action(async options => {
      code = await actions.all(options, false)
    })
  program
    .command('quick')
    .description('every question in short (under a minute, once the peers are there)')
    .addOption(output())
    .action(async options => {
      code = await actions.all(options, true)
    })
  for (const question of questions) {
    const command = program
      .command(question)
      .description(titles[question])
      .option('--peers <names>', 'all, or names separated by commas; ours always takes part', 'all')
      .option('--sizes <numbers>', 'numbers of redirects, separated by commas')
      .option('--runs <number>', 'how often each peer runs at each size')
      .addOption(output())
    if (question === 'install') command.option('--ruleset <file>', 'replace this instead: nft JSON, nft text or a destination list')
    command.action(async options => {
      code = await actions.ask(question, options)
    })
  }
  program
    .command('compare <before> <after>')
    .description('two result files; exit code 1 when a figure of ours is slower beyond the noise')
    .action((before: string, after: string) => {
      code = actions.compare(before, after)
    })
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .allowExcessArguments(false)
  }
  const first = words[0]
  const names = program.commands.map(command => command.name())
  if (first !== undefined && !first.startsWith('-') && ![...names, 'help'].includes(first)) {
    throw new Mistake(`unknown command '${first}': choose from ${names.join(', ')}`)
  }
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    const { code: name, exitCode, message } = error as { code?: string; exitCode?: number; message: string }
    if (!name?.startsWith('commander.')) throw error
    if (exitCode === 0) return 0
    throw new Mistake(message.replace(/^error: /, '').split('\n')[0] as string)
  }
  return code
}
