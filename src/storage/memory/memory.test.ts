import { testStorage } from '#storage/conformance.ts'
import { openMemory } from './memory.ts'

testStorage('memory', async (clock) => openMemory({ clock }))
