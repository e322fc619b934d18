// The server dies, several windows look at one task: nobody loses anything.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, sees } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'

/** What a browser says of a server that is not there, and of the old window's cookie after it is back. */
const gone = [/net::ERR_/, /status of 401/]
const write = (n) => calls(['Write', { file_path: `/mnt/Reports/part-${n}.md`, content: `Part ${n}\n` }])

let browser
before(async () => { browser = await Browser.start() })
after(() => browser.stop())

test('a crash in mid-task is told, and after the start the task goes on and finishes', async () => {
  const machine = await Machine.start({
    replies: [write(1), { ...write(2), delay_ms: 4000 }, says('Both parts are written.')],
    then: 'repeat_last',
  })
  try {
    const task = await machine.task('Write the parts')
    const page = await browser.open(machine, `/tasks/${task}`)
    const log = page.getByRole('log', { name: 'Conversation' })
    await log.getByRole('button', { name: /Wrote/ }).waitFor()
    assert.equal(await machine.read('part-1.md'), 'Part 1\n')
    assert.deepEqual(browser.takeFaults(), [])

    await machine.kill()
    await page.getByText('Connection lost. Reconnecting…').waitFor()
    await log.getByText('Write the parts').waitFor()

    await machine.serve()
    const again = await browser.open(machine, `/tasks/${task}`)
    const resume = again.getByRole('button', { name: /^Go on/ }).first()
    const done = again.getByRole('main').getByRole('group', { name: 'Done' })
    await resume.or(done).waitFor()
    if (await resume.isVisible()) await resume.click()
    await done.waitFor({ timeout: 20_000 })
    await again.getByText('Both parts are written.').first().waitFor()
    assert.equal((await machine.api('GET', `/tasks/${task}`)).head.status, 'done')
    assert.equal(await machine.read('part-1.md'), 'Part 1\n')
    assert.deepEqual(browser.takeFaults(gone), [])
    await page.close()
    await again.close()
  } finally {
    await machine.stop()
  }
})

test('four windows of one browser, each on its own task: the fourth one answers, and all of them see the end', async () => {
  // A browser keeps six connections to one address; two streams for each window would take eight.
  const machine = await Machine.start({ replies: [{ ...write('{{n}}'), times: 4 }, { ...says('Written.'), times: 4 }] })
  const pages = []
  try {
    const ids = []
    for (const n of [1, 2, 3, 4]) {
      ids.push(await machine.task(`Write part ${n}`, { mode: 'manual' }))
      await machine.until(ids.at(-1), ({ status }) => status === 'waiting')
    }
    const card = (page) => page.getByRole('region', { name: 'May Deskhand do this?' })
    const done = (page) => page.getByRole('main').getByRole('group', { name: 'Done' })
    for (const id of ids) {
      const page = await browser.context.newPage()
      pages.push(page)
      browser.watch(page, machine.origin)
      await page.goto(pages.length === 1 ? machine.url : machine.origin)
      await page.goto(`${machine.origin}/tasks/${id}`, { waitUntil: 'commit' })
      await card(page).waitFor()
    }
    const allow = async (page) => {
      await page.bringToFront()
      await page.waitForTimeout(700)
      await card(page).getByRole('button', { name: 'Allow once' }).click()
    }
    const [, , , fourth] = pages
    await allow(fourth)
    await machine.until(ids[3], ({ status }) => status === 'done', 5_000)
    await done(fourth).waitFor({ timeout: 5_000 })
    for (const page of pages.slice(0, 3)) await allow(page)
    await Promise.all(pages.map((page) => done(page).waitFor({ timeout: 10_000 })))
    // Whoever closes a window leaves its streams to the others.
    await pages[0].close()
    await machine.api('PATCH', `/tasks/${ids[3]}`, { title: 'A new name' })
    await fourth.getByRole('heading', { level: 1, name: 'A new name' }).waitFor({ timeout: 5_000 })
    assert.deepEqual(browser.takeFaults(), [])
  } finally {
    await Promise.all(pages.map((page) => page.close()))
    await machine.stop()
  }
})

test('windows beyond a browser\'s streams see an answer while it is written, as live as the first', async () => {
  const words = Array.from({ length: 80 }, (_, n) => `word${n}`)
  const machine = await Machine.start({ replies: [{ ...write(1), delay_ms: 500 }, { ...says(words.join(' ')), faults: [{ pause_between_events: 80 }] }] })
  const pages = []
  try {
    const task = await machine.task('Write a part', { mode: 'manual' })
    await machine.until(task, ({ status }) => status === 'waiting')
    const sockets = []
    for (const n of [0, 1, 2, 3, 4]) {
      const page = await browser.context.newPage()
      pages.push(page)
      sockets.push(0)
      page.on('websocket', () => { sockets[n] += 1 })
      browser.watch(page, machine.origin)
      await page.goto(n === 0 ? machine.url : machine.origin)
      await page.goto(`${machine.origin}/tasks/${task}`, { waitUntil: 'commit' })
      await page.getByRole('region', { name: 'May Deskhand do this?' }).waitFor()
      // How often what stands there changes: a window that only looks now and then changes a few times.
      await page.evaluate(() => {
        const log = document.querySelector('[role=log]')
        globalThis.seen = new Set()
        new MutationObserver(() => {
          const last = /word\d+(?=\D*$)/.exec(log.innerText.split('word79')[0] ?? '')
          if (last) globalThis.seen.add(last[0])
        }).observe(log, { childList: true, subtree: true, characterData: true })
      })
    }
    await sees(() => sockets.map((count) => count > 0), [false, false, true, true, true], 'the first windows have streams, the others sockets')
    const [first] = pages
    await first.bringToFront()
    await first.waitForTimeout(700)
    await first.getByRole('button', { name: 'Allow once' }).click()
    await Promise.all(pages.map((page) => page.getByRole('main').getByRole('group', { name: 'Done' }).waitFor({ timeout: 30_000 })))
    const seen = await Promise.all(pages.map((page) => page.evaluate(() => globalThis.seen.size)))
    const behind = seen.filter((count) => count < seen[0] / 2)
    assert.deepEqual(behind, [], `what each window saw: ${seen}`)
    assert.ok(seen[0] > 15, `what each window saw: ${seen}`)
    assert.deepEqual(browser.takeFaults(), [])
  } finally {
    await Promise.all(pages.map((page) => page.close()))
    await machine.stop()
  }
})

test('two windows follow one task, and a question answered in one is gone in the other', async () => {
  const long = Array.from({ length: 60 }, (_, n) => `word${n}`).join(' ')
  const machine = await Machine.start({
    replies: [{ ...write(1), delay_ms: 500 }, { ...says(long), faults: [{ pause_between_events: 30 }] }],
  })
  try {
    const task = await machine.task('Write a part', { mode: 'manual' })
    const [left, right] = [await browser.open(machine, `/tasks/${task}`), await browser.open(machine, '/inbox')]
    const card = (page) => page.getByRole('region', { name: 'May Deskhand do this?' })
    await card(left).waitFor()
    await card(right).waitFor()
    await left.bringToFront()
    await left.waitForTimeout(700)
    await card(left).getByRole('button', { name: 'Allow once' }).click()
    await right.getByText('Nothing waits for you').waitFor()
    assert.equal(await card(left).count(), 0)

    await right.getByRole('navigation', { name: 'Tasks' }).getByRole('link', { name: /Write a part/ }).click()
    // Both see the answer while it is being written.
    await Promise.all([left, right].map((page) => page.getByRole('log').getByText('word1 ', { exact: false }).waitFor()))
    await Promise.all([left, right].map((page) => page.getByRole('log').getByText('word59', { exact: false }).waitFor()))
    await Promise.all([left, right].map((page) => page.getByRole('main').getByRole('group', { name: 'Done' }).waitFor()))

    // A title given in one window stands in the other.
    await machine.api('PATCH', `/tasks/${task}`, { title: 'Another title' })
    await Promise.all([left, right].map((page) => page.getByRole('heading', { level: 1, name: 'Another title' }).waitFor()))
    assert.deepEqual(browser.takeFaults(), [])
  } finally {
    await machine.stop()
  }
})
