import { Command, Option } from 'commander'
import { type AgentSetting, agentSettings } from '../config/agent-settings.ts'
import { UsageError } from '../errors.ts'
import type { CommandName } from './commands.ts'
import type { CommandOptions } from './options.ts'

type Run = (name: CommandName, options: Pick<CommandOptions, 'flags'>) => Promise<void>

const places = [
  new Option('--bin-dir <DIR>', 'folder in which the container runtime looks for CNI plugins').default('/opt/cni/bin'),
  new Option('--conf-dir <DIR>', 'folder in which the container runtime looks for CNI configurations').default('/etc/cni/net.d')
]

/** `agent` and what belongs to it. `quiet` makes a command throw its errors. */
export function describeAgent(quiet: (command: Command) => Command, run: Run): Command {
  const act = (name: CommandName) => async (flags: Record<string, string | boolean>, command: Command) => {
    const [operand] = command.args
    const path = name === 'agent' ? name : `agent ${name}`
    if (operand !== undefined) throw new UsageError(`unexpected argument '${operand}'`, `see egress-router ${path} --help`)
    await run(name, { flags })
  }
  const agent = quiet(new Command('agent'))
    .description("look after the egress routers of this node's pods: serve CNI, make links and routers, repair them")
    .enablePositionalOptions()
    .allowExcessArguments(true)
    .addHelpText(
      'after',
      '\nExamples:\n  egress-router agent --kubernetes off\n  egress-router agent install-cni --conf-dir /etc/cni/net.d\n'
    )
    .action(act('agent'))
  for (const setting of Object.values<AgentSetting>(agentSettings)) agent.addOption(optionOf(setting))
  const install = quiet(new Command('install-cni'))
    .description('put the CNI plugin in place, and chain it after the plugins of the cluster network')
    .option('--no-chain', 'only the plugin, for networks that name it by themselves')
    .addOption(new Option('--socket <PATH>', "unix socket of the agent, when it is not the plugin's default"))
    .allowExcessArguments(true)
    .action(act('install-cni'))
  const uninstall = quiet(new Command('uninstall-cni'))
    .description('take the CNI plugin out again: every file is as it was before')
    .allowExcessArguments(true)
    .action(act('uninstall-cni'))
  for (const command of [install, uninstall]) {
    for (const place of places) command.addOption(place)
    agent.addCommand(command)
  }
  return agent
}

function optionOf({ flag, value, doc, variable, default: fallback, choices }: AgentSetting): Option {
  const notes = [variable, ...(fallback ? [`default ${fallback}`] : [])].join(', ')
  const option = new Option(value === undefined ? flag : `${flag} <${value}>`, `${doc} (${notes})`)
  return choices ? option.choices([...choices]) : option
}
