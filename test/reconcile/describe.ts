// A scene in words, for a law that does not hold.
import type { EgressConfig } from '../../src/config/shape.ts'
import type { Scene } from './scenes.ts'

export const describe = ({ config, before, earlier }: Scene): string =>
  [
    ...before.slice(6).map(step => `  ${step.kind} ${JSON.stringify(step.resource)}`),
    ...(earlier ? [`  the first ${earlier.operations} operations of ${words(earlier.config)}`] : []),
    `  then ${words(config)}`
  ].join('\n')

const words = ({ sources, redirects, fallbacks, localPorts, numbers, interface: link, parent, mtu, conflictProbe }: EgressConfig) =>
  JSON.stringify({ link, parent, mtu, conflictProbe, sources, redirects, fallbacks, localPorts, numbers })
