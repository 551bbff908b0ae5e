import { ConfigError, type ConfigIssue } from '../errors.ts'
import type { Environment } from './environment.ts'
import { type ListenAddress, parseListenAddress } from './listen.ts'
import { nearestHint } from './nearest.ts'
import { quote } from './refusal.ts'

/** Whether the agent looks at the cluster's pods: `auto` when it finds itself in a cluster. */
export type KubernetesChoice = 'auto' | 'on' | 'off'

export interface AgentSettings {
  /** Path of the unix socket that the CNI shim talks to; what must outlive the agent lies in the same folder. */
  readonly socket: string
  readonly kubernetes: KubernetesChoice
  /** Name of this node in the cluster; empty when nothing gives it, as the other texts below. */
  readonly node: string
  /** Empty: the service account of the agent's pod. */
  readonly kubeconfig: string
  /** Empty: looked for at the usual places. */
  readonly runtimeSocket: string
  /** Empty: privileged pods and nobody else. */
  readonly policyFile: string
  /** Folder in which the plugin is kept chained after the cluster network; empty: nowhere. */
  readonly cniConfDir: string
  /** Folder in which the plugin's program is kept; empty: it is put there by other means. */
  readonly cniBinDir: string
  /** Name of the DaemonSet that the agent is of; empty: of none. */
  readonly daemonSet: string
  /** Address for metrics and probes. */
  readonly listen: ListenAddress | undefined
  readonly sysctlFolder: string
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
    default: '/run/egress-router/agent.sock',
    path: true
  },
  kubernetes: {
    variable: 'EGRESS_AGENT_KUBERNETES',
    flag: '--kubernetes',
    value: 'CHOICE',
    doc: "whether the agent looks after the cluster's pods: auto, on or off, which leaves it at CNI",
    default: 'auto',
    choices: ['auto', 'on', 'off']
  },
  cniConfDir: {
    variable: 'EGRESS_CNI_CONF_DIR',
    flag: '--cni-conf-dir',
    value: 'DIR',
    doc: 'folder of network configurations in which the plugin is kept chained after the cluster network, whatever becomes of that',
    default: '',
    path: true
  },
  cniBinDir: {
    variable: 'EGRESS_CNI_BIN_DIR',
    flag: '--cni-bin-dir',
    value: 'DIR',
    doc: 'folder of CNI plugins in which the program is put before it is chained',
    default: '',
    path: true
  },
  daemonSet: {
    variable: 'EGRESS_DAEMON_SET',
    flag: '--daemon-set',
    value: 'NAME',
    doc: 'DaemonSet of this agent, in its own Kubernetes namespace: when that is gone, or does without the plugin, the agent takes it out as it ends',
    default: ''
  },
  node: { variable: 'EGRESS_NODE_NAME', flag: '--node', value: 'NAME', doc: 'name of this node in the cluster', default: '' },
  kubeconfig: {
    variable: 'EGRESS_KUBECONFIG',
    flag: '--kubeconfig',
    value: 'FILE',
    doc: "how the API server is reached; without it as the pod's service account",
    default: '',
    path: true
  },
  runtimeSocket: {
    variable: 'EGRESS_RUNTIME_SOCKET',
    flag: '--runtime-socket',
    value: 'PATH',
    doc: 'socket of containerd or CRI-O; without it looked for at the usual places',
    default: '',
    path: true
  },
  policyFile: {
    variable: 'EGRESS_POLICY_FILE',
    flag: '--policy-file',
    value: 'FILE',
    doc: 'YAML file that says which pods may ask for what, followed as it changes; without it privileged pods and nobody else, without a cluster nobody',
    default: '',
    path: true
  },
  listen: {
    variable: 'EGRESS_LISTEN',
    flag: '--listen',
    value: '[ADDRESS:]PORT',
    doc: 'where /metrics, /healthz and /readyz are served; without it nowhere',
    default: ''
  },
  sysctlFolder: {
    variable: 'EGRESS_SYSCTL_FOLDER',
    flag: '--sysctl-folder',
    value: 'FOLDER',
    doc: "where the node's /proc/sys can be written, as a container's own cannot",
    default: '/proc/sys',
    path: true
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
  /** An absolute path, as the agent has no folder of its own. */
  readonly path?: boolean
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
    if (setting.path && text !== '' && !text.startsWith('/')) issues.push({ source, message: `${quote(text)} is no absolute path` })
    if (key === 'listen') return [key, readListen(text, source, issues)] as const
    return [key, key === 'debug' ? text !== '' && text !== 'false' : text] as const
  })
  if (issues.length > 0) throw new ConfigError(issues)
  return Object.fromEntries(values) as unknown as AgentSettings
}

function readListen(text: string, source: string, issues: ConfigIssue[]): ListenAddress | undefined {
  const address = parseListenAddress(text)
  if (text !== '' && !address)
    issues.push({ source, message: `${quote(text)} is not an address to listen on`, hint: 'such as 127.0.0.1:9180' })
  return address
}

function hintOf(text: string, choices: readonly string[]): { hint?: string } {
  const hint = nearestHint(text, choices)
  return hint === undefined ? {} : { hint }
}
