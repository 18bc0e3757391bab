/** What upstream 1.36 puts into every environment. Upstream: apiserver pkg/cel/environment/base.go. */
import { FunctionTable } from '#cel/functions.ts'
import { addresses } from './addresses.ts'
import { authorizer } from './authorizer.ts'
import { conversions } from './conversions.ts'
import { jsonPatch } from './json-patch.ts'
import { lists, sets } from './lists.ts'
import { namedFormats } from './named-formats.ts'
import { operators } from './operators.ts'
import { optionals } from './optionals.ts'
import { quantities } from './quantities.ts'
import { regex } from './regex.ts'
import { semver } from './semver.ts'
import { strings } from './strings.ts'
import { timeParts } from './time.ts'
import { urls } from './urls.ts'

const libraries = [
  operators,
  conversions,
  timeParts,
  strings,
  regex,
  lists,
  sets,
  optionals,
  urls,
  addresses,
  quantities,
  semver,
  namedFormats,
  authorizer,
]

export const functions = new FunctionTable(...libraries)

/** For mutations. */
export const mutationFunctions = new FunctionTable(...libraries, jsonPatch)
