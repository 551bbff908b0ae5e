import { readPort, readProtocol } from './port.ts'
import { quote, Refusal, refuse } from './refusal.ts'
import type { LocalPort } from './shape.ts'

/** `PORT/PROTOCOL`, or `PORT` for both TCP and UDP. */
export function readLocalPort(text: string): readonly LocalPort[] | Refusal {
  const [portText = '', protocolText, more] = text.split('/')
  if (more !== undefined) return refuse(`${quote(text)} is not PORT or PORT/PROTOCOL`)
  const port = readPort(portText)
  if (port instanceof Refusal) return port
  if (protocolText === undefined)
    return [
      { protocol: 'tcp', port },
      { protocol: 'udp', port }
    ]
  const protocol = readProtocol(protocolText)
  return protocol instanceof Refusal ? protocol : [{ protocol, port }]
}
