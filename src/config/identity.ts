import type { Reader } from './reader.ts'
import { settings } from './settings.ts'
import type { EgressConfig, Numbers } from './shape.ts'

/** What is needed to find our objects in the kernel, without knowing what they should be. */
export type Identity = Pick<EgressConfig, 'interface' | 'clusterInterface' | 'clusterInterfaceGiven' | 'numbers' | 'debug' | 'logFormat'>

/** Reads the part of the configuration that `show` and `clean` need. */
export function readIdentity(reader: Reader): Identity {
  const link = reader.one(settings.interface)
  const clusterInterface = reader.one(settings.clusterInterface)
  const given = reader.texts(settings.clusterInterface)[0]
  if (link === clusterInterface)
    reader.issue(
      reader.texts(settings.interface)[0] ?? given ?? { source: settings.interface.variable },
      `${link} cannot be both the link of the source and that of the cluster`
    )
  return {
    interface: link,
    clusterInterface,
    clusterInterfaceGiven: given !== undefined,
    numbers: readNumbers(reader),
    debug: reader.one(settings.debug),
    logFormat: reader.one(settings.logFormat)
  }
}

function readNumbers(reader: Reader): Numbers {
  const { mark, mask } = reader.one(settings.mark)
  return { table: reader.one(settings.table), mark, mask, priority: reader.one(settings.priority), protocol: reader.one(settings.protocol) }
}
