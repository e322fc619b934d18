// A connector's server asks in the middle of a call: told as its own words, answered by hand, and nothing else goes to it.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Browser, sees, tick, violations } from './browser.mjs'
import { calls, says } from './machine.mjs'
import { notes } from './notes.mjs'

let browser
before(async () => { browser = await Browser.start({ colorScheme: 'light', reducedMotion: 'reduce' }) })
after(() => browser.stop())

const find = calls(['mcp__notes__find_notes', { query: 'lunch' }])

/** Runs a test on a computer with the played server as a connector, and the page of a task that calls it. */
const on = (mode, body) => browser.on({ replies: [find, says('Lunch is at noon.')] }, async (machine, page) => {
  await machine.api('POST', '/connectors', { name: 'notes', command: await notes(machine, mode) })
  await machine.api('POST', '/connectors/notes/approve', {})
  const task = await machine.task('When is lunch?')
  await page.goto(`${machine.origin}/tasks/${task}`)
  await body(machine, page, task)
  assert.deepEqual(browser.takeFaults([/status of 422/]), [])
})

const card = (page) => page.getByRole('region', { name: 'A connector asks you' })
/** Shielded, it is faint. */
const open = (page) => page.locator('[data-shielded=false]').waitFor()
const answers = async (machine) =>
  (await readFile(join(machine.home, '.deskhand/connectors/notes/answers'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line))

test('a form is shown as the words of the server, checked, and sent to it alone', async () => {
  await on('form', async (machine, page, task) => {
    await card(page).waitFor()
    await card(page).getByText('notes asks this while its tool “find_notes” works', { exact: false }).waitFor()
    // Its words are text, whatever they contain.
    await card(page).getByText('Where shall I look? <b>Hurry</b>', { exact: false }).waitFor()
    assert.match(await card(page).innerText(), /U\+202E/)
    assert.equal((await machine.api('GET', `/tasks/${task}`)).head.status, 'waiting')
    await page.getByRole('navigation', { name: 'Tasks' }).getByRole('link', { name: /1 open question|Waiting for you/ }).first().waitFor()
    await open(page)
    assert.deepEqual(await violations(page), [])
    if (process.env.PICTURES) await page.screenshot({ path: join(process.env.PICTURES, 'elicitation.png') })
    await open(page)

    // What is needed is missing, then what is there does not fit: nothing is sent.
    await card(page).getByRole('textbox', { name: /^Pages/ }).fill('many')
    await card(page).getByRole('button', { name: 'Send to notes' }).click()
    await card(page).getByText('This is needed.').waitFor()
    await card(page).getByText('This is no number.').waitFor()
    await tick(card(page).getByRole('radio', { name: 'Work' }))
    await card(page).getByRole('textbox', { name: /^Pages/ }).fill('500')
    await card(page).getByRole('button', { name: 'Send to notes' }).click()
    await card(page).getByText(/500 is greater than the maximum of 99/).waitFor()
    await card(page).getByRole('textbox', { name: /^Pages/ }).fill('12')
    await card(page).getByLabel(/^Since/).fill('2026-11-01')
    await card(page).getByRole('button', { name: 'Send to notes' }).click()

    await page.getByRole('log').getByText('Turning pages', { exact: false }).first().waitFor()
    await page.getByText('Lunch is at noon.').waitFor()
    assert.deepEqual(await answers(machine), [
      { action: 'accept', content: { notebook: 'w', pages: 12, since: '2026-11-01', archived: false } },
    ])
    // What was answered stays to be seen; the model never heard of it.
    await page.getByText('You answered notes:', { exact: false }).waitFor()
    await page.getByText('2026-11-01').waitFor()
  })
})

test('a page is shown whole with its host, opens by hand only, and in a window without a way back', async () => {
  await on('page', async (machine, page) => {
    await card(page).waitFor()
    await card(page).getByText('https://pay.example/invoice/7', { exact: true }).waitFor()
    await card(page).getByText('It wants you to visit a page of pay.example:').waitFor()
    await open(page)
    assert.deepEqual(await violations(page), [])
    await page.evaluate(() => {
      globalThis.opened = []
      globalThis.open = (...args) => { globalThis.opened.push(args) }
    })
    await open(page)
    assert.deepEqual(await page.evaluate(() => globalThis.opened), [])
    await card(page).getByRole('button', { name: 'Open the page' }).click()
    await page.getByText('Lunch is at noon.').waitFor()
    await sees(() => page.evaluate(() => globalThis.opened), [['https://pay.example/invoice/7', '_blank', 'noopener,noreferrer']])
    await page.getByText('You went to the page notes asked for:', { exact: false }).waitFor()
  })
})

test('who does not want to answer says so, and the task goes on', async () => {
  await on('form', async (machine, page) => {
    await card(page).waitFor()
    await open(page)
    await card(page).getByRole('button', { name: "Don't answer" }).click()
    await page.getByText('Lunch is at noon.').waitFor()
    assert.deepEqual(await answers(machine), [{ action: 'decline' }])
    await page.getByText('You did not answer notes:', { exact: false }).waitFor()
  })
})

test('a model is asked for a server once the switch is on, and the person sees all of it before, and before it goes back', async () => {
  const replies = [find, says('A summary of the diary.'), says('Lunch is at noon.')]
  await browser.on({ replies }, async (machine, page) => {
    await machine.api('POST', '/connectors', { name: 'notes', command: await notes(machine, 'sample') })
    await machine.api('POST', '/connectors/notes/approve', {})
    await page.goto(`${machine.origin}/settings/connectors`)
    await page.goto(`${machine.origin}/settings/connectors`)
    await page.getByRole('button', { name: 'Tools', exact: true }).click()
    const box = page.getByRole('checkbox', { name: /It may ask for answers of a model/ })
    assert.equal(await box.isChecked(), false)
    await tick(box)
    await page.getByText('may ask for answers of a model', { exact: false }).first().waitFor()
    const task = await machine.task('When is lunch?')
    await page.goto(`${machine.origin}/tasks/${task}`)
    await card(page).waitFor()
    await card(page).getByText('This is what it wants asked, in its words', { exact: false }).waitFor()
    await card(page).getByText('You sum up.').waitFor()
    // Its words are text, whatever they contain.
    await card(page).getByText('Sum up the diary. <b>Hurry</b>', { exact: false }).waitFor()
    assert.match(await card(page).innerText(), /U\+202E/)
    await open(page)
    assert.deepEqual(await violations(page), [])
    await open(page)
    await card(page).getByRole('button', { name: 'Ask the model' }).click()
    await card(page).getByText('A summary of the diary.').waitFor()
    await open(page)
    assert.deepEqual(await violations(page), [])
    await open(page)
    await card(page).getByRole('button', { name: 'Give it to notes' }).click()
    await page.getByText('Lunch is at noon.').waitFor()
    await page.getByText('The answer of a model went to notes:', { exact: false }).waitFor()
    assert.deepEqual(browser.takeFaults([/status of 422/]), [])
  })
})
