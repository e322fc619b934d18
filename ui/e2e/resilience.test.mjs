// The server dies, several windows look at one task: nobody loses anything.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser } from './browser.mjs'
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
