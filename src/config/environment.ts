import type { ConfigIssue } from '../errors.ts'
import type { Layer } from './layer.ts'
import { nearestHint } from './nearest.ts'
import { issueAt, type Text } from './place.ts'
import { quote } from './refusal.ts'
import { type SettingKey, settingKeys, settings } from './settings.ts'

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that other parts of the program read. */
const elsewhere = [
  'EGRESS_HTTP_PROXY_DESTINATION',
  'EGRESS_DNS_PROXY_DESTINATION',
  'EGRESS_TRACE',
  'EGRESS_AGENT_SOCKET',
  'EGRESS_CNI_CONF_DIR',
  'EGRESS_AGENT_KUBERNETES',
  'EGRESS_NODE_NAME',
  'EGRESS_KUBECONFIG',
  'EGRESS_RUNTIME_SOCKET',
  'EGRESS_POLICY_FILE',
  'EGRESS_LISTEN',
  'EGRESS_SYSCTL_FOLDER'
]

const keyOf: ReadonlyMap<string, SettingKey> = new Map(settingKeys.map(key => [settings[key].variable, key]))
const knownNames: readonly string[] = [...keyOf.keys(), ...elsewhere]

/** What the environment gives. An empty variable gives nothing; an unknown name is likely a slip and gets a warning. */
export function readEnvironment(env: Environment): { layer: Layer; issues: ConfigIssue[]; warnings: ConfigIssue[] } {
  const layer = new Map<SettingKey, Text[]>()
  const issues: ConfigIssue[] = []
  const warnings: ConfigIssue[] = []
  for (const [source, text = ''] of Object.entries(env)) {
    if (!source.startsWith('EGRESS_')) continue
    const known = knownNames.includes(source)
    const key = keyOf.get(source)
    if (known && isServiceAddress(text))
      issues.push(
        issueAt(
          { source },
          `${quote(text)} is no setting: Kubernetes sets this variable for a Service of that name`,
          'rename the Service, or set enableServiceLinks: false in the pod'
        )
      )
    else if (key !== undefined && text !== '') layer.set(key, [{ source, text }])
    else if (!known && !isServiceVariable(source, text))
      warnings.push(issueAt({ source }, 'unknown variable, it has no effect', nearestHint(source, knownNames)))
  }
  return { layer, issues, warnings }
}

/** `tcp://10.96.0.1:80`, as Kubernetes writes the address of a Service. */
const isServiceAddress = (text: string) => /^(tcp|udp|sctp):\/\//i.test(text)

/**
 * Whether Kubernetes sets this variable in every pod for a Service whose name begins with `egress`. Only an address makes
 * `…_PORT` such a one: `EGRESS_LOCAL_PORT=8080` is a slip of the user.
 */
function isServiceVariable(name: string, text: string): boolean {
  if (/_SERVICE_HOST$|_SERVICE_PORT(_[A-Z\d_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true
  return name.endsWith('_PORT') && isServiceAddress(text)
}
