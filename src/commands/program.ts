import { Command, CommanderError, Option } from 'commander'
import { nearestHint } from '../config/nearest.ts'
import type { Setting } from '../config/setting.ts'
import { settingKeys, settings } from '../config/settings.ts'
import { UsageError } from '../errors.ts'
import { describeAgent } from './agent-program.ts'
import { type CommandName, commands, type RouterCommandName } from './commands.ts'
import { descriptions } from './examples.ts'
import { invoke, tell } from './invoke.ts'
import type { CommandOptions } from './options.ts'
import { version } from './version.ts'

/** What the process gives to a command line. */
export type Surroundings = Pick<CommandOptions, 'env' | 'stdout' | 'stderr'>

const names = Object.keys(descriptions) as RouterCommandName[]

/** Parses a command line, without the program's name, runs its command and gives the exit code. */
export async function execute(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  let code = 0
  const program = describeProgram(surroundings, async (name, options) => {
    code = await invoke(await commands[name](), options)
  })
  try {
    await program.parseAsync(asked(argv), { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) return tell(error, surroundings)
    return error.exitCode === 0 ? 0 : tell(usageError(error), surroundings)
  }
}

/** `help` and `help plan`, as many programs take them. */
const asked = ([first, ...rest]: readonly string[]): string[] =>
  first === 'help' ? [...rest, '--help'] : first === undefined ? [] : [first, ...rest]

/** Runs a command with what was read from the command line. */
type Run = (name: CommandName, options: CommandOptions) => Promise<void>

function describeProgram(surroundings: Surroundings, run: Run): Command {
  const { stdout } = surroundings
  const program = quiet(new Command('egress-router'), stdout)
    .description('An egress router: owns a reserved source address and redirects connections through it.')
    .version(version(), '--version', 'print the version')
    .usage('[COMMAND] [OPTION...]')
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `${examplesOf(names)}\nOptions of a command: egress-router COMMAND --help; those of run serve without a command, too.\n`
    )
  for (const name of names) program.addCommand(describeCommand(name, surroundings, run), { isDefault: name === 'run' })
  program.addCommand(
    describeAgent(
      command => quiet(command, stdout),
      (name, options) => run(name, { ...surroundings, ...options })
    )
  )
  return program
}

function describeCommand(name: RouterCommandName, surroundings: Surroundings, run: Run): Command {
  const command = quiet(new Command(name), surroundings.stdout).description(descriptions[name].summary).allowExcessArguments(true)
  command.option('--config <FILE>', 'YAML file with settings; flags and environment win over it')
  command.option('--netns <PATH|PID|NAME>', 'network namespace to work in, by path, process id or name')
  if (outputs[name]) command.addOption(new Option('--output <FORM>', `form of what is printed`).choices(outputs[name]).default('text'))
  if (name === 'plan') command.option('--exit-code', 'end with 3 when anything would be done')
  for (const key of settingKeys) command.addOption(flagOf(settings[key]))
  command.addHelpText('after', examplesOf([name]))
  return command.action(async () => {
    refuseOperands(name, command.args)
    const { config: configFile, netns, output, exitCode, ...flags } = command.opts()
    await run(name, { ...surroundings, flags, configFile, netns, output, exitCode })
  })
}

const outputs: { readonly [name in RouterCommandName]?: string[] } = {
  config: ['text', 'json', 'yaml'],
  plan: ['text', 'json'],
  show: ['text', 'json']
}

function flagOf({ flag, value, variable, doc, default: fallback }: Setting<unknown>): Option {
  const notes = [variable, ...(fallback ? [`default ${fallback}`] : [])].join(', ')
  return new Option(value === undefined ? flag : `${flag} <${value}>`, `${doc} (${notes})`)
}

/** Errors are thrown, and told by us in one line; only help and version are printed. */
const quiet = (command: Command, stdout: Surroundings['stdout']): Command =>
  command
    .exitOverride()
    .configureOutput({ writeOut: text => stdout.write(text), writeErr: () => {} })
    .helpCommand(false)

/** The default command receives any word that is no command. */
function refuseOperands(name: RouterCommandName, [operand]: readonly string[]): void {
  if (operand === undefined) return
  if (name !== 'run') throw new UsageError(`unexpected argument '${operand}'`, `see egress-router ${name} --help`)
  if ((names as string[]).includes(operand)) throw new UsageError(`the command '${operand}' comes first, before its options`)
  throw new UsageError(`unknown command '${operand}'`, nearestHint(operand, names))
}

const usageError = ({ message }: CommanderError) => new UsageError(message.replace(/^error: /, '').replace(/\s+/g, ' '))

const examplesOf = (of: readonly RouterCommandName[]) =>
  `\nExamples:\n${of.flatMap(name => descriptions[name].examples.map(example => `  ${example}\n`)).join('')}`
