import { ConfigError, type ConfigIssue } from '../errors.ts'
import type { Environment } from './environment.ts'
import { nearestHint } from './nearest.ts'
import { quote } from './refusal.ts'

/** Whether the agent looks at the cluster's pods: `auto` when it finds itself in a cluster. */
export type KubernetesChoice = 'auto' | 'on' | 'off'

export interface AgentSettings {
  /** Path of the unix socket that the CNI shim talks to; what must outlive the agent lies in the same folder. */
  readonly socket: string
  readonly kubernetes: KubernetesChoice
  readonly logFormat: 'auto' | 'json' | 'text'
  readonly debug: boolean
}

/** The settings of the agent as flags and environment name them; the first that gives a value wins. */
export const agentSettings = {
  socket: {
    variable: 'EGRESS_AGENT_SOCKET',
    flag: '--socket',
    value: 'PATH',
    doc: 'unix socket that the CNI plugin talks to; its folder keeps what must outlive the agent',
    default: '/run/egress-router/agent.sock'
  },
  kubernetes: {
    variable: 'EGRESS_AGENT_KUBERNETES',
    flag: '--kubernetes',
    value: 'CHOICE',
    doc: "whether the agent looks after the cluster's pods: auto, on or off, which leaves CNI alone",
    default: 'auto',
    choices: ['auto', 'on', 'off']
  },
  logFormat: {
    variable: 'EGRESS_LOG_FORMAT',
    flag: '--log-format',
    value: 'FORMAT',
    doc: 'auto (text on a terminal, JSON elsewhere), json or text',
    default: 'auto',
    choices: ['auto', 'json', 'text']
  },
  debug: { variable: 'EGRESS_ROUTER_DEBUG', flag: '--debug', doc: 'log in detail', default: '' }
} as const satisfies Readonly<Record<keyof AgentSettings, AgentSetting>>

export interface AgentSetting {
  readonly variable: string
  readonly flag: string
  /** What stands for the value in the help; a switch has none. */
  readonly value?: string
  readonly doc: string
  readonly default: string
  readonly choices?: readonly string[]
}

/** Errors: ConfigError with every problem. */
export function readAgentSettings(flags: Readonly<Record<string, string | boolean>>, env: Environment): AgentSettings {
  const issues: ConfigIssue[] = []
  const values = Object.entries<AgentSetting>(agentSettings).map(([key, setting]) => {
    const flag = flags[key]
    const source = flag === undefined ? setting.variable : setting.flag
    const text = String(flag ?? (env[setting.variable] || setting.default))
    if (setting.choices && !setting.choices.includes(text)) {
      issues.push({ source, message: `${quote(text)} is not one of ${setting.choices.join(', ')}`, ...hintOf(text, setting.choices) })
    }
    if (key === 'socket' && !text.startsWith('/')) issues.push({ source, message: `${quote(text)} is no absolute path` })
    return [key, key === 'debug' ? text !== '' && text !== 'false' : text] as const
  })
  if (issues.length > 0) throw new ConfigError(issues)
  return Object.fromEntries(values) as unknown as AgentSettings
}

function hintOf(text: string, choices: readonly string[]): { hint?: string } {
  const hint = nearestHint(text, choices)
  return hint === undefined ? {} : { hint }
}
