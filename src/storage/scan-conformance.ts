/** What a backend's scan must do, where it has one. */
import assert from 'node:assert/strict'
import { text, value, written, type Contract } from './conformance.ts'
import { limits } from './limits.ts'
import { CompactedError, revisionOf, type Entry } from './storage.ts'

export function scans(contract: Contract): void {
  void contract('a scan finds what is current, and nothing else', async (storage) => {
    if (storage.scan === undefined) return
    for (let i = 0; i < 3 * limits.scanRowsMax; i += 500) {
      const keys = Array.from({ length: 500 }, (_, at) => `/a/${String(i + at).padStart(6, '0')}`)
      await Promise.all(keys.map((key) => storage.create(key, value(key))))
    }
    const changed = written(await storage.update('/a/000001', value('2'), revisionOf(3)))
    await storage.update('/a/000001', value('3'), changed)
    await storage.delete('/a/000002', revisionOf(4))
    await storage.create('/a/000002', value('again'))
    await storage.delete('/a/000003', revisionOf(5))
    await storage.create('/b/1', value('b'))
    for (const prefix of ['/a/', '/b/', '/', '/none']) {
      const ranged = await storage.range({ prefix, limit: 0 })
      const scan = storage.scan(prefix)
      assert.equal(scan.revision, ranged.revision)
      const scanned = (await Array.fromAsync(scan.pages)).flat()
      const shown = (entry: Entry) => [entry.key, entry.revision, text(entry.value)]
      assert.deepEqual(scanned.map(shown), ranged.entries.map(shown))
    }
  })

  void contract('what is written during a scan is not in it', async (storage) => {
    if (storage.scan === undefined) return
    await storage.create('/a', value('1'))
    const scan = storage.scan('/')
    await storage.create('/b', value('2'))
    await storage.delete('/a', revisionOf(2))
    const [page = []] = await Array.fromAsync(scan.pages)
    assert.deepEqual(
      page.map(({ key }) => key),
      ['/a'],
    )
    assert.equal(text(page[0]?.value), '1')
  })

  void contract('a scan of what was compacted meanwhile fails', async (storage) => {
    if (storage.scan === undefined) return
    await storage.create('/a', value('1'))
    const scan = storage.scan('/')
    await storage.update('/a', value('2'), revisionOf(2))
    await storage.compact(revisionOf(3))
    await assert.rejects(Array.fromAsync(scan.pages), CompactedError)
  })
}
