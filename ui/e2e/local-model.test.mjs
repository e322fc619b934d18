// The small local model's weights as a person fetches them: how far it is, a cut, a file that is not the right one. Its own
// program is played, line for line what the real one says; what it does on the wire is tested in crates/local-model.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Browser, sees } from './browser.mjs'

const TOTAL = 1_117_320_768
const start = (resumed) => ({ event: 'start', model: 'qwen2.5-coder-1.5b', total: TOTAL, resumed })
const bytes = (done) => ({ event: 'bytes', done, total: TOTAL })
const source = (name) => ({ event: 'source', name })

/** Says what the test tells it to, and ends as it is told to. */
const played = (port) => `#!${process.execPath}
require('node:http').get('http://127.0.0.1:${port}/' + process.argv.slice(2).map(encodeURIComponent).join('/'), (told) => {
  let rest = ''
  told.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\\n')
    rest = lines.pop()
    for (const line of lines) {
      if (line.startsWith('exit ')) process.exit(Number(line.slice(5)))
      process.stdout.write(line + '\\n')
    }
  })
})
`

let browser, server, runs, waiting
before(async () => {
  browser = await Browser.start()
  server = createServer((request, answer) => {
    answer.flushHeaders()
    const run = {
      arguments: request.url.slice(1).split('/').map(decodeURIComponent),
      say: (...steps) => answer.write(steps.map((step) => `${JSON.stringify(step)}\n`).join('')),
      end: (code) => answer.end(`exit ${code}\n`),
    }
    const take = waiting.shift()
    if (take) take(run)
    else runs.push(run)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
after(async () => {
  await browser.stop()
  server.closeAllConnections()
  server.close()
})

/** The next time the program is run. */
const run = () => new Promise((take) => {
  if (runs.length > 0) take(runs.shift())
  else waiting.push(take)
})

async function on(body) {
  runs = []
  waiting = []
  const beside = { 'deskhand-local-model': played(server.address().port) }
  await browser.on({ model: false, beside }, async (machine, page) => {
    await page.goto(`${machine.origin}/settings/models`)
    const local = page.getByRole('region', { name: 'Small local model' })
    await body(machine, local, local.getByRole('button', { name: 'Download the local model' }))
  })
}

test('a slow download shows how far it is; what was cut off is gone on with, and what came is there', async () => {
  await on(async (machine, local, button) => {
    const bar = local.getByRole('progressbar', { name: 'Download the local model' })
    await button.click()
    const first = await run()
    assert.deepEqual(first.arguments, ['pull', '--cache', join(machine.home, '.cache', 'deskhand')])
    first.say(start(0), source('Hugging Face'))
    await local.getByText('asking Hugging Face').waitFor()
    assert.equal(await bar.getAttribute('value'), null)
    for (const [part, text] of [[0.1, '10.0 % 112 of 1117 MB'], [0.25, '25.0 % 279 of 1117 MB']]) {
      first.say(bytes(Math.round(TOTAL * part)))
      await local.getByText(text).waitFor()
      await sees(async () => Math.abs(Number(await bar.getAttribute('value')) - part) < 0.001, true)
    }
    assert.ok(await button.isDisabled(), 'it cannot be begun twice')
    assert.deepEqual([runs.length, waiting.length], [0, 0])

    // The line is cut, and there is no other source.
    first.say({ event: 'source-failed', name: 'Hugging Face', reason: 'the connection keeps ending early' })
    await local.getByText('Hugging Face did not give it: the connection keeps ending early').waitFor()
    const why = 'the weights could not be downloaded; what has arrived is kept and continued next time. Tried: Hugging Face (the connection keeps ending early)'
    first.say({ event: 'error', code: 'local-model.no-source', message: why, hint: 'Try again later.' })
    first.end(1)
    await local.getByText(why).waitFor()
    await bar.waitFor({ state: 'detached' })

    // Another click goes on where it was.
    await button.click()
    const second = await run()
    second.say(start(Math.round(TOTAL * 0.25)))
    await local.getByText('going on behind the 279 MB that are there').waitFor()
    await sees(async () => Math.abs(Number(await bar.getAttribute('value')) - 0.25) < 0.001, true)
    second.say(bytes(TOTAL), { event: 'checking' })
    await local.getByText('checking that it is the right file').waitFor()
    const folder = join(machine.home, '.cache', 'deskhand', 'models')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `${'c'.repeat(64)}.gguf`), 'x'.repeat(4096))
    second.say({ event: 'done', path: folder, already: false })
    second.end(0)
    await local.getByText('the local model is there; it is used from the next start of Deskhand').waitFor()
    await button.waitFor({ state: 'detached' })
    await local.getByText(/It is there \(/).waitFor()
  })
})

test('a file that is not the pinned one is refused, and said so; the download can be begun again', async () => {
  await on(async (machine, local, button) => {
    await button.click()
    const first = await run()
    const reason = 'the downloaded file has SHA-256 00, not the pinned cc; it was discarded and not installed'
    const why = `the weights could not be downloaded; what has arrived is kept and continued next time. Tried: Hugging Face (${reason})`
    first.say(start(0), source('Hugging Face'), bytes(TOTAL), { event: 'checking' })
    await local.getByText('checking that it is the right file').waitFor()
    first.say({ event: 'source-failed', name: 'Hugging Face', reason })
    first.say({ event: 'error', code: 'local-model.no-source', message: why, hint: null })
    first.end(1)
    await local.getByText(why).waitFor()
    assert.equal(await local.getByText(/It is there/).count(), 0)
    assert.equal((await machine.api('GET', '/settings/local-model')).ready, false)

    // A program that ends without a word is told as well.
    await button.click()
    const second = await run()
    second.end(3)
    await local.getByText(/the local model was not fetched \(exit status: 3\)\. What came is kept/).waitFor()
    await sees(() => button.isEnabled(), true)
  })
})
