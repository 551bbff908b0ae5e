import type { AnyElement, Command, Expression, NftObject, Statement } from './schema.ts'

/** JSON commands as nft(8) syntax, one command a line, as an operator would type it after `nft `. */
export const formatCommand = (command: Command): string => {
  if ('flush' in command) {
    if ('table' in command.flush) return `flush ${formatName(command.flush)}`
    const [kind, { family, table, name }] = only(command.flush)
    return `flush ${kind} ${family} ${table} ${name}`
  }
  if ('delete' in command) return `delete ${formatName(command.delete)}`
  return `add ${formatObject(command.add)}`
}

function formatName(object: NftObject): string {
  if ('table' in object) return `table ${object.table.family} ${object.table.name}`
  if ('element' in object) return formatObject(object)
  if ('rule' in object) throw new TypeError('a rule has no name')
  const [kind, { family, table, name }] = only(object)
  return `${kind} ${family} ${table} ${name}`
}

function formatObject(object: NftObject): string {
  if ('rule' in object) {
    const { family, table, chain, expr, comment } = object.rule
    return `rule ${family} ${table} ${chain} ${expr.map(formatStatement).join(' ')}${comment === undefined ? '' : ` comment "${comment}"`}`
  }
  if ('element' in object) {
    const { family, table, name, elem } = object.element
    return `element ${family} ${table} ${name} { ${Array.from<AnyElement, string>(elem, formatElement).join(', ')} }`
  }
  const name = formatName(object)
  if ('chain' in object) {
    const { type, hook, prio, policy } = object.chain
    return hook === undefined ? name : `${name} { type ${type} hook ${hook} priority ${prio}; policy ${policy}; }`
  }
  if ('map' in object) return `${name} { type ${object.map.type.join(' . ')} : ${object.map.map}; }`
  if ('set' in object) {
    const { type, flags, size } = object.set
    return `${name} { type ${type.join(' . ')};${flags ? ` flags ${flags.join(', ')};` : ''}${size ? ` size ${size};` : ''} }`
  }
  return name
}

function formatElement(element: AnyElement): string {
  if (Array.isArray(element)) return `${formatExpression(element[0] as Expression)} : ${formatExpression(element[1] as Expression)}`
  if (typeof element === 'object' && 'elem' in element) return formatExpression(element.elem.val)
  return formatExpression(element as Expression)
}

function formatStatement(statement: Statement): string {
  if ('match' in statement) {
    const { op, left, right } = statement.match
    const sign = op === '!=' ? op : equalsSign(left)
    return [formatExpression(left), sign, isLinkName(left) ? `"${right}"` : isMasked(left) ? formatBits(right) : formatExpression(right)]
      .filter(Boolean)
      .join(' ')
  }
  if ('mangle' in statement) return `${formatExpression(statement.mangle.key)} set ${formatExpression(statement.mangle.value)}`
  if ('dnat' in statement) {
    const { family, addr, port } = statement.dnat
    return `dnat ${family} to ${formatExpression(addr)}${port === undefined ? '' : ` : ${formatExpression(port)}`}`
  }
  if ('snat' in statement) return `snat ${statement.snat.family} to ${formatExpression(statement.snat.addr)}`
  if ('set' in statement) {
    const { op, set, elem, stmt } = statement.set
    return `${op} ${set} { ${formatExpression(elem)} ${stmt.map(formatStatement).join(' ')} }`
  }
  if ('reject' in statement) {
    const { type, expr } = statement.reject
    return `reject with ${type}${expr ? ` ${expr}` : ''}`
  }
  return Object.keys(statement)[0] as string
}

/** Only a masked value needs the sign written out; elsewhere nft(8) reads better, and prints itself, without. */
const equalsSign = (left: Expression) => (isMasked(left) ? '==' : '')

const isMasked = (left: Expression) => typeof left === 'object' && '&' in left

const isLinkName = (left: Expression) => typeof left === 'object' && 'meta' in left && left.meta.key.endsWith('ifname')

/** An expression in nft(8) syntax. */
export function formatExpression(expression: Expression): string {
  if (typeof expression === 'string') return expression
  if (typeof expression === 'number') return String(expression)
  if (isList(expression)) return expression.map(formatExpression).join(',')
  if ('meta' in expression) return `meta ${expression.meta.key}`
  if ('ct' in expression) return `ct ${expression.ct.key}`
  if ('rt' in expression) return `rt ${expression.rt.key}`
  if ('fib' in expression) return `fib ${expression.fib.flags.join(' . ')} ${expression.fib.result}`
  if ('payload' in expression) return `${expression.payload.protocol} ${expression.payload.field}`
  if ('tcp option' in expression) return `tcp option ${expression['tcp option'].name} ${expression['tcp option'].field}`
  if ('concat' in expression) return expression.concat.map(formatExpression).join(' . ')
  if ('set' in expression) return `{ ${expression.set.map(formatExpression).join(', ')} }`
  if ('prefix' in expression) return formatPrefix(expression.prefix)
  if ('map' in expression) return `${formatExpression(expression.map.key)} map ${formatExpression(expression.map.data)}`
  if ('&' in expression) return `${formatExpression(expression['&'][0])} & ${formatBits(expression['&'][1])}`
  return `${formatExpression(expression['|'][0])} | ${formatBits(expression['|'][1])}`
}

/** Of a number, as a mark is, the first bits count: nft(8) wants them with the zeros of a number in base sixteen. */
const formatPrefix = ({ addr, len }: { addr: string | number; len: number }) =>
  `${typeof addr === 'number' ? `0x${addr.toString(16)}` : addr}/${len}`

const formatBits = (bits: Expression) =>
  typeof bits === 'number' ? `0x${bits.toString(16)}` : isList(bits) ? `(${bits.join(' | ')})` : formatExpression(bits)

const isList = (expression: Expression): expression is readonly Expression[] => Array.isArray(expression)

/** The one key of a JSON object and what stands there. */
function only(object: object): [string, { family: string; table: string; name: string }] {
  return Object.entries(object)[0] as never
}
