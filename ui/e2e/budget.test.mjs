// How much of the program a browser fetches before anybody asks for previews, differences, settings or dialogs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Browser } from './browser.mjs'
import { calls, says } from './machine.mjs'

const LIMIT = 250_000

let browser
before(async () => { browser = await Browser.start() })
after(() => browser.stop())

test('a page and a task that are only looked at fetch at most 250 kB of scripts; a dialog comes when somebody means it', async () => {
  const replies = [calls(['Read', { file_path: '/mnt/Reports/a.md' }]), says('| a | b |\n| - | - |\n| 1 | **2** |')]
  await browser.on({ replies, files: { 'a.md': '# A' } }, async (machine, page) => {
    const scripts = new Map()
    page.on('response', (answer) => {
      if (answer.request().resourceType() === 'script') scripts.set(new URL(answer.url()).pathname, answer.body())
    })
    // Eight characters of a hash, any of which may be a dash.
    const names = () => [...scripts.keys()].map((path) => path.replace(/^\/assets\/(.*)-.{8}\.js$/, '$1'))
    // What is fetched beforehand waits until a page is there for a second.
    const rest = () => page.waitForTimeout(3_000)

    const task = await machine.task('Read it')
    await machine.until(task, (head) => head.status === 'done')
    await page.reload()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await rest()
    await page.goto(`${machine.origin}/tasks/${task}`)
    await page.getByRole('main').getByRole('table').waitFor()
    await rest()
    const bodies = await Promise.all(scripts.values())
    const total = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0)
    assert.ok(total > 100_000 && total <= LIMIT, `${total} bytes: ${names()}`)

    assert.ok(!names().includes('SearchDialog'))
    await page.getByRole('button', { name: 'Search' }).first().hover()
    for (let tries = 0; tries < 100 && !names().includes('SearchDialog'); tries += 1) await page.waitForTimeout(50)
    assert.ok(names().includes('SearchDialog'), `${names()}`)
    // Nothing of it may be on its way when the browser is closed.
    await Promise.all(scripts.values())
  })
})
