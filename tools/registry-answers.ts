/** Exits with 0 when a public image registry can be reached, else with 1. */
import { publicRegistryAnswers } from '#cluster/local/registry.ts'

process.exitCode = (await publicRegistryAnswers()) ? 0 : 1
