import { EgressRouterError } from '../errors.ts'
import type { Steps } from '../steps.ts'
import { Batch } from './batch.ts'
import { isWritable, type Shapes, shapesOf, writeCommands } from './batch-commands.ts'
import { NftablesClient } from './client.ts'
import { type ElementChange, elementCommands } from './element-change.ts'
import { elementAt, readCounts, readElements } from './element-decoder.ts'
import { refusedBatch } from './error.ts'
import { formatExpression } from './format.ts'
import { NetfilterSocket, type Verdict } from './netfilter-socket.ts'
import { ElementPacker } from './packed-elements.ts'
import { deleteCommands, isDynamic, objectsOf, type Ruleset } from './ruleset.ts'
import type { AnyElement, Command, Element, ElementList, NftMap, NftSet } from './schema.ts'
import { despiteAbsence, despiteSurprise, type ListingInterest, type Tables } from './tables.ts'
import { comparing, inverse } from './transition.ts'
import { shapeOf } from './types.ts'

/** How often a table that changes while it is read is read again. */
const TRIES = 10

/** A table without elements, and the transaction after which it was listed. */
interface Known {
  readonly table: string
  readonly structure: Ruleset
  generation: number
}

/** Runs something in the namespace that the tables are in. */
type InPlace = <T>(open: () => T) => T

/**
 * Elements, sets and maps by messages of our own, chains and rules by libnftables. What libnftables has listed is known as long as the
 * namespace sees no other transaction than ours about elements, so that most of the time it is not asked at all.
 */
export class NetlinkTables implements Tables {
  readonly #inPlace: InPlace
  #client: NftablesClient | undefined
  /** Reused for what is done at once; who works in slices opens one of his own. */
  #idle: { socket: NetfilterSocket; batch: Batch } | undefined
  #known: Known | undefined
  #open = true

  constructor(inPlace: InPlace) {
    this.#inPlace = inPlace
    this.#idle = this.#line()
  }

  *list(table: string, { counts = false }: ListingInterest = {}): Steps<Ruleset | undefined> {
    using line = this.#borrow()
    for (let tries = 0; tries < TRIES; tries++) {
      const structure = this.#structure(line.socket, table)
      if (!structure) return undefined
      const elements = yield* this.#elements(line.socket, structure, counts)
      if (elements && line.socket.generation() === this.#known?.generation) return filled(structure, elements)
    }
    throw new EgressRouterError('ENFTABLES', `nft list table inet ${table}: it changed ${TRIES} times while it was read`)
  }

  #structure(socket: NetfilterSocket, table: string): Ruleset | undefined {
    const generation = socket.generation()
    if (this.#known?.table === table && this.#known.generation === generation) return this.#known.structure
    const names = socket.tables()
    if (!names.includes(table)) return undefined
    const listed = this.#library().listStructure(table, names.length === 1)
    if (!listed) return undefined
    const bare = <T extends NftSet | NftMap>({ elem: _, ...object }: T) => object as T
    const structure = { ...listed, sets: listed.sets.map(bare), maps: listed.maps.map(bare) }
    this.#known = { table, structure, generation }
    return structure
  }

  /** undefined when something changed meanwhile. */
  *#elements(socket: NetfilterSocket, structure: Ruleset, counts: boolean): Steps<Map<string, ElementList<AnyElement>> | undefined> {
    const elements = new Map<string, ElementList<AnyElement>>()
    for (const object of objectsOf(structure)) {
      if (isDynamic(object) && !counts) continue
      const shape = shapeOf(object)
      if (!shape)
        throw new EgressRouterError('ENFTABLES', `elements of a type that is not ours: ${object.name}, ${object.type.join(' . ')}`)
      const packer = new ElementPacker(shape)
      const counted: Element[] = []
      const outcome = yield* socket.dumpElements(structure.table, object.name, body =>
        isDynamic(object) ? readCounts(body, shape, element => counted.push(element)) : readElements(body, shape, packer)
      )
      if (outcome !== 'read') return undefined
      elements.set(object.name, isDynamic(object) ? counted : packer.finish())
    }
    return elements
  }

  replace(wanted: Ruleset, observed: Ruleset | undefined): Steps<void> {
    return despiteSurprise(this, wanted, observed, found => this.#replace(wanted, found))
  }

  *#replace(wanted: Ruleset, observed: Ruleset | undefined): Steps<void> {
    const steps = yield* comparing(wanted, observed)
    const shapes = shapesOf([...(observed ? objectsOf(observed) : []), ...objectsOf(wanted)])
    // what is there already is not to be taken back below: the table is not what it was thought to be
    yield* this.#run(steps.first, shapes, true)
    try {
      this.#runInLibrary(steps.structure)
    } catch (error) {
      yield* this.#quietly(inverse(steps), shapes)
      throw error
    }
    try {
      yield* this.#run(steps.last, shapes)
    } catch (error) {
      if (observed) yield* this.#restore(observed)
      throw error
    }
  }

  /** Back to what was there; the error that made us go back is the one to tell. */
  *#restore(observed: Ruleset): Steps<void> {
    try {
      yield* this.#replace(observed, yield* this.list(observed.table))
    } catch {
      // the next run converges from whatever is there
    }
  }

  *#quietly(commands: readonly Command[], shapes: Shapes): Steps<void> {
    try {
      yield* this.#run(commands, shapes)
    } catch {
      // as above
    }
  }

  *delete(table: string): Steps<void> {
    yield* this.#run(deleteCommands(table), new Map())
  }

  *changeElements(change: ElementChange): Steps<void> {
    yield* despiteAbsence(this, change, this.#changeElements)
  }

  #changeElements = (change: ElementChange): Steps<void> => {
    const objects = [change.removed, change.added].flatMap(selection => (selection ? objectsOf(selection) : []))
    return this.#run(elementCommands(change), shapesOf(objects))
  };

  /** Runs commands as one transaction: by messages of our own where there are such, otherwise by libnftables. */
  *#run(commands: readonly Command[], shapes: Shapes, exclusive = false): Steps<void> {
    if (commands.length === 0) return
    if (!isWritable(commands, shapes)) return this.#runInLibrary(commands)
    using line = this.#borrow()
    const { socket, batch } = line
    batch.begin(socket.sequence)
    yield* writeCommands(batch, commands, shapes, exclusive)
    const verdict = yield* socket.transact(batch, 'nft -f -')
    if (verdict.errno !== 0) {
      this.#known = undefined
      throw refusedBatch(commands, verdict.errno, verdict.kernelMessage, placeOf(batch, verdict, shapes))
    }
    if (this.#known && commands.every(isAboutElements)) this.#known.generation = (this.#known.generation + 1) >>> 0 || 1
    else this.#known = undefined
  }

  #runInLibrary(commands: readonly Command[]): void {
    if (commands.length === 0) return
    this.#known = undefined
    this.#library().run(commands)
  }

  #library(): NftablesClient {
    this.#client ??= this.#inPlace(() => new NftablesClient())
    return this.#client
  }

  #line() {
    return { socket: this.#inPlace(() => new NetfilterSocket()), batch: new Batch() }
  }

  /** A socket and a buffer for one piece of work; two pieces that take turns in slices must not share them. */
  #borrow(): { socket: NetfilterSocket; batch: Batch } & Disposable {
    if (!this.#open) throw new EgressRouterError('ENFTABLES', 'these tables are closed')
    const line = this.#idle ?? this.#line()
    this.#idle = undefined
    return {
      ...line,
      [Symbol.dispose]: () => {
        if (this.#open && !this.#idle) this.#idle = line
        else line.socket[Symbol.dispose]()
      }
    }
  }

  /** What libnftables has listed stays known. */
  rest(): void {
    this.#idle?.socket[Symbol.dispose]()
    this.#idle = undefined
    this.#client?.[Symbol.dispose]()
    this.#client = undefined
  }

  [Symbol.dispose](): void {
    this.#open = false
    this.rest()
  }
}

/** The element that the kernel stumbled over. */
function placeOf(batch: Batch, { sequence, offset }: Verdict, shapes: Shapes): string | undefined {
  const message = sequence === undefined ? undefined : batch.message(sequence)
  const found = message && offset !== undefined ? elementAt(message, offset, shapes) : undefined
  return found && `${found.set} { ${formatExpression(found.key)} }`
}

const isAboutElements = (command: Command) => {
  if ('flush' in command) return true
  return 'element' in ('add' in command ? command.add : command.delete)
}

function filled(structure: Ruleset, elements: ReadonlyMap<string, ElementList<AnyElement>>): Ruleset {
  const fill = <T extends NftSet | NftMap>(object: T): T => {
    const elem = elements.get(object.name)
    return elem && elem.length > 0 ? { ...object, elem } : object
  }
  return { ...structure, sets: structure.sets.map(fill), maps: structure.maps.map(fill) }
}
