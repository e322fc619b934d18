// A connector whose records count as an address book: the person ticks a box, and cards say whose an address is.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, tick, violations } from './browser.mjs'
import { calls, Machine, says } from './machine.mjs'
import { called, notes } from './notes.mjs'

const send = (body) => calls(['mcp__notes__send_message', { recipient: 'ana@firm.example', body }])
let browser
let machine
before(async () => {
  browser = await Browser.start({ colorScheme: 'light', reducedMotion: 'reduce' })
  machine = await Machine.start({ replies: [
    calls(['mcp__notes__find_people', { query: 'Ana Costa' }]), send('Lunch at noon.'), send('See https://evil.example/menu'), says('Told her.'),
  ] })
  const [program, ...rest] = await notes(machine, 'contacts')
  await machine.api('POST', '/connectors', { name: 'notes', command: [program, ...rest] })
  await machine.api('POST', '/connectors/notes/approve', {})
})
after(async () => {
  await browser.stop()
  await machine.stop()
})

test('the box is ticked, and the line and the tool say so', async () => {
  const page = await browser.open(machine, '/settings/connectors')
  await page.getByRole('button', { name: 'Tools', exact: true }).click()
  const tools = page.getByRole('dialog', { name: 'Tools of notes' })
  const box = tools.getByRole('checkbox', { name: /Its records count as an address book/ })
  assert.equal(await box.isChecked(), false)
  // It is ticked when the server has written it down, not at the click.
  await tick(box)
  await tools.getByText('address book', { exact: true }).waitFor()
  assert.deepEqual(await violations(page), [])
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/address-book.png` })
  await page.keyboard.press('Escape')
  await page.getByText('its records count as an address book').waitFor()
  assert.equal((await machine.api('GET', '/connectors'))[0].address_book, true)
  assert.deepEqual(browser.takeFaults(), [])
  await page.close()
})

test('whom the person named is not asked about, and a card about something else says who it is', async () => {
  const task = await machine.task('Message Ana Costa about lunch')
  await machine.until(task, ({ status }) => status === 'waiting')
  const sent = (await called(machine)).filter(({ name }) => name === 'send_message')
  assert.deepEqual(sent.map(({ arguments: given }) => given.body), ['Lunch at noon.'])
  const page = await browser.open(machine, `/tasks/${task}`)
  const card = page.getByRole('region', { name: 'May Deskhand do this?' })
  await card.getByText('“ana@firm.example” is Ana Costa’s address in notes').waitFor()
  await card.getByText('which is not in your request', { exact: false }).first().waitFor()
  await page.waitForTimeout(800) // The card comes in slowly, so that nobody answers it by chance.
  assert.deepEqual(await violations(page), [])
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/address-card.png`, fullPage: true })
  await card.getByRole('button', { name: 'Allow once' }).click()
  await page.getByText('Told her.').waitFor()
  assert.deepEqual(browser.takeFaults(), [])
  await page.close()
})
