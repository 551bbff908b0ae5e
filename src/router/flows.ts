import type { EgressConfig } from '../config/shape.ts'
import { Conntrack } from '../conntrack/conntrack.ts'
import { staleFlows } from '../egress/stale.ts'
import type { LinuxKernel } from '../kernel/linux.ts'
import type { Log } from '../observe/log.ts'
import { inNamespace } from '../sys/namespace.ts'
import { readSysctl } from '../sys/sysctl.ts'

/** How many connections are tracked in a namespace: without any, nothing has to be searched. */
const TRACKED = 'net/netfilter/nf_conntrack_count'

/** Makes the kernel forget the UDP flows that still go where an earlier configuration sent them. Never fatal. */
export function forgetStaleFlows(kernel: LinuxKernel, config: EgressConfig, log: Log): void {
  try {
    if (readSysctl(kernel.namespace, TRACKED) === '0') return
    using conntrack = inNamespace(kernel.namespace, () => new Conntrack())
    const local = new Set(kernel.addresses().map(entry => entry.address))
    const stale = staleFlows(config, conntrack.flows(), local)
    for (const flow of stale) conntrack.forget(flow)
    if (stale.length > 0) log.info(`forgot ${stale.length} UDP flows of an earlier configuration`)
  } catch (error) {
    log.warn(`UDP flows of an earlier configuration may keep their target: ${(error as Error).message}`)
  }
}
