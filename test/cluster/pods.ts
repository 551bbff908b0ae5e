// Pods of the tests, as objects.
import { pause, tools } from './manifests.ts'

export interface RouterPod {
  readonly name: string
  readonly source?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly namespace?: string
  readonly privileged?: boolean
}

/** A pod without any right whose router the node makes: annotations as given, else source, gateway and one fallback. */
export function unprivileged({ name, source, annotations, namespace = 'default', privileged = false }: RouterPod): string {
  const router = {
    'egress-router.io/source': `${source}/24`,
    'egress-router.io/gateway': '192.168.12.1',
    'egress-router.io/destination': '203.0.113.25'
  }
  const least = { runAsNonRoot: true, runAsUser: 65535, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { name }, annotations: annotations ?? router },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'pause', image: pause, imagePullPolicy: 'Never', securityContext: privileged ? { privileged: true } : least }]
    }
  })
}

export const policy = 'rules:\n  - { namespaces: [default], may: [router], sources: [192.168.12.64/26] }\n'

/** A privileged pod with a link by annotation, whose first container says what links it finds when it starts. */
export function onlooker(name: string): string {
  const command = ['sh', '-c', 'ls /sys/class/net; ip -o link show macvlan0; exec sleep 3600']
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations: { 'pod.network.openshift.io/assign-macvlan': 'true' } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'first', image: tools, imagePullPolicy: 'Never', command, securityContext: { privileged: true } }]
    }
  })
}
