/** What the flags of `kubectl debug` say. Upstream: kubectl pkg/cmd/debug/debug.go, Complete and Validate. */
import { readFileSync } from 'node:fs'
import { parseYaml } from '#api/yaml.ts'
import type { FlagValues } from '#kubectl/command-line/parse.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError, FlagError } from '#kubectl/errors.ts'
import { isImage } from '#kubectl/generators/image.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import { checkProfile } from './profiles.ts'
import type { Kept } from './profiles.ts'

export interface DebugOptions {
  readonly targets: readonly string[]
  readonly attach: boolean
  /** Of the debugging container, in the order of its fields. */
  readonly template: Json
  readonly command: Json
  readonly env: readonly object[]
  /** Empty: none given. */
  readonly container: string
  readonly image: string
  readonly pullPolicy: string
  readonly copyTo: string
  readonly targetContainer: string
  readonly setImages: ReadonlyMap<string, string>
  /** Undefined: as the profile has it. */
  readonly shareProcesses: boolean | undefined
  readonly sameNode: boolean
  readonly replace: boolean
  readonly quiet: boolean
  readonly stdin: boolean
  readonly tty: boolean
  readonly profile: string
  readonly kept: Kept
  /** Part of a container that is merged into the debugging one. */
  readonly custom: Json | undefined
}

/** Throws CommandError for what contradicts itself. */
export function debugOptions(call: Call): DebugOptions {
  const { flags } = call
  const { targets, words } = wordsOf(call)
  checkProfile(flags.string('profile'))
  const stdin = flags.bool('stdin')
  const env = [...pairs(flags, 'env')].map(([name, value]) => ({ name, value }))
  const image = flags.string('image')
  const pullPolicy = flags.string('image-pull-policy')
  const options: DebugOptions = {
    targets,
    attach: flags.given('attach') ? flags.bool('attach') : stdin,
    command:
      words.length === 0 ? {} : { [flags.bool('arguments-only') ? 'args' : 'command']: words },
    env,
    template: {
      ...(env.length > 0 && { env }),
      ...(image !== '' && { image }),
      ...(pullPolicy !== '' && { imagePullPolicy: pullPolicy }),
      resources: {},
      ...(stdin && { stdin }),
      terminationMessagePolicy: 'File',
      ...(flags.bool('tty') && { tty: true }),
    },
    container: flags.string('container'),
    image,
    pullPolicy,
    copyTo: flags.string('copy-to'),
    targetContainer: flags.string('target'),
    setImages: pairs(flags, 'set-image'),
    shareProcesses: flags.given('share-processes') ? flags.bool('share-processes') : undefined,
    sameNode: flags.bool('same-node'),
    replace: flags.bool('replace'),
    quiet: flags.bool('quiet'),
    stdin,
    tty: flags.bool('tty'),
    profile: flags.string('profile'),
    kept: keptOf(flags),
    custom: customOf(flags.string('custom')),
  }
  validate(call, options)
  if (options.profile === 'legacy') {
    call.io.stderr(
      '--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".\n',
    )
  }
  return options
}

function wordsOf({ args, argsBeforeDash }: Call) {
  if (argsBeforeDash === undefined || args.length <= argsBeforeDash) {
    return { targets: args, words: [] }
  }
  return { targets: args.slice(0, argsBeforeDash), words: args.slice(argsBeforeDash) }
}

function keptOf(flags: FlagValues): Kept {
  return {
    labels: flags.bool('keep-labels'),
    annotations: flags.bool('keep-annotations'),
    liveness: flags.bool('keep-liveness'),
    readiness: flags.bool('keep-readiness'),
    startup: flags.bool('keep-startup'),
    initContainers: flags.bool('keep-init-containers'),
  }
}

/** As pflag's stringToString. */
function pairs(flags: FlagValues, name: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const pair of flags.strings(name)) {
    const equals = pair.indexOf('=')
    if (equals < 0) {
      throw new FlagError(
        `invalid argument ${JSON.stringify(pair)} for "--${name}" flag: ${pair} must be formatted as key=value`,
      )
    }
    found.set(pair.slice(0, equals), pair.slice(equals + 1))
  }
  return found
}

function customOf(file: string): Json | undefined {
  if (file === '') return undefined
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new CommandError(
      `must pass a container spec json file for custom profile: open ${file}: no such file or directory`,
    )
  }
  try {
    const value = parseYaml(text)
    if (isMapping(value)) return value
  } catch {
    // Told below.
  }
  throw new CommandError(`${file} does not contain a valid container spec`)
}

const pullPolicies = ['', 'Always', 'IfNotPresent', 'Never']
const notCustom = ['name', 'command', 'image', 'lifecycle', 'volumeDevices']

function validate(call: Call, options: DebugOptions): void {
  const problem = problemOf(call, options)
  if (problem !== undefined) throw new CommandError(problem)
}

function problemOf({ flags, io }: Call, options: DebugOptions): string | undefined {
  const { attach, image, container, copyTo, command, custom, targetContainer } = options
  const hasWords = Object.keys(command).length > 0
  if (attach && flags.given('attach') && image === '' && container === '') {
    return 'you must specify --container or create a new container using --image in order to attach.'
  }
  const ofCopy = copyTo === '' ? withoutCopy(options) : withCopy(options, hasWords)
  if (ofCopy !== undefined) return ofCopy
  if (image !== '' && !isImage(image)) {
    return `invalid image name ${JSON.stringify(image)}: invalid reference format`
  }
  if (options.targets.length === 0 && flags.strings('filename').length === 0) {
    return 'NAME or filename is required for debug'
  }
  if (!pullPolicies.includes(options.pullPolicy)) {
    return `invalid image pull policy: ${options.pullPolicy}`
  }
  for (const [name, one] of options.setImages) {
    if (!isImage(one)) {
      return `invalid image name ${JSON.stringify(one)} for container ${JSON.stringify(name)}: invalid reference format`
    }
  }
  if (targetContainer !== '') {
    if (copyTo !== '') {
      return '--target is incompatible with --copy-to. Use --share-processes instead.'
    }
    if (!options.quiet) {
      io.stdout(
        `Targeting container ${JSON.stringify(targetContainer)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      )
    }
  }
  if (options.tty && !options.stdin) {
    return '-i/--stdin is required for containers with -t/--tty=true'
  }
  if (custom !== undefined && notCustom.some((field) => custom[field] !== undefined)) {
    return 'name, command, image, lifecycle and volume devices are not modifiable via custom profile'
  }
  return undefined
}

function withCopy({ image, setImages, container }: DebugOptions, hasWords: boolean) {
  if (image === '' && setImages.size === 0 && !hasWords) {
    return 'you must specify --image, --set-image or command arguments.'
  }
  if (hasWords && container === '' && image === '') {
    return 'you must specify an existing container or a new image when specifying args.'
  }
  return undefined
}

function withoutCopy({ replace, sameNode, setImages, image }: DebugOptions) {
  if (replace) return '--replace may only be used with --copy-to.'
  if (sameNode) return '--same-node may only be used with --copy-to.'
  if (setImages.size > 0) return '--set-image may only be used with --copy-to.'
  if (image === '') return 'you must specify --image when not using --copy-to.'
  return undefined
}
