// What the router cannot set in a container, where /proc/sys is read-only, and so must be given from outside: the same list is in
// deploy/examples as the pod's securityContext.sysctls.
import type { Lab } from '../kit/laboratory.ts'

export const leastSysctls: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '1',
  'net.ipv6.conf.all.forwarding': '1',
  // loose: replies come from anywhere; the larger of this and the link's own counts
  'net.ipv4.conf.all.rp_filter': '2',
  // the pod's other addresses are not answered for on the LAN
  'net.ipv4.conf.all.arp_ignore': '1'
}

/** Sets them in the router pod's namespace, as a runtime does before it starts a container there. */
export async function presetSysctls(lab: Lab, sysctls = leastSysctls): Promise<void> {
  const lines = Object.entries(sysctls).map(([key, value]) => `echo ${value} >/proc/sys/${key.replaceAll('.', '/')}`)
  await lab.must('router', ['sh', '-e'], { input: lines.join('\n') })
}
